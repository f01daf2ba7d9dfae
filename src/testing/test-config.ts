import type { $ZodType, input, output } from 'zod/v4/core'
import type { DeepReadonly } from '../config/deep-readonly.ts'
import { type CheckedOptions, toDefinition } from '../config/define-config.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { loadConfig } from '../config/load-config.ts'
import { type ConfigOptions, isEnvironment } from '../config/options.ts'
import type { ReadFailure } from '../errors.ts'
import { checkContents } from './check-contents.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { type MemoryParameter, type MemorySource, memorySource } from './memory-source.ts'
import { storedValues } from './stored-values.ts'

/** What a test config holds: values by key, or stored parameters by full name; or some of both. */
export interface TestContents<Schema extends $ZodType> {
  /** What goes into the schema: `{ db: { port: 5433 } }`, where a parameter would hold `5433`. */
  readonly values?: DeepPartial<input<Schema>>
  /** Stored text, or versions, by full name. `undefined` deletes. */
  readonly parameters?: Readonly<Record<string, string | MemoryParameter | undefined>>
  /** Stored secrets by name or ARN. `undefined` deletes. */
  readonly secrets?: Readonly<Record<string, string | Uint8Array | undefined>>
}

/** A part of a value, at every depth. */
export type DeepPartial<Value> = Value extends Date | Uint8Array
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Item[]
    : Value extends object
      ? { readonly [Key in keyof Value]?: DeepPartial<Value[Key]> | undefined }
      : Value

/** A live config without AWS, on a clock that moves only when it is told to. */
export interface TestConfig<Schema extends $ZodType> extends LiveConfig<DeepReadonly<output<Schema>>> {
  /** Stores something else and looks at once. @throws LoadError when it cannot be used. @throws TypeError as `createTestConfig`. */
  set(contents: TestContents<Schema>): Promise<void>
  /** Has every reading fail, as if AWS could not be reached, until it is disposed of. */
  fail(failure?: Partial<ReadFailure>): Disposable
  /** Has every candidate refused, as if `validate` had thrown, until it is disposed of. */
  reject(reason?: string): Disposable
  /** Moves the clock on: polls and retries that fall due are made. */
  advance(ms: number): Promise<void>
  /** What it lives on. */
  readonly clock: FakeClock
  /** Where it is read from, for whatever the above does not do. */
  readonly store: MemorySource
}

/**
 * A real live config for a test: the definition as it is in production, but for where it is read from, its
 * notifications, clock and randomness. Nothing happens but by {@link TestConfig.set} and {@link TestConfig.advance}, and
 * nothing is printed without a `logger`.
 *
 * @throws LoadError when what it holds is not what the schema asks for.
 * @throws TypeError when it holds what the schema has no use for: a key, an option, a misspelled secret.
 */
export async function createTestConfig<const Schema extends $ZodType>(
  given: ConfigOptions<Schema>,
  contents: TestContents<NoInfer<Schema>> = {},
): Promise<TestConfig<Schema>> {
  const definition = toDefinition(given)
  const clock = createFakeClock()
  const store = memorySource({ clock })
  const storedSecrets = new Set<string>()
  const put = async (more: TestContents<Schema>) => {
    await fill(store, definition, more, storedSecrets)
    for (const id of Object.keys(more.secrets ?? {})) storedSecrets.add(id)
  }
  await put(contents)
  const rejections = new Set<string>()
  // What says how AWS is read has nothing to say here.
  const { client, secretsClient, region, endpoint, strategy, secretsVia, sentinel, validate, ...options } = definition
  const start = loadConfig<Schema>({
    ...options,
    // Variables of the machine that runs the test would override its values.
    overrides: isEnvironment(options.overrides) ? undefined : options.overrides,
    clock: options.clock ?? clock,
    random: options.random ?? (() => 0.5),
    source: options.source ?? store,
    notifications: [],
    logger: options.logger ?? false,
    startup: { timeoutMs: dayMs },
    validate(next, previous, call) {
      for (const reason of rejections) throw new Error(reason)
      return validate?.(next, previous, call)
    },
  } as ConfigOptions<Schema>)
  const config = await passTime(clock, start)
  const more = {
    clock,
    store,
    async set(next: TestContents<Schema>) {
      await put(next)
      await config.refresh()
    },
    fail(failure: Partial<ReadFailure> = {}) {
      const { remove } = store.fail('*', { ...unreachable, ...failure })
      return { [Symbol.dispose]: remove }
    },
    reject(reason = 'rejected by the test') {
      rejections.add(reason)
      return { [Symbol.dispose]: () => void rejections.delete(reason) }
    },
    advance: (ms: number) => clock.advance(ms),
  }
  return Object.defineProperties(config, Object.getOwnPropertyDescriptors(more)) as TestConfig<Schema>
}

const dayMs = 86_400_000

// A start that is refused looks again before it gives up.
async function passTime<Result>(clock: FakeClock, start: Promise<Result>): Promise<Result> {
  let isOver = false
  const end = () => {
    isOver = true
  }
  start.then(end, end)
  while (!isOver) await clock.advance(100)
  return start
}

const unreachable: ReadFailure = {
  code: 'UNREACHABLE',
  isTransient: true,
  detail: 'the test has every reading fail',
  remedy: 'dispose of what fail() returned',
}

async function fill<Schema extends $ZodType>(
  store: MemorySource,
  definition: CheckedOptions<Schema>,
  contents: TestContents<Schema>,
  storedSecrets: ReadonlySet<string>,
): Promise<void> {
  const { plan, layers } = definition.checked
  const path = layers.paths.at(-1) ?? '/'
  checkContents(contents, { plan, path, storedSecrets })
  const { values, parameters = {}, secrets = {} } = contents
  for (const stored of await storedValues(plan.root, path, values)) {
    if (stored.kind === 'parameter') store.put(stored.name, stored.text)
    else store.putSecret(stored.secret.id, stored.content)
  }
  for (const [name, parameter] of Object.entries(parameters)) {
    if (parameter === undefined) store.delete(name)
    else store.put(name, parameter)
  }
  for (const [id, secret] of Object.entries(secrets)) {
    if (secret === undefined) store.deleteSecret(id)
    else store.putSecret(id, secret)
  }
}
