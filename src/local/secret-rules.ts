import { constraint } from './aws-error.ts'
import { type Input, optionalBytes, optionalText } from './input.ts'
import { invalidParameter, invalidRequest } from './secret-errors.ts'

const current = 'AWSCURRENT'
const maxBytes = 65_536

/** @throws AwsError For a move of a stage that AWS refuses. */
export function checkMove(
  stage: string,
  {
    to,
    from,
    attachedTo,
  }: {
    readonly to: string | undefined
    readonly from: string | undefined
    /** The version that has the stage now. */
    readonly attachedTo: string | undefined
  },
): void {
  if (to === undefined && from === undefined) {
    throw invalidParameter('You must provide MoveToVersionId, RemoveFromVersionId or both.')
  }
  if (to === undefined && stage === current) {
    const message = `You can only move staging label ${current} to a different secret version. It can't be completely removed.`
    throw invalidParameter(message)
  }
  if (from === undefined && attachedTo !== undefined && attachedTo !== to) {
    const message = `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${attachedTo}, so you must explicitly reference that version in RemoveFromVersionId.`
    throw invalidParameter(message)
  }
  if (from !== undefined && from !== attachedTo) {
    throw invalidParameter(`Staging label ${stage} is not attached to version ${from} of RemoveFromVersionId.`)
  }
}

export function checkSize(value: string | Uint8Array | undefined): void {
  if (value === undefined || Buffer.byteLength(value) <= maxBytes) return
  const member = typeof value === 'string' ? 'secretString' : 'secretBinary'
  throw constraint(member, '', `Member must have length less than or equal to ${maxBytes}`)
}

export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).some((key) => /^aws:/i.test(key))) {
    throw invalidRequest('aws: prefixed tag key names are not allowed for external use.')
  }
}

/** Reads the value of a request: text or bytes. */
export function contentOf(input: Input): string | Uint8Array | undefined {
  const [string, bytes] = [optionalText(input, 'SecretString'), optionalBytes(input, 'SecretBinary')]
  if (string !== undefined && bytes !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")
  }
  return string ?? bytes
}

/** Reads the key of a request. `undefined`, or an empty text in the request, is the default key. */
export function keyIn(input: Input): string | undefined {
  const keyId = optionalText(input, 'KmsKeyId')
  return keyId === '' ? undefined : keyId
}
