import * as z from 'zod'
import { createConfig, type LiveConfig, parameter, secret } from '../../src/index.ts'
import type { Hint, ParameterSource } from '../../src/source/index.ts'
import { createFakeClock, type FakeClock, type MemorySource, memorySource } from '../../src/testing/index.ts'
import { makeNotifier, type Notifier } from '../support/notifier.ts'

/** The schema of the model. It may reject intermediate values, but never the last ones. */
export const schema = z
  .object({
    a: z.number(),
    b: z.number(),
    maybe: z.string().optional(),
    flags: z.record(z.string(), z.boolean()),
    labelled: parameter('/app/labelled:live', z.string()),
    login: secret('login', z.object({ user: z.string(), password: z.string() })),
  })
  // Two writes that belong together: half of them is rejected.
  .refine(({ a, b }) => a === b, 'a and b are written together')

export type Value = z.output<typeof schema>

/** What happens to the hint of a write. */
export type Delivery = 'delivered' | 'lost' | 'duplicated' | 'late' | 'reordered'

/** A store with a lagging replica, unreliable hints, and a config that uses them. */
export class ModelWorld {
  readonly clock: FakeClock = createFakeClock(1_700_000_000_000)
  readonly events: string[] = []
  readonly published: Value[] = []
  readonly problems: string[] = []
  readonly config: LiveConfig<Value>
  readonly #primary: MemorySource = memorySource({ clock: this.clock })
  readonly #replica: MemorySource = memorySource({ clock: this.clock })
  readonly #notifier: Notifier = makeNotifier()
  // The stored values by name, and by name and label for the labelled parameter.
  readonly #parameters = new Map<string, string>()
  #login: string | undefined
  #writes: Promise<void> = Promise.resolve()
  #pending = 0
  #heldBack: (() => void)[] = []
  #events = 0
  #failingUntil = Number.NEGATIVE_INFINITY
  #staleUntil = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(chance: number) {
    this.#seed()
    const source: ParameterSource = { read: (request, options) => this.#read(request, options) }
    let random = chance
    this.config = createConfig({
      schema,
      path: '/app',
      source,
      notifications: this.#notifier,
      clock: this.clock,
      random: () => {
        random = (random * 7 + 0.13) % 1
        return random
      },
    })
    this.#observe()
  }

  async start(): Promise<void> {
    await this.clock.advance(1_000)
    await this.config.ready
    this.#notifier.inbox.healthy()
  }

  /** @param lagMs The delay of the replica. */
  put(name: string, value: string, delivery: Delivery, lagMs = 0): void {
    const modifiedAt = this.clock.now()
    this.#write(lagMs, (store) => store.put(name, { value, modifiedAt }))
    this.#notify({ kind: 'parameter', name, operation: 'put', occurredAt: seconds(modifiedAt) }, delivery)
  }

  delete(name: string, delivery: Delivery): void {
    this.#write(0, (store) => store.delete(name))
    this.#notify({ kind: 'parameter', name, operation: 'delete', occurredAt: seconds(this.clock.now()) }, delivery)
  }

