/** The memory that the posts of strangers may take together, in bytes. */
export class ByteBudget {
  #free: number

  constructor(bytes: number) {
    this.#free = bytes
  }

  /** Starts a claim of nothing, for one post. */
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

/** The part of a room that one post takes until it is answered. */
export interface Claim {
  /** @returns Whether the room has so many bytes. If not, the claim stays as it is. */
  raiseTo(bytes: number): boolean
  /** Gives all of it back. */
  end(): void
}
