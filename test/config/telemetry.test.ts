import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { RefreshReport, Telemetry, TelemetrySession } from '../../src/source/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'

const schema = z.object({ a: z.string() })

/** Telemetry with the given methods and empty others. */
function probing(probe: Partial<TelemetrySession>): Telemetry {
  return {
    instrument: () => ({ refresh: (_, run) => run(), notified: () => undefined, closed: () => undefined, ...probe }),
  }
}

const rude: Readonly<Record<string, Telemetry>> = {
  'cannot be attached': {
    instrument() {
      throw new Error('hunter2')
    },
  },
  'throws before a refresh': probing({
    refresh() {
      throw new Error('hunter2')
    },
  }),
  'rejects before a refresh': probing({ refresh: () => Promise.reject(new Error('hunter2')) }),
  'throws after a refresh': probing({
    async refresh(_, run) {
      await run()
      throw new Error('hunter2')
    },
  }),
  'runs a refresh twice': probing({ refresh: async (_, run) => Promise.all([run(), run()]) }),
  'runs no refresh': probing({ refresh: async () => undefined }),
  'does not come back from a refresh': probing({
    refresh: (_, run) => new Promise(() => void run()),
  }),
  'throws at the end': probing({
    closed() {
      throw new Error('hunter2')
    },
  }),
}

describe('telemetry', () => {
  it.each(Object.entries(rude))('that %s does not affect the config', async (name, telemetry) => {
    const prepared: string[] = []
    const config = await createTestConfig(
      { schema, path: '/app', telemetry, prepare: ({ a }) => prepared.push(a) },
      { parameters: { '/app/a': 'x' } },
    )
    await config.set({ parameters: { '/app/a': 'y' } })
    const outage = config.fail()
    const error: unknown = await config.refresh().catch((reason: unknown) => reason)
    outage[Symbol.dispose]()
    await config.close()
    const { warnings } = config.explain()

    expect(config.current).toEqual({ a: 'y' })
    expect(prepared).toEqual(['x', 'y'])
    expect(error).toMatchObject({ code: 'LOAD_FAILED' })
    expect(warnings.filter((warning) => !/^telemetry: Error at .* was thrown$/.test(warning))).toEqual([])
    expect(warnings).toHaveLength(/throws|rejects|cannot/.test(name) ? 1 : 0)
    expect(JSON.stringify(warnings)).not.toContain('hunter2')
  })

  it('that never starts a refresh delays it for a second', async () => {
    const telemetry = probing({ refresh: () => new Promise(() => undefined) })
    const config = await createTestConfig({ schema, path: '/app', telemetry }, { parameters: { '/app/a': 'x' } })
    const changed = config.set({ parameters: { '/app/a': 'y' } })
    await config.advance(1_000)
    await changed

    expect(config.current).toEqual({ a: 'y' })
    await config.close()
  })

  it('may load a module first, and receives the result of each refresh', async () => {
    const reports: RefreshReport[] = []
    const telemetry = probing({
      async refresh(_, run) {
        await new Promise((resolve) => setImmediate(resolve))
        reports.push(await run())
      },
    })
    await using config = await createTestConfig({ schema, path: '/app', telemetry }, { parameters: { '/app/a': 'x' } })
    await config.refresh()

    expect(reports).toEqual([
      { outcome: 'changed', elapsedMs: 0, revision: 1 },
      { outcome: 'unchanged', elapsedMs: 0, revision: 1 },
    ])
  })

  it('is refused if it has no method instrument', async () => {
    // @ts-expect-error this has no method instrument
    const load = () => createTestConfig({ schema, path: '/app', telemetry: { observe: () => undefined } })

    await expect(load).rejects.toThrow('telemetry')
  })
})
