import type { $ZodType, input, output } from 'zod/v4/core'
import { type CheckedOptions, toDefinition } from '../config/define-config.ts'
import type { DeepReadonly, LiveConfig } from '../config/live-config.ts'
import { loadConfig } from '../config/load-config.ts'
import { type ConfigOptions, isEnvironment } from '../config/options.ts'
import type { ReadFailure } from '../errors.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { type MemorySource, memorySource } from './memory-source.ts'
import type { MemoryParameter } from './memory-store.ts'
import { checkContents, storeValues } from './test-contents.ts'

/** The contents of a test config: values by key, stored parameters by full name, or both. */
export interface TestContents<Schema extends $ZodType> {
  /** Input of the schema: `{ db: { port: 5433 } }` for a parameter that holds `5433`. */
  readonly values?: DeepPartial<input<Schema>>
  /** Stored text, or a version, by full name. `undefined` deletes the parameter. */
  readonly parameters?: Readonly<Record<string, string | MemoryParameter | undefined>>
  /** Stored secrets by name or ARN. `undefined` deletes the secret. */
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

/** A live config without AWS, on a fake clock. */
export interface TestConfig<Schema extends $ZodType> extends LiveConfig<DeepReadonly<output<Schema>>> {
  /** Changes the stored contents and refreshes. @throws LoadError when they are rejected. @throws TypeError as `createTestConfig`. */
  set(contents: TestContents<Schema>): Promise<void>
  /** Makes every read fail until disposed. The default failure is that AWS is unreachable. */
  fail(failure?: Partial<ReadFailure>): Disposable
  /** Rejects every candidate until disposed, as if `validate` had thrown. */
  reject(reason?: string): Disposable
  /** Advances the clock, and runs the polls and retries that become due. */
  advance(ms: number): Promise<void>
  /** The clock of the config. */
  readonly clock: FakeClock
  /** The source of the config, for changes that the methods above do not offer. */
  readonly store: MemorySource
}

/**
 * Loads a live config for a test. It uses the definition of production, but its own source, clock and randomness, and no
 * notifications. It refreshes only in {@link TestConfig.set}, `refresh()` and {@link TestConfig.advance}, and prints
 * nothing without a `logger`.
 *
 * @throws LoadError when the contents do not match the schema.
 * @throws TypeError when the definition would never read a part of the contents: an unknown key or option, a misspelled secret.
 */
export async function createTestConfig<const Schema extends $ZodType>(
  given: ConfigOptions<Schema>,
  contents: TestContents<NoInfer<Schema>> = {},
): Promise<TestConfig<Schema>> {
  const definition = toDefinition(given)
  const clock = createFakeClock()
  const store = memorySource({ clock })
  const storedSecrets = new Set<string>()
  await fill(store, definition, contents, storedSecrets)
  const rejections = new Set<string>()
  // The options for reading AWS do not apply.
  const { client, secretsClient, region, endpoint, strategy, secretsVia, sentinel, backup, validate, ...options } =
    definition
  const start = loadConfig<Schema>({
    ...options,
    // Environment variables of the machine must not override the values of the test.
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
  const config = await advanceUntilSettled(clock, start)
  const more = {
    clock,
    store,
    async set(next: TestContents<Schema>) {
      await fill(store, definition, next, storedSecrets)
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

// A rejected start retries before it fails.
async function advanceUntilSettled<Result>(clock: FakeClock, start: Promise<Result>): Promise<Result> {
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  start.then(settle, settle)
  while (!isSettled) await clock.advance(100)
  return start
}

const unreachable: ReadFailure = {
  code: 'UNREACHABLE',
  isTransient: true,
  detail: 'fail() of the test config makes every read fail',
  remedy: 'dispose the object that fail() returned',
}

async function fill<Schema extends $ZodType>(
  store: MemorySource,
  definition: CheckedOptions<Schema>,
  contents: TestContents<Schema>,
  storedSecrets: Set<string>,
): Promise<void> {
  const { plan, layers } = definition.checked
  const path = layers.paths.at(-1) ?? '/'
  checkContents(contents, { plan, path, storedSecrets })
  const { values, parameters = {}, secrets = {} } = contents
  await storeValues(store, plan.root, path, values)
  for (const [name, parameter] of Object.entries(parameters)) {
    if (parameter === undefined) store.delete(name)
    else store.put(name, parameter)
  }
  for (const [id, secret] of Object.entries(secrets)) {
    storedSecrets.add(id)
    if (secret === undefined) store.deleteSecret(id)
    else store.putSecret(id, secret)
  }
}
