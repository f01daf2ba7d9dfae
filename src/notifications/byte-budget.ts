/** Limits the memory that all open claims take together, in bytes. */
export class ByteBudget {
  #free: number

  constructor(bytes: number) {
    this.#free = bytes
  }

  /** Opens an empty claim, for one request. */
  open(): Claim {
    let claimed = 0
    return {
      raiseTo: (bytes) => {
        const more = Math.max(0, bytes - claimed)
        if (more > this.#free) return false
        this.#free -= more
        claimed += more
        return true
      },
      end: () => {
        this.#free += claimed
        claimed = 0
      },
    }
  }
}

/** The part of the budget that one request uses until it is answered. */
export interface Claim {
  /** @returns Whether the budget has so many bytes left. If not, the claim is unchanged. */
  raiseTo(bytes: number): boolean
  /** Returns all bytes to the budget. */
  end(): void
}
