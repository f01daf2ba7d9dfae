import assert from 'node:assert/strict'
import type { NotificationSource } from '../../ports.ts'
import type { ContractCase } from './contract-case.ts'
import { Listening } from './listener.ts'
import { isReady } from './recorded-events.ts'

/** A notification source, and the way by which it is told. Each case asks for one of its own. */
export interface NotificationsUnderTest {
  /** What is tested. */
  readonly source: NotificationSource
  /**
   * Sends a message on its way to the source: an event of EventBridge as JSON, or something that is none. Throws or
   * rejects where whoever sends is told that it was refused.
   */
  send(message: string): unknown
  /** Has the way fail until it is disposed of, which does no harm twice. Only a passive source can do without. */
  outage?(): Disposable | Promise<Disposable>
  /** Frees what was made for the case. */
  close?(): unknown
  /**
   * For how long one thing is waited for, in milliseconds.
   * @default 10_000
   */
  readonly patienceMs?: number
}

/** A source that is being tested, and those who listen to it. */
export interface Route {
  readonly source: NotificationSource
  send(message: string): Promise<unknown>
  /** `undefined` where there is none to be had. */
  outage(): Promise<Disposable | undefined>
  start(options?: StartOptions): Listening
  /** The same, and waits until what is sent from then on is told. */
  listen(options?: StartOptions): Promise<Listening>
}

/** How somebody listens. */
export interface StartOptions {
  /** @default one that aborts at the end of the case */
  readonly closing?: AbortController
  /** @default at once */
  idle?(): Promise<void>
}

/** One thing that a source has to do, and at the end of it to stop. */
export function rule(name: string, check: (route: Route) => Promise<void>): ContractCase<NotificationsUnderTest> {
  return {
    name,
    async run(setUp) {
      const subject = await setUp()
      const started: Listening[] = []
      const outages: Disposable[] = []
      try {
        await check(routeTo(subject, started, outages))
        for (const listening of started) await listening.stop()
      } finally {
        // A case that failed has left them as they were.
        for (const outage of outages) outage[Symbol.dispose]()
        await Promise.allSettled(started.map((listening) => listening.stop()))
        await subject.close?.()
      }
    },
  }
}

function routeTo(subject: NotificationsUnderTest, started: Listening[], outages: Disposable[]): Route {
  const { source, patienceMs = defaultPatienceMs } = subject
  const start = ({ closing = new AbortController(), idle = async () => {} }: StartOptions = {}) => {
    const listening = new Listening(source, { closing, idle, patienceMs })
    started.push(listening)
    return listening
  }
  return {
    source,
    send: async (message) => subject.send(message),
    async outage() {
      const outage = await subject.outage?.()
      assert.ok(outage !== undefined || source.isPassive === true, 'only a passive source can do without outage()')
      if (outage !== undefined) outages.push(outage)
      return outage
    },
    start,
    async listen(options) {
      const listening = start(options)
      if (source.isPassive !== true)
        await listening.until('it is to say that it can listen', () => isReady(listening.told))
      return listening
    },
  }
}

const defaultPatienceMs = 10_000
