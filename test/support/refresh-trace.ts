import { ConfigError } from '../../src/index.ts'
import type { Hint } from '../../src/ports.ts'
import { RefreshLoop } from '../../src/refresh/loop.ts'
import type { Findings, RefreshOutcome, RefreshRules, RefreshTask } from '../../src/refresh/state.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'

/** How a scripted refresh ends, and after how many milliseconds. `throws`: it rejects. */
export type ScriptedRefresh =
  | 'throws'
  | RefreshOutcome['kind']
  | (Partial<Findings> & { readonly kind: RefreshOutcome['kind']; readonly takesMs?: number } & ScriptedBackup)

/** The age of a restored backup, and whether AWS was not read before it. */
interface ScriptedBackup {
  readonly ageMs?: number
  readonly isWarm?: boolean
}

/** A loop whose refreshes follow a script. */
export interface ScriptedLoop {
  readonly loop: RefreshLoop<string>
  readonly clock: FakeClock
  /** One line for each effect: its time, and what the loop did. */
  readonly trace: string[]
  /** The lines since the last call. */
  newLines(): string[]
  /** The refreshes among the lines since the last call. */
  newRefreshes(): string[]
  /** Adds refreshes to the script. After the last one, refreshes end as `unchanged`. */
  script(...refreshes: ScriptedRefresh[]): void
}

const defaults: RefreshRules = { mode: 'strict', pollEveryMs: undefined, splayMs: 0, maxStaleMs: undefined }

/** A loop that has not started. Each random number is `chance`. */
export function scriptedLoop(rules: Partial<RefreshRules> = {}, chance = 0.5): ScriptedLoop {
  const clock = createFakeClock()
  const trace: string[] = []
  const refreshes: ScriptedRefresh[] = []
  let shown = 0
  const note = (line: string) => trace.push(`${clock.now()} ${line}`)
  const loop = new RefreshLoop<string>({
    rules: { ...defaults, ...rules },
    clock,
    random: () => chance,
    refresher: {
      async refresh(task, signal) {
        note(`refresh ${describeTask(task)}`)
        const next = refreshes.shift() ?? 'unchanged'
        if (next === 'throws') throw new Error('unexpected')
        const scripted = typeof next === 'string' ? { kind: next } : next
        const { takesMs = 0, kind, ageMs = 0, isWarm = false, ...given } = scripted
        if (takesMs > 0) await clock.sleep(takesMs, signal)
        const findings = {
          pollCalls: 1,
          unconfirmed: [],
          hasUnknownNames: false,
          secretsDueInMs: undefined,
          ageMs: 0,
          ...given,
        }
        if (kind === 'published') return { kind, task, published: `snapshot of ${clock.now()}`, ...findings }
        if (kind === 'unchanged') return { kind, task, ...findings }
        const error = new ConfigError('LOAD_FAILED', kind)
        if (kind === 'restored') return { kind, task, published: 'backup', ageMs, ...(!isWarm && { error }) }
        return { kind, task, error, ...findings }
      },
    },
    publisher: {
      commit: (published) => note(`commit ${published}`),
      verify: () => note('verify'),
      publish: (event) => note(`emit ${event === 'stale' ? `stale ${loop.state.reason}` : event}`),
    },
  })
  const newLines = () => {
    const lines = trace.slice(shown)
    shown = trace.length
    return lines
  }
  return {
    loop,
    clock,
    trace,
    script: (...more) => void refreshes.push(...more),
    newLines,
    newRefreshes: () => newLines().filter((line) => line.includes(' refresh ')),
  }
}

/** A loop that is ready at 0 ms, with an empty trace. */
export async function readyLoop(rules: Partial<RefreshRules> = {}, chance = 0.5): Promise<ScriptedLoop> {
  const scripted = scriptedLoop(rules, chance)
  scripted.script('published')
  scripted.loop.send({ type: 'started' })
  await scripted.clock.advance(0)
  scripted.newLines()
  return scripted
}

/** A hint that a parameter was written. */
export function written(name: string, more: Partial<Hint> = {}): Hint {
  return { kind: 'parameter', name, operation: 'put', ...more }
}

function describeTask({ scope, cause, hints }: RefreshTask): string {
  return [scope, cause, ...[...hints.values()].map(({ hint }) => hint.name)].join(' ')
}
