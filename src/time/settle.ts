/** Like `Promise.all`, but a rejection waits until all promises have settled. */
export async function settleAll<Promises extends readonly unknown[] | []>(
  promises: Promises,
): Promise<{ -readonly [Index in keyof Promises]: Awaited<Promises[Index]> }> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

// More than can run at once, and few enough to start without a delay.
const concurrency = 64

/**
 * Runs for any number of items, at most 64 at once. After a rejection, no further item starts.
 */
export async function settleEach<Item>(items: readonly Item[], run: (item: Item) => Promise<unknown>): Promise<void> {
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
  await settleAll(Array.from({ length: Math.min(items.length, concurrency) }, work))
}
