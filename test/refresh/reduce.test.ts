import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Hint } from '../../src/ports.ts'
import { nextRefreshAt, type Reduction, reduce } from '../../src/refresh/reduce.ts'
import {
  type EventDetails,
  initialState,
  type RefreshOutcome,
  type RefreshRules,
  type RefreshState,
  subjectOf,
  task,
  unscheduled,
} from '../../src/refresh/state.ts'

const hint = fc.constantFrom<Hint>(
  { kind: 'parameter', name: '/a', operation: 'put' },
  { kind: 'parameter', name: '/b', operation: 'put' },
  { kind: 'secret', name: 's', operation: 'put' },
)
const hints = fc.array(hint, { minLength: 1, maxLength: 2 })

/** How the running refresh ends; `isUnconfirmed`: none of its hints has changed yet. */
interface End {
  readonly type: 'end'
  readonly kind: RefreshOutcome['kind']
  readonly isUnconfirmed: boolean
}

const steps = fc.array(
  fc.record({
    afterMs: fc.constantFrom('due', 0, 100, 1_000, 30_000, 61_000),
    event: fc.oneof(
      fc.record({ type: fc.constantFrom('hintReceived', 'hintReceived', 'rereadRequested'), hints }),
      fc.constantFrom<EventDetails>(
        { type: 'refreshRequested' },
        { type: 'subscribed' },
        { type: 'timerFired' },
        { type: 'suspended' },
        { type: 'resumed' },
        { type: 'healthChanged', isHealthy: true },
      ),
      fc.record<End>({
        type: fc.constant('end'),
        kind: fc.constantFrom('published', 'unchanged', 'rejected', 'held-back', 'failed'),
        isUnconfirmed: fc.boolean(),
      }),
    ),
  }),
  { minLength: 5, maxLength: 50 },
)
const rules = fc.record<RefreshRules>({
  mode: fc.constantFrom('strict', 'background'),
  pollEveryMs: fc.constantFrom<RefreshRules['pollEveryMs'][]>(undefined, false, 5_000),
  splayMs: fc.constantFrom(0, 10_000),
  maxStaleMs: fc.constantFrom(undefined, 60_000),
  isInvoked: fc.boolean(),
})

it('runs one refresh at a time, loses no hint, and never stops, after any sequence of events', () => {
  fc.assert(
    fc.property(rules, steps, (rule, script) => {
      let at = 0
      let reduction = reduce(initialState, { type: 'started', at, chance: 0.5 }, rule)
      const unread = new Set<string>()
      for (const { afterMs, event } of script) {
        const { state } = reduction
        at = typeof afterMs === 'number' ? at + afterMs : Math.max(at, dueAt(state) ?? at)
        const next = event.type === 'end' ? finish(state, event) : event
        if (next === undefined) continue
        if ('hints' in next) for (const one of next.hints) unread.add(subjectOf(one))
        reduction = reduce(state, { ...next, at, chance: 0.5 }, rule)
        if (event.type === 'end' && event.kind !== 'failed') {
          for (const subject of state.running?.hints.keys() ?? []) unread.delete(subject)
          for (const subject of subjectsIn(reduction.state)) unread.add(subject)
        }

        expect(startsAreExclusive(state, reduction)).toBe(true)
        expect([...unread].filter((subject) => !subjectsIn(reduction.state).has(subject))).toEqual([])
        expect(isWaiting(reduction.state) && dueAt(reduction.state) === undefined).toBe(false)
      }
      const { state, effects } = reduce(reduction.state, { type: 'closed', at, chance: 0.5 }, rule)
      expect(effects).toEqual([{ type: 'emit', event: 'closed' }])
      expect(reduce(state, { type: 'refreshRequested', at, chance: 0.5 }, rule).effects).toEqual([])
    }),
    { numRuns: 500 },
  )
})

function finish({ running, generation }: RefreshState, { kind, isUnconfirmed }: End): EventDetails | undefined {
  if (running === undefined) return undefined
  const unconfirmed = isUnconfirmed ? [...running.hints.values()].map((pending) => pending.hint) : []
  const findings = { pollCalls: 1, unconfirmed, hasUnknownNames: false, secretsDueInMs: undefined, ageMs: 0 }
  const outcome = { kind, task: running, published: 'snapshot', error: undefined, ...findings }
  return { type: 'refreshFinished', generation, outcome: outcome as unknown as RefreshOutcome }
}

function startsAreExclusive({ running }: RefreshState, { state, effects }: Reduction): boolean {
  const starts = effects.filter(({ type }) => type === 'refresh').length
  return starts === 0 || (starts === 1 && (running === undefined || state.running !== running))
}

function dueAt(state: RefreshState): number | undefined {
  const at = nextRefreshAt(state)
  return at === unscheduled ? undefined : at
}

function subjectsIn({ hints: { pending }, running, unfinished }: RefreshState): Set<string> {
  return new Set([pending, running?.hints, unfinished?.task.hints].flatMap((part) => [...(part?.keys() ?? [])]))
}

/** Whether hints or unfinished work wait for a refresh that has to come by itself. */
function isWaiting({ state, running, isSuspended, hints: { pending }, unfinished, verifiedAt }: RefreshState): boolean {
  if (running !== undefined || isSuspended || verifiedAt === undefined || state === 'failed') return false
  return pending.size > 0 || unfinished !== undefined
}

it('reads everything instead of more than a thousand hinted parameters, and pauses 8 s before the next hints', () => {
  const rule: RefreshRules = { mode: 'strict', pollEveryMs: false, splayMs: 0, maxStaleMs: undefined }
  const send = (state: RefreshState, event: EventDetails, at: number) =>
    reduce(state, { ...event, at, chance: 0.5 }, rule)
  const findings = { pollCalls: 1, unconfirmed: [], hasUnknownNames: false, secretsDueInMs: undefined, ageMs: 0 }
  const outcome = { kind: 'published', published: 'snapshot', task: task('full', 'start'), ...findings } as const
  const started = send(initialState, { type: 'started' }, 0).state
  const ready = send(started, { type: 'refreshFinished', generation: 1, outcome }, 0).state
  const flood = Array.from(
    { length: 1_001 },
    (_, index): Hint => ({ kind: 'parameter', name: `/${index}`, operation: 'put' }),
  )
  const flooded = send(
    ready,
    { type: 'hintReceived', hints: [...flood, { kind: 'secret', name: 's', operation: 'put' }] },
    0,
  )
  const { state, effects } = send(flooded.state, { type: 'timerFired' }, 250)

  expect(effects).toMatchObject([{ type: 'refresh', task: { scope: 'poll', cause: 'notification' } }])
  expect([...(state.running?.hints.keys() ?? [])]).toEqual(['secret s '])
  const idle = send(state, { type: 'refreshFinished', generation: 2, outcome }, 1_000).state
  expect(nextRefreshAt(send(idle, { type: 'hintReceived', hints: flood.slice(0, 1) }, 1_000).state)).toBe(8_250)
})
