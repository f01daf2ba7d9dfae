import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type ConfigEvents, type ConfigOptions, createConfig, fromEnv, type LiveConfig } from '../../src/index.ts'
import type { NotificationSource, Telemetry } from '../../src/source/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { setForTest } from '../support/environment.ts'

const schema = z.object({ a: z.string() })

/** A config that notes every call it makes and every event it emits, in order. */
function tracedConfig(options: Partial<ConfigOptions<typeof schema>> = {}, isDenied = false) {
  const trace: string[] = []
  const note = (entry: string) => void trace.push(entry)
  const clock = createFakeClock()
  const memory = memorySource({ clock, parameters: { '/app/a': 'one' } })
  if (isDenied) memory.fail('*', { code: 'ACCESS_DENIED', isTransient: false, detail: 'denied', remedy: 'allow it' })
  const source: typeof memory = {
    ...memory,
    read(request, call) {
      note('source.read')
      return memory.read(request, call)
    },
    async close() {
      note('source.close')
    },
  }
  const notifications: NotificationSource = {
    name: 'test',
    async listen(_, { signal }) {
      note('listen')
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      note('stop listening')
    },
  }
  const telemetry: Telemetry = {
    instrument: () => {
      note('telemetry.instrument')
      return { refresh: (_, run) => run(), notified: () => undefined, closed: () => note('telemetry.closed') }
    },
  }
  const logger = { info: (line: string) => note(`info ${line}`), warn: (line: string) => note(`warn ${line}`) }
  const config = createConfig({
    schema,
    path: '/app',
    clock,
    random: () => 0.5,
    source,
    notifications,
    telemetry,
    logger,
    validate: ({ a }) => void note(`validate ${a}`),
    prepare: ({ a }) => void note(`prepare ${a}`),
    ...options,
  })
  for (const event of [...events]) config.on(event, () => note(`${event}: ${config.status().state}, ${shown(config)}`))
  config.watch(
    ({ a }) => a,
    (next, previous) => note(`watch ${previous} → ${next}`),
    { immediate: true },
  )
  config.ready.then(
    () => note('ready resolves'),
    ({ code }) => note(`ready rejects with ${code}`),
  )
  return { config, clock, memory, trace, note }
}

const events = [
  'ready',
  'change',
  'unchanged',
  'stale',
  'rejected',
  'error',
  'closed',
] satisfies readonly (keyof ConfigEvents<unknown>)[]

function shown(config: LiveConfig<{ readonly a: string }>): string {
  try {
    return config.current.a
  } catch {
    return 'no snapshot'
  }
}

describe('a config', () => {
  it('starts, changes and closes in this order', async () => {
    const { config, clock, memory, trace, note } = tracedConfig()
    await config.ready
    await clock.advance(0)
    await config.resource(
      ({ a }) => a,
      (a) => note(`create ${a}`),
      { destroy: () => note(`destroy while current is ${shown(config)}`) },
    )
    memory.put('/app/a', 'two')
    note(`refresh: ${await config.refresh()}`)
    await config.close()
    note('close resolves')

    expect(trace).toEqual([
      'telemetry.instrument',
      'source.read',
      'listen',
      'validate one',
      'prepare one',
      'info liveparam: loaded as revision 1',
      'ready: ready, one',
      'watch undefined → one',
      'ready resolves',
      'create one',
      'source.read',
      'validate two',
      'prepare two',
      'create two',
      'destroy while current is two',
      'info liveparam: changed to revision 2 (refresh): a',
      'change: ready, two',
      'watch one → two',
      'refresh: changed',
      'destroy while current is two',
      'stop listening',
      'closed: closed, two',
      'telemetry.closed',
      'source.close',
      'close resolves',
    ])
  })

  it('that is closed before it is ready rejects `ready` before the event `closed`', async () => {
    const { config, trace, note } = tracedConfig()
    await config.close()
    note('close resolves')

    expect(trace).toEqual([
      'telemetry.instrument',
      'source.read',
      'listen',
      'ready rejects with CLOSED',
      'stop listening',
      'closed: closed, no snapshot',
      'telemetry.closed',
      'source.close',
      'close resolves',
    ])
  })

  it('with an aborted signal reads nothing and closes', async () => {
    const { config, trace, note } = tracedConfig({ signal: AbortSignal.abort() })
    await config.close()
    note('close resolves')

    expect(trace).toEqual([
      'telemetry.instrument',
      'ready rejects with ABORTED',
      'closed: closed, no snapshot',
      'telemetry.closed',
      'source.close',
      'close resolves',
    ])
  })

  it.each([
    ['strict', ['error: failed, no snapshot', 'ready rejects with LOAD_FAILED']],
    ['background', ['warn liveparam: could not load the configuration', 'error: failed, no snapshot']],
  ] as const)('that cannot be loaded reports it, in mode %s', async (mode, expected) => {
    const { config, clock, trace } = tracedConfig({ startup: { mode, timeoutMs: 1_000 } }, true)
    await clock.advance(1_000)
    const reports = trace
      .filter((entry) => /^(warn|error|ready)/.test(entry))
      .map((entry) => entry.split(': ').slice(0, 2).join(': '))
    await config.close()

    expect(reports.slice(0, 2)).toEqual(expected)
  })

  it('reports variables that match no key before it reads', async () => {
    setForTest('ORDER_B', 'x')
    const { config, trace } = tracedConfig({ overrides: fromEnv('ORDER_') })

    expect(trace).toEqual(['telemetry.instrument', expect.stringMatching(/^warn .*ORDER_B/), 'source.read', 'listen'])
    await config.close()
  })
})
