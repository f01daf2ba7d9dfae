import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { Hint, PolicyNotice } from '../../ports.ts'
import {
  type ChangeMessage,
  foreignMessages,
  hostileMessages,
  parameterMessages,
  policyMessages,
  secretMessages,
  updateOf,
} from './change-messages.ts'
import type { ContractCase } from './contract-case.ts'
import type { Listening } from './listener.ts'
import { type NotificationsUnderTest, type Route, rule } from './notification-route.ts'
import { hasFailed, hasTold, hintsIn, isOf, isReady, noticesIn, sinceFailure, type Told } from './recorded-events.ts'

/**
 * What every notification source has to do, for the test runner of your choice:
 * `for (const { name, run } of notificationSourceContract) it(name, () => run(setUp))`.
 * A case takes as long as the source takes to listen again after an outage. Real time passes.
 */
export const notificationSourceContract: readonly ContractCase<NotificationsUnderTest>[] = [
  rule('has a name', async ({ source }) => {
    assert.ok(isText(source.name), 'a source has a name')
  }),

  rule('tells of parameters that are created, updated, deleted and labelled', async (route) => {
    await expectTold(route, parameterMessages())
  }),

  rule('tells of secrets, by their own events and by those of CloudTrail', async (route) => {
    await expectTold(route, secretMessages())
  }),

  rule('tells what policies announce, and what they have done', async (route) => {
    await expectTold(route, policyMessages())
  }),

  rule('gives an event that is delivered again the id that it had, or drops it', async (route) => {
    const listening = await route.listen()
    const [twice, next] = [updateOf('/app/twice'), updateOf('/app/next')]
    for (const { text } of [twice, twice, next]) await route.send(text)
    await listening.until('an event is to be told', () => hasTold(listening.told, next))

    const ids = hintsIn(listening.told).flatMap(({ name, eventId }) => (name === '/app/twice' ? [eventId] : []))
    assert.deepEqual([...new Set(ids)], [twice.eventId])
  }),

  rule('counts what it does not understand, or refuses it, and tells what comes after it', async (route) => {
    await expectIgnored(route, foreignMessages())
  }),

  rule('takes no harm from what is deep, long, or means something to JavaScript', async (route) => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    await expectIgnored(route, hostileMessages())

    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before, 'no prototype is to change')
  }),

  rule('goes on telling while hints are being followed', async (route) => {
    let follow = () => {}
    const followed = new Promise<void>((resolve) => {
      follow = resolve
    })
    const listening = await route.listen({ idle: () => followed })
    const messages = ['/app/a', '/app/b', '/app/c'].map((name) => updateOf(name))
    const telling = listening.until('each event is to be told, whatever became of those before it', () => {
      return messages.every((message) => hasTold(listening.told, message))
    })

    // Whoever sends may be answered only when the hint was followed.
    await Promise.all([...messages.map(({ text }) => route.send(text)), telling.finally(follow)])
  }),

  rule('says that it can listen, unless it is passive', async (route) => {
    const listening = route.start()
    if (route.source.isPassive !== true)
      await listening.until('healthy() or opened() is to be called', () => isReady(listening.told))
  }),

  rule('says so when it cannot listen from the beginning, and listens as soon as it can', async (route) => {
    const outage = await route.outage()
    if (outage === undefined) return
    const listening = route.start()
    await listening.until('failed() is to be called during an outage', () => hasFailed(listening.told))
    expectFailures(listening.told)
    outage[Symbol.dispose]()

    await expectRecovery(route, listening)
  }),

  rule('says so when it can listen no more, and listens on after the outage', async (route) => {
    const listening = await route.listen()
    const canary = 'a text that no failure may quote'
    const before = updateOf('/app/before', { description: canary })
    const meanwhile = updateOf('/app/meanwhile', { description: canary })
    await route.send(before.text)
    await listening.until('what is sent before an outage is to be told', () => hasTold(listening.told, before))
    const outage = await route.outage()
    if (outage === undefined) return
    const isSent = await isTaken(route, meanwhile.text)
    await listening.until('failed() is to be called during an outage', () => hasFailed(listening.told))
    expectFailures(listening.told, canary)
    outage[Symbol.dispose]()
    await expectRecovery(route, listening)

    if (!isSent) return
    await listening.until('what was sent during an outage is to be told, or opened() called after it', () => {
      return hasTold(listening.told, meanwhile) || sinceFailure(listening.told).some(({ kind }) => kind === 'opened')
    })
  }),

  rule('stops when its signal aborts', async (route) => {
    await (await route.listen()).stop()
  }),

  rule('stops at once when its signal has aborted, and tells nothing', async (route) => {
    const closing = new AbortController()
    closing.abort(new Error('the case is over'))
    const listening = route.start({ closing })
    await listening.stop()

    assert.deepEqual(listening.told, [])
  }),

  rule('stops while it begins to listen', async (route) => {
    await route.start().stop()
  }),

  rule('stops during an outage', async (route) => {
    if ((await route.outage()) === undefined) return
    const listening = route.start()
    await listening.until('failed() is to be called during an outage', () => hasFailed(listening.told))

    await listening.stop()
  }),

  rule('tells nothing when it has stopped, and can be listened to again', async (route) => {
    const first = await route.listen()
    await first.stop()
    const told = [...first.told]
    await isTaken(route, updateOf('/app/between').text)
    await expectTold(route, [updateOf('/app/again')])

    assert.deepEqual(first.told, told, 'nothing is to be told when listen() has resolved')
  }),
]

