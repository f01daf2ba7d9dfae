/**
 * A computation that can be interrupted wherever it yields, so that a long one does not keep everything else waiting.
 * It may yield a promise, and is then given what that resolves to.
 */
export type Steps<Result> = Generator<Promise<unknown> | undefined, Result, unknown>

/** Lets others have their turn. @returns A promise when it is time for that, otherwise nothing. */
export type Breathe = () => Promise<void> | undefined

/** How many small things are done between two moments at which a computation can be interrupted. */
export const stride = 64

/** Takes all steps, and breathes between them and after the last. */
export async function inTurns<Result>(steps: Steps<Result>, breathe: Breathe): Promise<Result> {
  for (let step = steps.next(); ; ) {
    const pause = step.done === true ? breathe() : (step.value ?? breathe())
    const given = pause === undefined ? undefined : await pause
    if (step.done === true) return step.value
    step = steps.next(given)
  }
}

/** Takes all steps at once. For those that wait for nothing. */
export function inOneGo<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/**
 * Lets no more than so many through in one turn of the event loop. Whoever comes later waits for a later one: what the
 * first ones have to do is then done, and not held up by what the others do.
 */
export function limitPerTick(count: number, nextTurn: () => Promise<void>): () => Promise<void> {
  let passed = 0
  let turn: Promise<void> | undefined
  const begin = () => {
    passed = 0
    turn = undefined
  }
  return async () => {
    turn ??= nextTurn().then(begin)
    while (passed >= count) {
      await turn
      turn ??= nextTurn().then(begin)
    }
    passed++
  }
}
