import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { ReadFailure } from '../../errors.ts'
import {
  type ChangeMessage,
  hostileMessages,
  parameterMessages,
  policyMessages,
  secretMessages,
  unrelatedMessages,
  updateOf,
} from './change-messages.ts'
import type { Listener } from './listener.ts'
import { NotificationHarness, type NotificationsUnderTest } from './notification-harness.ts'
import type { ContractCase } from './parameter-source.ts'

/**
 * The test cases for a notification source, for any test runner:
 * `for (const { name, run } of notificationSourceContract) it(name, () => run(setUp))`.
 * They run in real time: a case waits until the source recovers from an outage.
 */
export const notificationSourceContract: readonly ContractCase<NotificationsUnderTest>[] = [
  testCase('has a name', async ({ source }) => {
    assert.ok(isText(source.name), 'the source must have a name')
  }),

  testCase('reports created, updated, deleted and labelled parameters', async (harness) => {
    await expectReports(harness, parameterMessages())
  }),

  testCase('reports changed secrets, from Secrets Manager events and from CloudTrail events', async (harness) => {
    await expectReports(harness, secretMessages())
  }),

  testCase('reports the notices and the actions of parameter policies', async (harness) => {
    await expectReports(harness, policyMessages())
  }),

  testCase('keeps the event id of an event that is delivered again, or drops the duplicate', async (harness) => {
    const listener = await harness.listen()
    const [twice, next] = [updateOf('/app/twice'), updateOf('/app/next')]
    for (const { text } of [twice, twice, next]) await harness.send(text)
    await listener.until('the source must report an event', () => listener.received(next))

    const ids = listener.hints.flatMap(({ name, eventId }) => (name === '/app/twice' ? [eventId] : []))
    assert.deepEqual([...new Set(ids)], [twice.eventId])
  }),

  testCase('counts or refuses unknown messages, and reports the next event', async (harness) => {
    await expectIgnored(harness, unrelatedMessages())
  }),

  testCase('survives deep and long messages, and messages that attack prototypes', async (harness) => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    await expectIgnored(harness, hostileMessages())

    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before, 'no prototype may change')
  }),

  testCase('reports further events while the config still handles earlier hints', async (harness) => {
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const listener = await harness.listen(() => finished)
    const messages = ['/app/a', '/app/b', '/app/c'].map((name) => updateOf(name))
    const reported = listener.until('the source must report an event before earlier hints are handled', () => {
      return messages.every((message) => listener.received(message))
    })

    // The source may answer a sender only once the hint was handled.
    await Promise.all([...messages.map(({ text }) => harness.send(text)), reported.finally(finish)])
  }),

  testCase('reports that it is listening, unless it is passive', async (harness) => {
    await harness.listen()
  }),

  testCase('reports that it cannot start during an outage, and listens after the outage', async (harness) => {
    const outage = await harness.outage()
    if (outage === undefined) return
    const listener = harness.start()
    await expectOutageReport(listener)
    for (const failure of listener.failures) expectComplete(failure)
    outage[Symbol.dispose]()

    await expectRecovery(harness, listener)
  }),

  testCase('reports an outage that interrupts it, and listens after the outage', async (harness) => {
    const listener = await harness.listen()
    const canary = 'a text that no failure may quote'
    const before = updateOf('/app/before', { description: canary })
    const during = updateOf('/app/during', { description: canary })
    await harness.send(before.text)
    await listener.until('the source must report an event before an outage', () => listener.received(before))
    const outage = await harness.outage()
    if (outage === undefined) return
    const isAccepted = await harness.accepts(during.text)
    await expectOutageReport(listener)
    for (const failure of listener.failures) {
      expectComplete(failure)
      const text = inspect(failure, { depth: null, showHidden: true })
      assert.ok(!text.includes(canary), 'a failure must not quote a message')
    }
    outage[Symbol.dispose]()
    await expectRecovery(harness, listener)

    if (!isAccepted) return
    await listener.until('the source must report an event from an outage, or call opened() after the outage', () => {
      return listener.received(during) || listener.callsSinceFailure.some(({ kind }) => kind === 'opened')
    })
  }),

  testCase('stops when its signal aborts', async (harness) => {
    await harness.listen()
    await harness.stop()
  }),

  testCase('stops at once, and reports nothing, when its signal was aborted before', async (harness) => {
    const closing = new AbortController()
    closing.abort(new Error('the test case is over'))
    const listener = harness.start(closing)
    await listener.stopped()

    assert.deepEqual(listener.calls, [])
  }),

  testCase('stops while it starts to listen', async (harness) => {
    harness.start()
    await harness.stop()
  }),

  testCase('stops during an outage', async (harness) => {
    if ((await harness.outage()) === undefined) return
    await expectOutageReport(harness.start())

    await harness.stop()
  }),

  testCase('reports nothing after it stopped, and can listen again', async (harness) => {
    const first = await harness.listen()
    await harness.stop()
    const calls = [...first.calls]
    await harness.accepts(updateOf('/app/between').text)
    await expectReports(harness, [updateOf('/app/again')])

    assert.deepEqual(first.calls, calls, 'after listen() resolved, the source must report nothing')
  }),
]

function testCase(
  name: string,
  check: (harness: NotificationHarness) => Promise<void>,
): ContractCase<NotificationsUnderTest> {
  return {
    name,
    async run(setUp) {
      const harness = new NotificationHarness(await setUp())
      try {
        await check(harness)
        await harness.stop()
      } finally {
        await harness.close()
      }
    },
  }
}

async function expectReports(harness: NotificationHarness, messages: readonly ChangeMessage[]): Promise<void> {
  const listener = await harness.listen()
  for (const { text } of messages) await harness.send(text)
  for (const message of messages) {
    await listener.until(`the source must report an event: ${message.text}`, () => listener.received(message))
    const isOfMessage = ({ eventId }: { readonly eventId?: string }) => eventId === message.eventId
    assert.deepEqual(listener.hints.find(isOfMessage), message.hint)
    assert.deepEqual(listener.notices.find(isOfMessage), message.notice)
  }
}

async function expectIgnored(harness: NotificationHarness, messages: readonly string[]): Promise<void> {
  const listener = await harness.listen()
  const after = updateOf('/app/after')
  const accepted = await Promise.all(messages.map((message) => harness.accepts(message)))
  await harness.send(after.text)
  await listener.until('the source must report the event after an unknown message', () => listener.received(after))
  // A refused message was reported to its sender.
  const count = accepted.filter(Boolean).length
  await listener.until(`the source must call ignored() for each of ${count} messages`, () => {
    return listener.calls.filter(({ kind }) => kind === 'ignored').length >= count
  })

  const others = [...listener.hints, ...listener.notices].filter(({ eventId }) => eventId !== after.eventId)
  assert.deepEqual(others, [], 'the source must report an unknown message with ignored() only')
}

function expectOutageReport(listener: Listener): Promise<void> {
  return listener.until('the source must call failed() during an outage', () => listener.failures.length > 0)
}

async function expectRecovery(harness: NotificationHarness, listener: Listener): Promise<void> {
  await listener.until('the source must call healthy() or opened() after an outage', () => listener.isReady)
  const after = updateOf('/app/after')
  await harness.send(after.text)
  await listener.until('the source must report an event after an outage', () => listener.received(after))
}

function expectComplete({ code, isTransient, detail, remedy }: ReadFailure): void {
  for (const text of [code, detail, remedy]) assert.ok(isText(text), 'a failure needs a code, a detail and a remedy')
  assert.equal(typeof isTransient, 'boolean', 'a failure needs a boolean isTransient')
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