async function expectTold(route: Route, messages: readonly ChangeMessage[]): Promise<void> {
  const listening = await route.listen()
  for (const { text } of messages) await route.send(text)
  for (const message of messages) {
    await listening.until(`an event is to be told: ${message.text}`, () => hasTold(listening.told, message))
    const isOfMessage = (told: Hint | PolicyNotice) => isOf(message, told)
    assert.deepEqual(hintsIn(listening.told).find(isOfMessage), message.hint)
    assert.deepEqual(noticesIn(listening.told).find(isOfMessage), message.notice)
  }
}

// Who refuses a message has told of it, too.
async function expectIgnored(route: Route, messages: readonly string[]): Promise<void> {
  const listening = await route.listen()
  const after = updateOf('/app/after')
  const taken = await Promise.all(messages.map((message) => isTaken(route, message)))
  await route.send(after.text)
  await listening.until('what comes after is to be told', () => hasTold(listening.told, after))
  const count = taken.filter(Boolean).length
  await listening.until(`ignored() is to be called for each of ${count} messages`, () => {
    return listening.told.filter(({ kind }) => kind === 'ignored').length >= count
  })

  const others = [...hintsIn(listening.told), ...noticesIn(listening.told)].filter((told) => !isOf(after, told))
  assert.deepEqual(others, [], 'what is not understood is to be told by nothing but ignored()')
}

async function expectRecovery(route: Route, listening: Listening): Promise<void> {
  await listening.until('healthy() or opened() is to be called after an outage', () => {
    return isReady(sinceFailure(listening.told))
  })
  const after = updateOf('/app/after')
  await route.send(after.text)
  await listening.until('what is sent after an outage is to be told', () => hasTold(listening.told, after))
}

function expectFailures(told: readonly Told[], canary?: string): void {
  for (const failure of told.flatMap((one) => (one.kind === 'failed' ? [one.failure] : []))) {
    const { code, isTransient, detail, remedy } = failure
    for (const text of [code, detail, remedy]) assert.ok(isText(text), 'a failure has a code, a detail and a remedy')
    assert.equal(typeof isTransient, 'boolean', 'a failure says whether it is transient')
    const isQuoted = canary !== undefined && inspect(failure, { depth: null, showHidden: true }).includes(canary)
    assert.ok(!isQuoted, 'a failure quotes no message')
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isTaken(route: Route, message: string): Promise<boolean> {
  return route.send(message).then(
    () => true,
    () => false,
  )
}
