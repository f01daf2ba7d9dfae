import { AssertionError } from 'node:assert'
import { describe, expect, it, onTestFinished } from 'vitest'
import { deliverEvent, type Inbox, type ListenOptions, type NotificationSource } from '../../src/source/index.ts'
import { notificationSourceContract } from '../../src/testing/index.ts'
import { Bus, busNotifications } from '../support/bus.ts'

interface Flaw {
  readonly rule: string
  /** How a source breaks it. */
  readonly when: string
  make(source: NotificationSource, bus: Bus): NotificationSource
  /** What is said of that. */
  readonly said: RegExp
}

const flaws: readonly Flaw[] = [
  {
    rule: 'has a name',
    when: 'it has none',
    make: (source) => ({ ...source, name: '' }),
    said: /a source has a name/,
  },
  {
    rule: 'tells of parameters that are created, updated, deleted and labelled',
    when: 'it leaves deletions out',
    make: hearing((inbox) => ({ hint: (hint) => hint.operation !== 'delete' && inbox.hint(hint) })),
    said: /an event is to be told: .*"Delete"/,
  },
  {
    rule: 'tells of parameters that are created, updated, deleted and labelled',
    when: 'it does not tell the time',
    make: hearing((inbox) => ({ hint: ({ occurredAt: _, ...hint }) => inbox.hint(hint) })),
    said: /occurredAt/,
  },
  {
    rule: 'tells of secrets, by their own events and by those of CloudTrail',
    when: 'it tells of parameters alone',
    make: hearing((inbox) => ({ hint: (hint) => hint.kind === 'parameter' && inbox.hint(hint) })),
    said: /an event is to be told: .*aws\.secretsmanager/,
  },
  {
    rule: 'tells what policies announce, and what they have done',
    when: 'it leaves notices out',
    make: hearing(() => ({ notice: () => undefined })),
    said: /an event is to be told: .*NoChangeNotification/,
  },
  {
    rule: 'gives an event that is delivered again the id that it had, or drops it',
    when: 'it makes up another',
    make: hearing((inbox) => {
      const seen = new Set<string | undefined>()
      return {
        hint({ eventId, ...hint }) {
          inbox.hint({ ...hint, eventId: seen.has(eventId) ? 'another' : `${eventId}` })
          seen.add(eventId)
        },
      }
    }),
    said: /another/,
  },
  {
    rule: 'counts what it does not understand, or refuses it, and tells what comes after it',
    when: 'it hears nothing any more',
    make: hearing((inbox) => {
      let isBroken = false
      return {
        hint: (hint) => !isBroken && inbox.hint(hint),
        ignored() {
          isBroken = true
          inbox.ignored()
        },
      }
    }),
    said: /what comes after is to be told/,
  },
  {
    rule: 'counts what it does not understand, or refuses it, and tells what comes after it',
    when: 'it does not count',
    make: hearing(() => ({ ignored: () => undefined })),
    said: /ignored\(\) is to be called for each of 6 messages/,
  },
  {
    rule: 'takes no harm from what is deep, long, or means something to JavaScript',
    when: 'a prototype is polluted',
    make: hearing((inbox) => ({
      ignored() {
        Object.assign(Object.getPrototypeOf({}), { polluted: true })
        onTestFinished(() => void Reflect.deleteProperty(Object.prototype, 'polluted'))
        inbox.ignored()
      },
    })),
    said: /no prototype is to change/,
  },
  {
    rule: 'goes on telling while hints are being followed',
    when: 'it waits until they are',
    make: (source, bus) => ({ ...source, listen: (inbox, how) => listenOneByOne(bus, inbox, how) }),
    said: /whatever became of those before it/,
  },
  {
    rule: 'says that it can listen, unless it is passive',
    when: 'it does not',
    make: hearing(() => ({ opened: () => undefined })),
    said: /healthy\(\) or opened\(\) is to be called/,
  },
  {
    rule: 'says so when it cannot listen from the beginning, and listens as soon as it can',
    when: 'it says nothing',
    make: hearing(() => ({ failed: () => undefined })),
    said: /failed\(\) is to be called during an outage/,
  },
  {
    rule: 'says so when it cannot listen from the beginning, and listens as soon as it can',
    when: 'it does not say what to do',
    make: hearing((inbox) => ({ failed: (failure) => inbox.failed({ ...failure, remedy: '' }) })),
    said: /a failure has a code, a detail and a remedy/,
  },
  {
    rule: 'says so when it cannot listen from the beginning, and listens as soon as it can',
    when: 'it gives up',
    make: (source, bus) => ({
      ...source,
      async listen(inbox, how) {
        if (!bus.isUp) throw new Error('the bus is down')
        await source.listen(inbox, how)
      },
    }),
    said: /it does not listen any more: it rejected with Error: the bus is down/,
  },
  {
    rule: 'says so when it can listen no more, and listens on after the outage',
    when: 'it quotes a message',
    make: hearing((inbox, bus) => {
      let last = ''
      bus.on('message', (message) => {
        last = message
      })
      return { failed: (failure) => inbox.failed({ ...failure, cause: new Error(last) }) }
    }),
    said: /a failure quotes no message/,
  },
  {
    rule: 'says so when it can listen no more, and listens on after the outage',
    when: 'it does not say that it may have missed something',
    make: hearing((inbox) => ({ opened: () => inbox.healthy() })),
    said: /or opened\(\) called after it/,
  },
  {
    rule: 'stops when its signal aborts',
    when: 'it goes on',
    make: (source) => ({
      ...source,
      listen: (inbox, how) => source.listen(inbox, { ...how, signal: new AbortController().signal }),
    }),
    said: /listen\(\) is to resolve when its signal aborts/,
  },
  {
    rule: 'stops when its signal aborts',
    when: 'it rejects',
    make: (source) => ({
      ...source,
      async listen(inbox, how) {
        await source.listen(inbox, how)
        how.signal.throwIfAborted()
      },
    }),
    said: /listen\(\) is to resolve: it rejected with/,
  },
  {
    rule: 'stops when its signal aborts',
    when: 'it still waits for something',
    make: (source) => ({
      ...source,
      listen(inbox, how) {
        void how.clock.sleep(60_000)
        return source.listen(inbox, how)
      },
    }),
    said: /nothing is to wait on the clock/,
  },
  {
    rule: 'stops at once when its signal has aborted, and tells nothing',
    when: 'it begins nevertheless',
    make: (source) => ({
      ...source,
      listen(inbox, how) {
        inbox.opened()
        return source.listen(inbox, how)
      },
    }),
    said: /opened/,
  },
  {
    rule: 'tells nothing when it has stopped, and can be listened to again',
    when: 'it hears on',
    make: (source, bus) => ({
      ...source,
      listen(inbox, how) {
        bus.on('message', (message) => deliverEvent(message, inbox))
        return source.listen(inbox, how)
      },
    }),
    said: /nothing is to be told when listen\(\) has resolved/,
  },
]

