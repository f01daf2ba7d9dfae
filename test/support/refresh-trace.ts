import { ConfigError } from '../../src/index.ts'
import type { Hint } from '../../src/ports.ts'
import { RefreshLoop } from '../../src/refresh/loop.ts'
import type { RefreshRules, RefreshSummary } from '../../src/refresh/state.ts'
import type { RefreshTask } from '../../src/refresh/task.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'

/** How a scripted flight ends, and after how many milliseconds. */
export type Flight =
  /** Rejects, which no flight should. */
  | 'lost'
  | RefreshSummary['outcome']
  | (Partial<RefreshSummary> & { readonly outcome: RefreshSummary['outcome']; readonly takesMs?: number })

/** A life whose flights follow a script; each line of the trace is a time and what happened. */
export interface ScriptedLife {
  readonly loop: RefreshLoop<string>
  readonly clock: FakeClock
  readonly trace: string[]
  /** What happened since this was asked for last. */
  news(): string[]
  /** The flights to come; without any more they are `unchanged`. */
  script(...flights: Flight[]): void
}

const defaults: RefreshRules = { mode: 'strict', pollEveryMs: undefined, splayMs: 0, maxStaleMs: undefined }

/** A life that has not been started. Chance is always the same. */
export function scriptedLife(rules: Partial<RefreshRules> = {}, chance = 0.5): ScriptedLife {
  const clock = createFakeClock()
  const trace: string[] = []
  const flights: Flight[] = []
  let told = 0
  const note = (line: string) => trace.push(`${clock.now()} ${line}`)
  const loop = new RefreshLoop<string>({
    rules: { ...defaults, ...rules },
    clock,
    random: () => chance,
    async refresh(work, signal) {
      note(`fly ${describeWork(work)}`)
      const next = flights.shift() ?? 'unchanged'
      if (next === 'lost') throw new Error('lost')
      const { takesMs = 0, ...summary } = typeof next === 'string' ? { outcome: next } : next
      if (takesMs > 0) await clock.sleep(takesMs, signal)
      const isLanded = summary.outcome === 'published' || summary.outcome === 'unchanged'
      return {
        task: work,
        summary: { pollCalls: 1, unconfirmed: [], secretsDueAt: undefined, ...summary },
        ...(summary.outcome === 'published' && { published: `snapshot of ${clock.now()}` }),
        ...(!isLanded && { error: new ConfigError('LOAD_FAILED', summary.outcome) }),
      }
    },
    commit: (published) => note(`commit ${published}`),
    verify: () => note('verify'),
    emit: (event) => note(event === 'stale' ? `stale ${loop.state.reason}` : event),
  })
  return {
    loop,
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
export async function readyLife(rules: Partial<RefreshRules> = {}, chance = 0.5): Promise<ScriptedLife> {
  const state = scriptedLife(rules, chance)
  state.script('published')
  state.loop.send({ type: 'started' })
  await state.clock.advance(0)
  state.news()
  return state
}

/** A write of a parameter, told of at some time. */
export function written(name: string, more: Partial<Hint> = {}): Hint {
  return { kind: 'parameter', name, operation: 'put', ...more }
}

function describeWork({ scope, cause, hints }: RefreshTask): string {
  return [scope, cause, ...[...hints.values()].map(({ name }) => name)].join(' ')
}
