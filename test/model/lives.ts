import * as z from 'zod'
import { createConfig, type LiveConfig, parameter, reveal, secret, sensitive } from '../../src/index.ts'
import { withConfig } from '../../src/lambda/index.ts'
import type { Hint, ParameterSource, ReadFailure, ReadOptions, ReadRequest } from '../../src/source/index.ts'
import { createFakeClock, type FakeClock, type MemorySource, memorySource } from '../../src/testing/index.ts'
import { makeNotifier, type Notifier } from '../support/notifier.ts'

const schema = z
  .object({
    a: z.number(),
    b: z.number(),
    maybe: z.string().optional(),
    flags: z.record(z.string(), z.boolean()),
    labelled: parameter('/app/labelled:live', z.string()),
    other: parameter('/other/text', z.string().optional()),
    login: secret('login', z.object({ user: z.string(), password: z.string() })),
    token: sensitive(z.string()),
  })
  // Two writes that belong together: half of them is refused.
  .refine(({ a, b }) => a === b, 'a and b are written together')

type Value = z.output<typeof schema>

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** How the healthy end of a life finds what is stored. */
export type Ending = 'refresh' | 'poll' | 'hint'

/** What a life is like, apart from its steps. */
export interface LifeRules {
  readonly ending: Ending
  /** By-path reads hierarchies as a whole, so that any failure fails all of it. */
  readonly strategy: 'by-name' | 'by-path'
  readonly hasSentinel: boolean
  readonly isLambda: boolean
}

/** One step of a life. */
export type Step = (life: Life) => void | Promise<void>

/** A live config, a store that is written to, and everything that goes wrong between the two. */
export class Life {
  readonly clock: FakeClock = createFakeClock(1_700_000_000_000)
  readonly store: MemorySource = memorySource({ clock: this.clock })
  readonly config: LiveConfig<Value>
  /** What was published though it never was stored together. */
  readonly torn: string[] = []
  readonly #rules: LifeRules
  readonly #random: () => number
  readonly #notifier: Notifier = makeNotifier()
  readonly #failing = new Set<() => void>()
  readonly #stored = new Map<string, string>()
  readonly #hints: Hint[] = []
  readonly #ended: Promise<unknown>[] = []
  #isThrowing = false
  #isHanging = false
  #isRefused: 'validate' | 'prepare' | undefined
  #count = 0

