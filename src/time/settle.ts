/** As `Promise.all`, but with nothing still under way when it settles: the first rejection waits for the rest. */
export async function settleAll<Value>(promises: readonly Promise<Value>[]): Promise<Value[]> {
  const settled = await Promise.allSettled(promises)
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

// More than ever are under way at once, and few enough to be begun in no time.
const begunAtOnce = 64

/**
 * The same for any number of items: no more than a few dozen are begun before others have ended. After a rejection none
 * is.
 */
export async function settleEach<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const remaining = items.values()
  let isOver = false
  const work = async () => {
    try {
      for (const item of remaining) {
        if (isOver) return
        await run(item)
      }
    } catch (error) {
      isOver = true
      throw error
    }
  }
  await settleAll(Array.from({ length: Math.min(items.length, begunAtOnce) }, work))
}
