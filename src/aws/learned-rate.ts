import type { Random } from '../ports.ts'
import { TokenBucket } from '../time/token-bucket.ts'

// The default quota of an account, and so the highest guess while nothing is measured.
// https://docs.aws.amazon.com/general/latest/gr/ssm.html
const defaultQuota = 40
// The guess when AWS answered hardly anything: other clients had emptied the bucket.
const leastGuess = 2
const slowestRate = 0.25
// Fewer answers than these between two refusals measure nothing.
const enoughToMeasure = 5
// The factor after a refusal that measured nothing.
const caution = 0.7
// While the quota is shared, a client waits about a seventh of the time since the first refusal, at least a second. So
// many clients soon make few calls, and the wait of the last one is short compared with what they all take together.
const waitsSinceRefusal = 7
const mostSharedRate = 1
// After an answer, the client makes its remaining calls faster and faster: then others have to wait for fewer clients.
const growthPerAnswer = 4
// After so long without a refusal, the quota may have changed.
const forgetAfterMs = 5 * 60_000
const secondMs = 1_000

/** What is known of AWS's token bucket. Our bucket mirrors it: both are empty when AWS refuses a call. */
interface Quota {
  readonly bucket: TokenBucket
  /** Calls a second at the last refusal. */
  rate: number
  isMeasured: boolean
  readonly refusedAt: number
  readonly firstRefusedAt: number
  /** How many calls AWS has answered since the last refusal. */
  answered: number
  /** Since when the quota has been fully used. */
  usedSince: number
  /** Since when AWS's bucket was never full, and how many calls AWS answered since; absent while that is unknown. */
  measuring: { readonly since: number; answered: number } | undefined
}

/** Learns how many calls a second AWS accepts. All times are in milliseconds, and never run back. */
export class LearnedRate {
  #quota: Quota | undefined
  /** The answers since the last pause of more than a second. */
  #answered = 0
  #answeredAt = Number.NEGATIVE_INFINITY

  /** Calls a second; `undefined` while AWS has throttled nothing. */
  get perSecond(): number | undefined {
    return this.#quota?.bucket.rate
  }

  /** Takes the permission for one call. @returns 0, or the milliseconds until there is one. */
  take(at: number): number {
    const quota = this.#quota
    if (quota === undefined) return 0
    if (at - quota.refusedAt > forgetAfterMs) {
      this.#quota = undefined
      return 0
    }
    quota.bucket.fill(at)
    if (quota.bucket.isFull) {
      // A quota that is not fully used cannot be measured.
      quota.measuring = undefined
      quota.usedSince = at
    }
    quota.bucket.rate = grownRate(quota, at)
    return quota.bucket.take()
  }

  answered(at: number): void {
    if (at - this.#answeredAt > secondMs) this.#answered = 0
    this.#answeredAt = at
    this.#answered++
    if (this.#quota === undefined) return
    this.#quota.answered++
    if (this.#quota.measuring !== undefined) this.#quota.measuring.answered++
  }

  /** Counts the answer to a call that was sent before the last refusal. Answers arrive in any order. */
  answeredLate(at: number): void {
    this.answered(at)
    const quota = this.#quota
    if (quota === undefined) return
    quota.answered--
    if (quota.refusedAt === quota.firstRefusedAt) quota.rate = guessRate(this.#answered)
  }

  /** Corrects the rate. To be called once for each throttled wave. */
  throttled(at: number, random: Random): void {
    this.#quota = this.#afterRefusal(at)
    const { bucket } = this.#quota
    bucket.empty(at)
    if (isShared(this.#quota)) bucket.rate = this.#quota.rate
    // Clients that were refused together must not come back together.
    bucket.add(0.5 - random())
  }

  #afterRefusal(at: number): Quota {
    const quota = this.#quota
    if (quota === undefined) return guessQuota(this.#answered, at)
    if (!isShared(quota)) return correctQuota(quota, at)
    return quota.answered >= enoughToMeasure ? guessQuota(this.#answered, at) : shareQuota(quota, at)
  }
}

// A bucket holds about as much as it gets in a second, so what it held at first is the best guess of its rate.
function guessRate(answered: number): number {
  return Math.min(defaultQuota, Math.max(leastGuess, answered))
}

function guessQuota(answered: number, at: number): Quota {
  const rate = guessRate(answered)
  const bucket = new TokenBucket({ capacity: rate, rate })
  return { bucket, rate, isMeasured: false, firstRefusedAt: at, ...since(at) }
}

function since(at: number): Pick<Quota, 'refusedAt' | 'answered' | 'usedSince' | 'measuring'> {
  return { refusedAt: at, answered: 0, usedSince: at, measuring: { since: at, answered: 0 } }
}

/** Whether AWS answers too few calls to measure its rate: an unknown number of other clients gets the rest. */
function isShared({ isMeasured, rate }: Quota): boolean {
  return !isMeasured && rate < enoughToMeasure
}

function shareQuota(quota: Quota, at: number): Quota {
  const { measuring = { since: at, answered: 0 } } = quota
  const measured = measuring.answered / Math.max(1, (at - measuring.since) / secondMs)
  const waiting = (waitsSinceRefusal * secondMs) / (at - quota.firstRefusedAt)
  const rate = Math.max(slowestRate, Math.min(mostSharedRate, waiting), measured * caution)
  return { ...quota, ...since(at), rate, measuring }
}

/** AWS's bucket was empty at the last refusal and is empty now: the answers between are what it got. */
function correctQuota(quota: Quota, at: number): Quota {
  const { bucket, measuring } = quota
  const isMeasured = measuring !== undefined && measuring.answered >= enoughToMeasure
  const rate = isMeasured ? (measuring.answered / (at - measuring.since)) * secondMs : bucket.rate * caution
  return {
    ...quota,
    ...since(at),
    rate: Math.max(slowestRate, Math.min(rate, bucket.rate)),
    isMeasured: quota.isMeasured || isMeasured,
    measuring: isMeasured || measuring === undefined ? { since: at, answered: 0 } : measuring,
  }
}

/**
 * A measured rate starts a little lower, to leave room for other clients; then it grows faster and faster, in case they
 * have left. A guess doubles each second.
 */
function grownRate(quota: Quota, at: number): number {
  const { rate, isMeasured, usedSince, answered } = quota
  if (isShared(quota)) return Math.min(defaultQuota, rate * growthPerAnswer ** answered)
  const seconds = (at - usedSince) / secondMs
  return isMeasured ? rate * (0.97 + 0.03 * seconds ** 3) + 0.1 * seconds : rate * 2 ** seconds
}