  constructor(random: () => number, rules: LifeRules) {
    this.#rules = rules
    this.#random = random
    this.writePair('0')
    this.put('/app/flags/f0', 'true')
    this.put('/app/token', '/aws/reference/secretsmanager/token', 'SecureString')
    this.rotate('token')
    this.rotate('login')
    this.label()
    const source: ParameterSource = { read: (request, options) => this.#read(request, options) }
    const hook = (name: string) => () => {
      if (this.#isRefused === name) throw new Error('refused')
    }
    if (rules.isLambda) process.env.AWS_LAMBDA_FUNCTION_NAME = 'shop'
    this.config = createConfig({
      schema,
      path: '/app',
      source,
      notifications: this.#notifier,
      clock: this.clock,
      random,
      validate: hook('validate'),
      prepare: hook('prepare'),
      ...(rules.hasSentinel && { sentinel: '/app/sentinel' }),
    })
    delete process.env.AWS_LAMBDA_FUNCTION_NAME
    this.config.on('change', ({ current }) => this.#check(current as Value))
  }

  /** @returns Whether there is a configuration to begin with. */
  async start(): Promise<void> {
    await this.#settle(this.config.ready)
    if (!this.#rules.isLambda) this.#notifier.inbox.healthy()
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item
  }

  put(name: string, value: string, type?: 'SecureString'): void {
    this.#stored.set(name, value)
    this.store.put(name, type === undefined ? value : { value, type })
    this.#note({ kind: 'parameter', name, operation: 'put', occurredAt: this.#second() })
  }

  delete(name: string): void {
    this.#stored.delete(name)
    this.store.delete(name)
    this.#note({ kind: 'parameter', name, operation: 'delete', occurredAt: this.#second() })
  }

  writePair(value = String(this.#count++)): void {
    for (const name of ['/app/a', '/app/b']) this.put(name, value)
    this.moveSentinel()
  }

  /** As a writer does who changes several parameters. */
  moveSentinel(): void {
    if (this.#rules.hasSentinel) this.store.put('/app/sentinel', String(this.#count++))
  }

  label(): void {
    const value = `l${this.#count++}`
    const { version } = this.store.put('/app/labelled', value)
    this.store.label('/app/labelled', 'live')
    this.#stored.set('/app/labelled', value)
    const move = { operation: 'label', label: 'live', version: String(version) } as const
    this.#note({ kind: 'parameter', name: '/app/labelled', ...move })
  }

  rotate(id: 'login' | 'token'): void {
    const count = this.#count++
    const value = id === 'login' ? JSON.stringify({ user: `u${count}`, password: `p${count}` }) : `t${count}`
    this.#stored.set(id, value)
    const { versionId } = this.store.putSecret(id, value)
    this.#note({ kind: 'secret', name: id, operation: 'label', label: 'AWSCURRENT', version: versionId })
  }

  fail(subject: string, failure: ReadFailure): void {
    const { remove } = this.store.fail(subject, failure)
    this.#failing.add(remove)
  }

  throwing(isThrowing: boolean): void {
    this.#isThrowing = isThrowing
  }

  hanging(isHanging: boolean): void {
    this.#isHanging = isHanging
  }

  refuse(hook: 'validate' | 'prepare' | undefined): void {
    this.#isRefused = hook
  }

  /** Everything reads as it should from now on; what is stored is not touched. */
  heal(): void {
    for (const remove of this.#failing) remove()
    this.#failing.clear()
    this.#isThrowing = false
    this.#isHanging = false
    this.#isRefused = undefined
  }

  /** Delivers the notification of one of the last writes, if anything was written. */
  deliver(): void {
    const hint = this.#hints.at(-1 - Math.floor(this.#random() * 3))
    if (hint !== undefined && !this.#rules.isLambda) this.#notifier.inbox.hint(hint)
  }

  refresh(): void {
    this.#ended.push(this.config.refresh().catch(() => undefined))
  }

  login(): void {
    const isStale = () => reveal(this.config.current).token !== this.#tokenText()
    const use = async () => {
      if (isStale()) throw new Error('authentication failed')
    }
    this.#ended.push(this.config.retryOnAuthError(() => true, use).catch(() => undefined))
  }

  /** Ends while a refresh may be under way: that is aborted then. */
  async invoke(ms: number): Promise<void> {
    const handler = withConfig(async () => this.clock.sleep(ms), this.config)
    await this.#settle(handler({}, {} as never))
  }

  /** What is stored for good is served after at most two healthy refreshes, or when polls or notifications have come round. */
  async end(): Promise<void> {
    this.heal()
    this.put('/app/token', '/aws/reference/secretsmanager/token', 'SecureString')
    this.writePair()
    const { ending, isLambda } = this.#rules
    if (isLambda) await this.invoke(40 * minuteMs)
    else if (ending === 'hint') {
      for (const hint of this.#hints) this.#notifier.inbox.hint(hint)
      await this.clock.advance(6 * minuteMs)
    } else if (ending === 'poll') await this.clock.advance(40 * minuteMs)
    for (let count = 0; count < 2 && (isLambda || ending === 'refresh'); count++) {
      const refreshed = isLambda ? withConfig(() => this.config.refresh(), this.config)({}, {} as never) : undefined
      await this.#settle((refreshed ?? this.config.refresh()).catch(() => undefined))
    }
  }

  /** Of the configuration and of what is stored. */
  compare(): { readonly served: unknown; readonly stored: unknown; readonly state: string } {
    return { served: reveal(this.config.current), stored: this.#expected(), state: this.config.status().state }
  }

  async close(): Promise<void> {
    const closing = this.config.close()
    await this.#settle(closing)
    await Promise.all(this.#ended)
  }

  #expected(): unknown {
    const [a, b] = ['/app/a', '/app/b'].map((name) => Number(this.#stored.get(name)))
    const flags = [...this.#stored].flatMap(([name, text]) =>
      name.startsWith('/app/flags/') ? [[name.slice('/app/flags/'.length), text === 'true'] as const] : [],
    )
    const optional = { maybe: this.#stored.get('/app/maybe'), other: this.#stored.get('/other/text') }
    return {
      a,
      b,
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
      flags: Object.fromEntries(flags),
      labelled: this.#stored.get('/app/labelled'),
      login: JSON.parse(this.#stored.get('login') ?? ''),
      token: this.#tokenText(),
    }
  }

  #tokenText(): string | undefined {
    const text = this.#stored.get('/app/token')
    return text?.startsWith('/aws/') ? this.#stored.get('token') : text
  }

  async #read(request: ReadRequest, options: ReadOptions) {
    const { signal } = options
    await this.clock.sleep(Math.floor(this.#random() * 30), signal)
    if (this.#isHanging) await this.clock.sleep(hourMs, signal)
    const { hierarchies, names } = await this.store.read({ ...request, secrets: [] }, options)
    const read = { hierarchies: hierarchies.map((hierarchy) => this.#whole(hierarchy)), names }
    // Secrets are read by calls of their own, between which anything may be written.
    await this.clock.sleep(Math.floor(this.#random() * 10), signal)
    const { secrets } = await this.store.read({ ...request, hierarchies: [], names: [] }, options)
    if (this.#isThrowing) throw new Error('the connection was closed')
    return { ...read, secrets }
  }

  #whole<Hierarchy extends { readonly failures: ReadonlyMap<string, ReadFailure> }>(hierarchy: Hierarchy): Hierarchy {
    const [failure] = hierarchy.failures.values()
    return this.#rules.strategy === 'by-name' || failure === undefined ? hierarchy : { ...hierarchy, failure }
  }

  #note(hint: Hint): void {
    this.#hints.push({ ...hint, eventId: `event-${this.#count++}` })
  }

  // EventBridge gives whole seconds.
  #second(): number {
    return Math.floor(this.clock.now() / 1_000) * 1_000
  }

  #check(current: Value): void {
    const { a, b, login } = reveal(current)
    if (a !== b) this.torn.push(`a ${a} with b ${b}`)
    if (login.user.slice(1) !== login.password.slice(1)) this.torn.push(`${login.user} with ${login.password}`)
  }

  async #settle(promise: Promise<unknown>): Promise<void> {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    promise.then(settle, settle)
    await this.clock.advance(0)
    while (!isSettled) await this.clock.advance(1_000)
    await promise
  }
}

const down = { code: 'UNREACHABLE', isTransient: true, detail: 'down', remedy: 'wait' } as const
const denied = { code: 'ACCESS_DENIED', isTransient: false, detail: 'denied', remedy: 'allow it' } as const
const throttled = { code: 'THROTTLED', isTransient: true, detail: 'throttled', remedy: 'wait' } as const
const subjects = [
  '*',
  '/app',
  '/app/a',
  '/app/token',
  '/app/flags/f0',
  '/app/sentinel',
  '/other/text',
  'login',
  'token',
]

/** Everything that may happen, as often as it stands here. */
export const steps: readonly Step[] = [
  (life) => life.writePair(),
  (life) => life.put('/app/a', String(life.pick([1, 2, 3]))),
  (life) => life.put('/app/b', String(life.pick([1, 2, 3]))),
  (life) => life.put('/app/a', 'not a number'),
  (life) => (life.chance(0.5) ? life.put('/app/maybe', life.pick(['x', 'y'])) : life.delete('/app/maybe')),
  (life) => (life.chance(0.5) ? life.put('/other/text', life.pick(['x', 'y'])) : life.delete('/other/text')),
  (life) => (life.chance(0.5) ? life.put('/app/flags/f1', life.pick(['true', 'false'])) : life.delete('/app/flags/f1')),
  (life) => life.label(),
  (life) => life.rotate('login'),
  (life) => life.rotate('login'),
  (life) => life.rotate('token'),
  (life) => life.rotate('token'),
  (life) => life.put('/app/token', life.pick(['plain', '/aws/reference/secretsmanager/token']), 'SecureString'),
  (life) => life.moveSentinel(),
  (life) => life.fail(life.pick(subjects), life.pick([down, denied, throttled])),
  (life) => life.fail(life.pick(subjects), life.pick([down, denied, throttled])),
  (life) => life.throwing(life.chance(0.5)),
  (life) => life.hanging(life.chance(0.3)),
  (life) => life.refuse(life.pick(['validate', 'prepare', undefined])),
  (life) => life.heal(),
  (life) => life.heal(),
  (life) => life.deliver(),
  (life) => life.deliver(),
  (life) => life.refresh(),
  (life) => life.refresh(),
  (life) => life.login(),
  (life) => life.clock.jump(life.pick([-6, -1, 1, 6]) * hourMs),
  (life) => life.clock.advance(life.pick([1, 10, 15, 40])),
  (life) => life.clock.advance(life.pick([300, 1_000, 5_000, 15_000])),
  (life) => life.clock.advance(life.pick([1, 2, 6]) * minuteMs),
]

/** For Lambda, where a refresh goes on only while an invocation does. */
export const invocations: readonly Step[] = [
  (life) => life.invoke(life.pick([1, 10, 25, 40])),
  (life) => life.invoke(life.pick([300, 2_000])),
]
