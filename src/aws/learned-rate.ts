import { makeTokenBucket, type TokenBucket } from '../time/token-bucket.ts'

/** Learns how many calls a second AWS takes, and lets so many out. All times in milliseconds, and never running back. */
export interface Pace {
  /** Calls a second; `undefined` while nothing was throttled. */
  readonly rate: number | undefined
  /** Lets a call out if it is time for one. @returns 0, or how long to wait for it. */
  take(at: number): number
  answered(at: number): void
  /** Of a call that was let out before the last refusal. */
  answeredLate(at: number): void
  /** Once for each round: a wave that is refused together is one sign. */
  throttled(at: number): void
}

export function makeLearnedRate(): Pace {
  return new LearnedPace()
}

// What an account has by default, and so the most to hope for while nothing was measured.
// https://docs.aws.amazon.com/general/latest/gr/ssm.html
const defaultQuota = 40
// What to try where hardly anything was answered: somebody else had emptied the bucket.
const leastGuess = 10
const slowestRate = 0.5
// Fewer answers than these between two refusals measure nothing.
const enoughToMeasure = 5
// Without a measure, this much less.
const caution = 0.7
// A quota that did not bind for so long may be another one by now.
const forgetAfterMs = 5 * 60_000
const secondMs = 1_000

/** What is known of AWS's bucket, of which ours is the mirror: both are empty when a call is refused. */
interface Quota {
  readonly bucket: TokenBucket
  /** Calls a second when it was last refused. */
  rate: number
  isMeasured: boolean
  refusedAt: number
  /** Since when it has been used to its limits. */
  usedSince: number
  /** Since when AWS's bucket was never full, and how many calls it took since; absent where that is not known. */
  measuring: { readonly since: number; taken: number } | undefined
}

class LearnedPace implements Pace {
  #quota: Quota | undefined
  /** What was answered without a second between any two. */
  #served = 0
  #servedAt = Number.NEGATIVE_INFINITY

  get rate(): number | undefined {
    return this.#quota?.bucket.rate
  }

  take(at: number): number {
    const quota = this.#quota
    if (quota === undefined) return 0
    if (at - quota.refusedAt > forgetAfterMs) {
      this.#quota = undefined
      return 0
    }
    quota.bucket.fill(at)
    if (quota.bucket.isFull) {
      // What is not used to its limits says nothing of them.
      quota.measuring = undefined
      quota.usedSince = at
    }
    quota.bucket.rate = grownRate(quota, at)
    return quota.bucket.take()
  }

  answered(at: number): void {
    if (at - this.#servedAt > secondMs) this.#served = 0
    this.#servedAt = at
    this.#served++
    if (this.#quota?.measuring !== undefined) this.#quota.measuring.taken++
  }

  // Answers do not come in the order in which they were given: the bucket held this one, too.
  answeredLate(at: number): void {
    this.answered(at)
    if (this.#quota?.isMeasured === false) this.#quota.rate = guessRate(this.#served)
  }

  throttled(at: number): void {
    this.#quota = this.#quota === undefined ? guessQuota(this.#served, at) : correctQuota(this.#quota, at)
    this.#quota.bucket.empty(at)
  }
}

// A bucket holds about what it is given in a second, so what it held at first is the best guess of its rate.
function guessRate(served: number): number {
  return Math.min(defaultQuota, Math.max(leastGuess, served))
}

function guessQuota(served: number, at: number): Quota {
  const rate = guessRate(served)
  const bucket = makeTokenBucket({ capacity: rate, rate })
  const measuring = { since: at, taken: 0 }
  return { bucket, rate, isMeasured: false, refusedAt: at, usedSince: at, measuring }
}

/** AWS's bucket was empty last time and is empty now: what it took between is what it is given. */
function correctQuota(quota: Quota, at: number): Quota {
  const { bucket, measuring } = quota
  const isMeasured = measuring !== undefined && measuring.taken >= enoughToMeasure
  const rate = isMeasured ? (measuring.taken / (at - measuring.since)) * secondMs : bucket.rate * caution
  return {
    bucket,
    rate: Math.max(slowestRate, Math.min(rate, bucket.rate)),
    isMeasured: quota.isMeasured || isMeasured,
    refusedAt: at,
    usedSince: at,
    measuring: isMeasured || measuring === undefined ? { since: at, taken: 0 } : measuring,
  }
}

/**
 * Once measured, it stays below at first, so that there is room for others; then it goes beyond, faster and faster, in
 * case that they have gone. A guess is doubled each second.
 */
function grownRate({ rate, isMeasured, usedSince }: Quota, at: number): number {
  const seconds = (at - usedSince) / secondMs
  return isMeasured ? rate * (0.97 + 0.03 * seconds ** 3) + 0.1 * seconds : rate * 2 ** seconds
}
