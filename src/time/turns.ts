/**
 * Lets at most `count` callers through in one turn of the event loop. Later callers wait for a later turn: the work of
 * the first ones is then done, and the work of the others does not delay it.
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
