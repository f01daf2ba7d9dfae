import { onTestFinished } from 'vitest'
import * as z from 'zod'
import { type ConfigOptions, createConfig, type LiveConfig } from '../../src/index.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'
import { type MemorySource, memorySource } from '../../src/testing/memory-source.ts'
import { setForTest } from './environment.ts'

/** Has configs that are made from now on live as they do in Lambda, for as long as the test. */
export function inLambda(): void {
  setForTest('AWS_LAMBDA_FUNCTION_NAME', 'shop')
}

/** The same on Lambda Managed Instances, which are never frozen. */
export function onManagedInstances(): void {
  inLambda()
  setForTest('AWS_LAMBDA_INITIALIZATION_TYPE', 'lambda-managed-instances')
}

/** As the runtime does for each invocation. */
export function invoked(): void {
  setForTest('_X_AMZN_TRACE_ID', 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700')
}

/** A config of one value in memory, on a clock that is moved by hand, and what became of it. */
export interface InvokedConfig {
  readonly config: LiveConfig<{ readonly a: string }>
  readonly clock: FakeClock
  readonly store: MemorySource
  /** Events and the calls that were made, in their order. */
  readonly trace: string[]
  /** How long a reading takes from now on. */
  slow(ms: number): void
}

/** The same in Lambda as anywhere else, but for where it runs. */
export async function readyConfig(
  options: Partial<ConfigOptions> & { latencyMs?: number } = {},
): Promise<InvokedConfig> {
  const started = startConfig(options)
  await started.clock.advance(options.latencyMs ?? 0)
  await started.config.ready
  return started
}

export function startConfig({
  latencyMs: initialMs = 0,
  ...options
}: Partial<ConfigOptions> & { latencyMs?: number } = {}): InvokedConfig {
  const clock = createFakeClock()
  const store = memorySource({ clock, parameters: { '/app/a': 'first' } })
  const trace: string[] = []
  let latencyMs = initialMs
  const slow = (ms: number) => {
    latencyMs = ms
  }
  const source: typeof store = Object.assign(Object.create(store), {
    async read(...[request, how]: Parameters<typeof store.read>) {
      trace.push('read')
      if (latencyMs > 0) await clock.sleep(latencyMs, how.signal)
      return store.read(request, how)
    },
    resumed: () => trace.push('resumed'),
  })
  const config = createConfig({
    ...options,
    schema: z.object({ a: z.string() }),
    path: '/app',
    source,
    clock,
    random: () => 0.5,
  })
  for (const event of ['change', 'stale', 'recovered', 'error', 'warning'] as const) {
    config.on(event, () => trace.push(event))
  }
  onTestFinished(() => config.close())
  return { config, clock, store, trace, slow }
}
