import type { ReadFailure } from '../../errors.ts'
import type { Hint, PolicyNotice } from '../../ports.ts'
import type { ChangeMessage } from './change-messages.ts'

/** What a source tells. */
export type Told =
  | { readonly kind: 'hint'; readonly hint: Hint }
  | { readonly kind: 'notice'; readonly notice: PolicyNotice }
  | { readonly kind: 'failed'; readonly failure: ReadFailure }
  | { readonly kind: 'ignored' | 'healthy' | 'opened' }

/** Whether all that a message is to be told as has been told, whatever it says. */
export function hasTold(told: readonly Told[], message: ChangeMessage): boolean {
  const isOfMessage = (one: Hint | PolicyNotice) => isOf(message, one)
  const hasHint = message.hint === undefined || hintsIn(told).some(isOfMessage)
  return hasHint && (message.notice === undefined || noticesIn(told).some(isOfMessage))
}

/** Whether it is this message that was told. */
export function isOf({ eventId }: ChangeMessage, told: Hint | PolicyNotice): boolean {
  return told.eventId === eventId
}

export function hintsIn(told: readonly Told[]): Hint[] {
  return told.flatMap((one) => (one.kind === 'hint' ? [one.hint] : []))
}

export function noticesIn(told: readonly Told[]): PolicyNotice[] {
  return told.flatMap((one) => (one.kind === 'notice' ? [one.notice] : []))
}

/** Whether it has said that it can listen. */
export function isReady(told: readonly Told[]): boolean {
  return told.some(({ kind }) => kind === 'healthy' || kind === 'opened')
}

export function hasFailed(told: readonly Told[]): boolean {
  return told.some(({ kind }) => kind === 'failed')
}

/** What was told after the last failure. */
export function sinceFailure(told: readonly Told[]): readonly Told[] {
  return told.slice(told.findLastIndex(({ kind }) => kind === 'failed') + 1)
}
