import { ConfigError } from '../../src/index.ts'
import type { Hint } from '../../src/ports.ts'
import { Gate } from '../../src/refresh/loop.ts'
import type { Landing, LifeRules } from '../../src/refresh/state.ts'
import type { Work } from '../../src/refresh/task.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'

/** How a scripted flight ends, and after how many milliseconds. */
export type Flight =
  /** Rejects, which no flight should. */
  'lost' | Landing['outcome'] | (Partial<Landing> & { readonly outcome: Landing['outcome']; readonly takesMs?: number })

/** A life whose flights follow a script; each line of the trace is a time and what happened. */
export interface ScriptedLife {
  readonly gate: Gate<string>
  readonly clock: FakeClock
  readonly trace: string[]
  /** What happened since this was asked for last. */
  news(): string[]
  /** The flights to come; without any more they are `unchanged`. */
  script(...flights: Flight[]): void
}

const defaults: LifeRules = { mode: 'strict', pollEveryMs: undefined, splayMs: 0, maxStaleMs: undefined }

/** A life that has not been started. Chance is always the same. */
export function scriptedLife(rules: Partial<LifeRules> = {}, chance = 0.5): ScriptedLife {
  const clock = createFakeClock()
  const trace: string[] = []
  const flights: Flight[] = []
  let told = 0
  const note = (line: string) => trace.push(`${clock.now()} ${line}`)
  const gate = new Gate<string>({
    rules: { ...defaults, ...rules },
    clock,
    random: () => chance,
    async fly(work, signal) {
      note(`fly ${describeWork(work)}`)
      const next = flights.shift() ?? 'unchanged'
      if (next === 'lost') throw new Error('lost')
      const { takesMs = 0, ...landing } = typeof next === 'string' ? { outcome: next } : next
      if (takesMs > 0) await clock.sleep(takesMs, signal)
      const isLanded = landing.outcome === 'committed' || landing.outcome === 'unchanged'
      return {
        work,
        landing: { pollCalls: 1, unmoved: [], secretsDueAt: undefined, ...landing },
        ...(landing.outcome === 'committed' && { cargo: `snapshot of ${clock.now()}` }),
        ...(!isLanded && { error: new ConfigError('LOAD_FAILED', landing.outcome) }),
      }
    },
    commit: (cargo) => note(`commit ${cargo}`),
    verify: () => note('verify'),
    announce: (event) => note(event === 'stale' ? `stale ${gate.life.reason}` : event),
  })
  return {
    gate,
    clock,
    trace,
    script: (...more) => void flights.push(...more),
    news() {
      const news = trace.slice(told)
      told = trace.length
      return news
    },
  }
}

/** A life that is ready at 0 ms, of which the trace tells nothing. */
export async function readyLife(rules: Partial<LifeRules> = {}, chance = 0.5): Promise<ScriptedLife> {
  const life = scriptedLife(rules, chance)
  life.script('committed')
  life.gate.send({ type: 'started' })
  await life.clock.advance(0)
  life.news()
  return life
}

/** A write of a parameter, told of at some time. */
export function written(name: string, more: Partial<Hint> = {}): Hint {
  return { kind: 'parameter', name, operation: 'put', ...more }
}

function describeWork({ scope, cause, hints }: Work): string {
  return [scope, cause, ...[...hints.values()].map(({ name }) => name)].join(' ')
}