describe('a notification source does not pass', () => {
  it.each(flaws.map((flaw) => [flaw.rule, flaw.when, flaw] as const))('“%s”: %s', async (rule, _, { make, said }) => {
    const bus = new Bus()
    const source = make(busNotifications(bus), bus)
    const route = {
      source,
      send: (message: string) => bus.publish(message),
      outage: () => bus.fail(),
      patienceMs: 50,
    }
    const { run } = notificationSourceContract.find(({ name }) => name === rule) ?? expect.fail('there is no such rule')
    const error = await run(() => route).catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(AssertionError)
    expect(String(error)).toMatch(said)
  })

  it('without an outage, unless it is passive', async () => {
    const bus = new Bus()
    const source = busNotifications(bus)
    const failed: string[] = []
    for (const { name, run } of notificationSourceContract) {
      const route = { source, send: (message: string) => bus.publish(message) }
      await run(() => route).catch(() => failed.push(name))
    }

    expect(failed.map((name) => /outage|from the beginning/.test(name))).toEqual([true, true, true])
  })
})

/** Has it hear, or say, something else. */
function hearing(change: (inbox: Inbox, bus: Bus) => Partial<Inbox>): Flaw['make'] {
  return (source, bus) => ({
    ...source,
    listen: (inbox, how) => source.listen({ ...inbox, ...change(inbox, bus) }, how),
  })
}

async function listenOneByOne(bus: Bus, inbox: Inbox, { signal, idle: settled }: ListenOptions): Promise<void> {
  let turn = Promise.resolve()
  const take = (message: string) => {
    turn = turn.then(() => {
      deliverEvent(message, inbox)
      return settled()
    })
  }
  bus.on('message', take)
  inbox.opened()
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  bus.off('message', take)
}