  label(value: string, delivery: Delivery): void {
    const modifiedAt = this.clock.now()
    let version = 0
    this.#write(0, (store) => {
      version = store.put('/app/labelled', { value, modifiedAt }).version
      store.label('/app/labelled', 'live')
    })
    const move = { operation: 'label', label: 'live', version: String(version) } as const
    this.#notify({ kind: 'parameter', name: '/app/labelled', ...move }, delivery)
  }

  rotate(count: number, delivery: Delivery, lagMs = 0): void {
    let version = ''
    this.#write(lagMs, (store) => {
      version = store.putSecret('login', JSON.stringify({ user: `u${count}`, password: `p${count}` })).versionId
    })
    this.#notify({ kind: 'secret', name: 'login', operation: 'label', label: 'AWSCURRENT', version }, delivery)
  }

  failFor(ms: number): void {
    this.#failingUntil = this.clock.now() + ms
  }

  /** Reads use the replica. */
  staleFor(ms: number): void {
    this.#staleUntil = this.clock.now() + ms
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const closing = this.config.close()
    await this.clock.advance(0)
    await closing
  }

  /** The stored values, decoded. */
  stored(): Record<string, unknown> {
    const read = (name: string) => this.#parameters.get(name)
    const flags = ['f0', 'f1', 'f2'].flatMap((flag) => {
      const text = read(`/app/flags/${flag}`)
      return text === undefined ? [] : [[flag, text === 'true'] as const]
    })
    const maybe = read('/app/maybe')
    return {
      a: Number(read('/app/a')),
      b: Number(read('/app/b')),
      ...(maybe !== undefined && { maybe }),
      flags: Object.fromEntries(flags),
      labelled: read('/app/labelled:live'),
      login: JSON.parse(this.#login ?? ''),
    }
  }

  #seed(): void {
    for (const [name, value] of [
      ['a', '0'],
      ['b', '0'],
      ['flags/f0', 'true'],
      ['maybe', 'x'],
    ] as const) {
      this.#write(0, (store) => store.put(`/app/${name}`, value))
    }
    this.#write(0, (store) => {
      store.put('/app/labelled', 'l0')
      store.label('/app/labelled', 'live')
      store.putSecret('login', '{"user":"u0","password":"p0"}')
    })
  }

  // The replica gets its writes in the same order.
  #write(lagMs: number, apply: (store: MemorySource) => void): void {
    apply(this.#recording())
    if (lagMs === 0 && this.#pending === 0) {
      apply(this.#replica)
      return
    }
    this.#pending++
    const slept = this.clock.sleep(lagMs)
    this.#writes = this.#writes.then(async () => {
      await slept
      apply(this.#replica)
      this.#pending--
    })
  }

  #recording(): MemorySource {
    return {
      ...this.#primary,
      put: (name, given) => {
        this.#parameters.set(name, typeof given === 'string' ? given : given.value)
        return this.#primary.put(name, given)
      },
      label: (name, label) => {
        this.#parameters.set(`${name}:${label}`, this.#parameters.get(name) ?? '')
        this.#primary.label(name, label)
      },
      delete: (name) => {
        this.#parameters.delete(name)
        this.#primary.delete(name)
      },
      putSecret: (id, value) => {
        this.#login = String(value)
        return this.#primary.putSecret(id, value)
      },
    }
  }

  async #read(...[request, options]: Parameters<ParameterSource['read']>): ReturnType<ParameterSource['read']> {
    // A reading takes time, so that other events can happen meanwhile.
    await this.clock.sleep(20, options.signal)
    if (this.clock.now() < this.#failingUntil) throw new Error('away')
    const store = this.clock.now() < this.#staleUntil ? this.#replica : this.#primary
    return store.read(request, options)
  }

  #notify(hint: Hint, delivery: Delivery): void {
    const identified = { ...hint, eventId: `event-${this.#events++}` }
    const deliver = () => this.#notifier.inbox.hint(identified)
    const before = delivery === 'reordered' ? [] : this.#heldBack.splice(0)
    if (delivery === 'reordered') this.#heldBack.push(deliver)
    if (delivery === 'late') void this.clock.sleep(3_000).then(deliver)
    if (delivery === 'delivered' || delivery === 'duplicated') deliver()
    if (delivery === 'duplicated') deliver()
    for (const late of before) late()
  }

  #observe(): void {
    const note = (event: string) => {
      if (this.events.at(-1) === 'closed') this.problems.push(`${event} after closed`)
      if (this.#isClosed && event !== 'closed') this.problems.push(`${event} after close()`)
      this.events.push(event)
    }
    const throwError = () => {
      throw new Error('a listener that throws')
    }
    for (const event of ['ready', 'change', 'stale', 'recovered', 'rejected', 'error', 'closed'] as const) {
      this.config.on(event, throwError)
      this.config.on(event, () => Promise.reject(new Error('a listener that rejects')))
      this.config.on(event, () => note(event))
    }
    this.config.watch(({ a }) => a, throwError)
    let revision = 1
    this.config.on('ready', ({ snapshot }) => this.published.push(snapshot.value))
    this.config.on('change', ({ current, previous, ...change }) => {
      revision++
      if (change.revision !== revision) this.problems.push(`revision ${change.revision} instead of ${revision}`)
      if (previous !== this.published.at(-1)) this.problems.push('the previous value is not the one before')
      if (this.config.current !== current) this.problems.push('current is not the value of the event')
      this.published.push(current)
    })
  }

  /** Checks the invariants. */
  check(): void {
    const { current } = this.config
    if (current !== this.published.at(-1)) this.problems.push('current was never published')
    if (current.a !== current.b) this.problems.push('half of a change was published')
    const { user, password } = current.login
    if (user.slice(1) !== password.slice(1)) this.problems.push('user and password are of two versions')
  }
}

function seconds(at: number): number {
  return Math.floor(at / 1_000) * 1_000
}
