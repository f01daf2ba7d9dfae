import { AssertionError } from 'node:assert'
import { describe, expect, it, onTestFinished } from 'vitest'
import { deliverEvent, type Inbox, type ListenOptions, type NotificationSource } from '../../src/source/index.ts'
import { notificationSourceContract } from '../../src/testing/index.ts'
import { Bus, busNotifications } from '../support/bus.ts'

interface Flaw {
  /** The name of the test case. */
  readonly name: string
  /** How a source fails the test case. */
  readonly when: string
  make(source: NotificationSource, bus: Bus): NotificationSource
  readonly message: RegExp
}

const flaws: readonly Flaw[] = [
  {
    name: 'has a name',
    when: 'it has none',
    make: (source) => ({ ...source, name: '' }),
    message: /the source must have a name/,
  },
  {
    name: 'reports created, updated, deleted and labelled parameters',
    when: 'it omits deletions',
    make: withInbox((inbox) => ({ hint: (hint) => hint.operation !== 'delete' && inbox.hint(hint) })),
    message: /the source must report an event: .*"Delete"/,
  },
  {
    name: 'reports created, updated, deleted and labelled parameters',
    when: 'it omits the time',
    make: withInbox((inbox) => ({ hint: ({ occurredAt: _, ...hint }) => inbox.hint(hint) })),
    message: /occurredAt/,
  },
  {
    name: 'reports changed secrets, from Secrets Manager events and from CloudTrail events',
    when: 'it reports parameters only',
    make: withInbox((inbox) => ({ hint: (hint) => hint.kind === 'parameter' && inbox.hint(hint) })),
    message: /the source must report an event: .*aws\.secretsmanager/,
  },
  {
    name: 'reports the notices and the actions of parameter policies',
    when: 'it omits notices',
    make: withInbox(() => ({ notice: () => undefined })),
    message: /the source must report an event: .*NoChangeNotification/,
  },
  {
    name: 'keeps the event id of an event that is delivered again, or drops the duplicate',
    when: 'it invents another id',
    make: withInbox((inbox) => {
      const seen = new Set<string | undefined>()
      return {
        hint({ eventId, ...hint }) {
          inbox.hint({ ...hint, eventId: seen.has(eventId) ? 'another' : `${eventId}` })
          seen.add(eventId)
        },
      }
    }),
    message: /another/,
  },
  {
    name: 'counts or refuses unknown messages, and reports the next event',
    when: 'it stops reporting',
    make: withInbox((inbox) => {
      let isBroken = false
      return {
        hint: (hint) => !isBroken && inbox.hint(hint),
        ignored() {
          isBroken = true
          inbox.ignored()
        },
      }
    }),
    message: /must report the event after an unknown message/,
  },
  {
    name: 'counts or refuses unknown messages, and reports the next event',
    when: 'it does not count',
    make: withInbox(() => ({ ignored: () => undefined })),
    message: /must call ignored\(\) for each of 6 messages/,
  },
  {
    name: 'survives deep and long messages, and messages that attack prototypes',
    when: 'a message pollutes a prototype',
    make: withInbox((inbox) => ({
      ignored() {
        Object.assign(Object.getPrototypeOf({}), { polluted: true })
        onTestFinished(() => void Reflect.deleteProperty(Object.prototype, 'polluted'))
        inbox.ignored()
      },
    })),
    message: /no prototype may change/,
  },
  {
    name: 'reports further events while the config still handles earlier hints',
    when: 'it waits for the config',
    make: (source, bus) => ({ ...source, listen: (inbox, options) => listenSerially(bus, inbox, options) }),
    message: /before earlier hints are handled/,
  },
  {
    name: 'reports that it is listening, unless it is passive',
    when: 'it does not report',
    make: withInbox(() => ({ opened: () => undefined })),
    message: /must call healthy\(\) or opened\(\)/,
  },
  {
    name: 'reports that it cannot start during an outage, and listens after the outage',
    when: 'it reports nothing',
    make: withInbox(() => ({ failed: () => undefined })),
    message: /must call failed\(\) during an outage/,
  },
  {
    name: 'reports that it cannot start during an outage, and listens after the outage',
    when: 'it gives no remedy',
    make: withInbox((inbox) => ({ failed: (failure) => inbox.failed({ ...failure, remedy: '' }) })),
    message: /a failure needs a code, a detail and a remedy/,
  },
  {
    name: 'reports that it cannot start during an outage, and listens after the outage',
    when: 'it gives up',
    make: (source, bus) => ({
      ...source,
      async listen(inbox, options) {
        if (!bus.isUp) throw new Error('the bus is down')
        await source.listen(inbox, options)
      },
    }),
    message: /the source stopped listening: it rejected with Error: the bus is down/,
  },
  {
    name: 'reports an outage that interrupts it, and listens after the outage',
    when: 'it quotes a message',
    make: withInbox((inbox, bus) => {
      let last = ''
      bus.on('message', (message) => {
        last = message
      })
      return { failed: (failure) => inbox.failed({ ...failure, cause: new Error(last) }) }
    }),
    message: /a failure must not quote a message/,
  },
  {
    name: 'reports an outage that interrupts it, and listens after the outage',
    when: 'it does not report that it may have missed events',
    make: withInbox((inbox) => ({ opened: () => inbox.healthy() })),
    message: /or call opened\(\) after the outage/,
  },
  {
    name: 'stops when its signal aborts',
    when: 'it keeps listening',
    make: (source) => ({
      ...source,
      listen: (inbox, options) => source.listen(inbox, { ...options, signal: new AbortController().signal }),
    }),
    message: /listen\(\) must resolve when its signal aborts/,
  },
  {
    name: 'stops when its signal aborts',
    when: 'it rejects',
    make: (source) => ({
      ...source,
      async listen(inbox, options) {
        await source.listen(inbox, options)
        options.signal.throwIfAborted()
      },
    }),
    message: /listen\(\) must resolve: it rejected with/,
  },
  {
    name: 'stops when its signal aborts',
    when: 'it still waits on the clock',
    make: (source) => ({
      ...source,
      listen(inbox, options) {
        void options.clock.sleep(60_000)
        return source.listen(inbox, options)
      },
    }),
    message: /nothing may wait on the clock/,
  },
  {
    name: 'stops at once, and reports nothing, when its signal was aborted before',
    when: 'it starts to listen',
    make: (source) => ({
      ...source,
      listen(inbox, options) {
        inbox.opened()
        return source.listen(inbox, options)
      },
    }),
    message: /opened/,
  },
  {
    name: 'reports nothing after it stopped, and can listen again',
    when: 'it keeps reporting',
    make: (source, bus) => ({
      ...source,
      listen(inbox, options) {
        bus.on('message', (message) => deliverEvent(message, inbox))
        return source.listen(inbox, options)
      },
    }),
    message: /after listen\(\) resolved, the source must report nothing/,
  },
]

