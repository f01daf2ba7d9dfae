interface Turn {
  readonly done: Promise<unknown>
  readonly signal: AbortSignal
}

/** Runs work with the same key one after another. Work that waits fails with the work before it. */
export class Turns {
  readonly #last = new Map<string, Turn>()

  async run<Result>(key: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key)
    const take = async () => {
      if (before !== undefined) await finished(before)
      signal.throwIfAborted()
      return work()
    }
    const done = take()
    const turn = { done, signal }
    this.#last.set(key, turn)
    try {
      return await done
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
  }
}

// Work that its own caller aborted says nothing about the next one.
function finished({ done, signal }: Turn): Promise<unknown> {
  return done.catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