describe('the contract of notification sources rejects', () => {
  it.each(flaws.map((flaw) => [flaw.name, flaw.when, flaw] as const))(
    '“%s” when %s',
    async (testCase, _, { make, message }) => {
      const bus = new Bus()
      const source = make(busNotifications(bus), bus)
      const route = {
        source,
        send: (message: string) => bus.publish(message),
        outage: () => bus.fail(),
        timeoutMs: 50,
      }
      const { run } =
        notificationSourceContract.find(({ name }) => name === testCase) ?? expect.fail('no such test case')
      const error = await run(() => route).catch((reason: unknown) => reason)

      expect(error).toBeInstanceOf(AssertionError)
      expect(String(error)).toMatch(message)
    },
  )

  it('a source without outage(), unless it is passive', async () => {
    const bus = new Bus()
    const source = busNotifications(bus)
    const failed: string[] = []
    for (const { name, run } of notificationSourceContract) {
      const route = { source, send: (message: string) => bus.publish(message) }
      await run(() => route).catch(() => failed.push(name))
    }

    expect(failed.map((name) => /outage/.test(name))).toEqual([true, true, true])
  })
})

/** Replaces a part of the inbox of the source. */
function withInbox(change: (inbox: Inbox, bus: Bus) => Partial<Inbox>): Flaw['make'] {
  return (source, bus) => ({
    ...source,
    listen: (inbox, options) => source.listen({ ...inbox, ...change(inbox, bus) }, options),
  })
}

async function listenSerially(bus: Bus, inbox: Inbox, { signal, idle }: ListenOptions): Promise<void> {
  let last = Promise.resolve()
  const take = (message: string) => {
    last = last.then(() => {
      deliverEvent(message, inbox)
      return idle()
    })
  }
  bus.on('message', take)
  inbox.opened()
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  bus.off('message', take)
}
