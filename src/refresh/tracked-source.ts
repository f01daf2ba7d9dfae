import type { Clock, ParameterSource } from '../ports.ts'
import { ignoreRejection, isThenable, plainResult } from '../schema/plain-result.ts'
import { settleSoon, settleWithin } from '../time/deadline.ts'

const closeTimeoutMs = 10_000

/** A source that has an answer to everything, and whose readings can be waited for. */
export interface TrackedSource extends Required<Omit<ParameterSource, 'readPolicies'>> {
  /** Resolves when no reading is under way, also none of those that nobody waits for any more. */
  idle(): Promise<void>
}

/** The source, with what it need not have as it is without. */
export function trackedSource(source: ParameterSource, clock: Clock): TrackedSource {
  const reads = new Set<Promise<unknown>>()
  return {
    read(request, options) {
      const read = source.read(request, options)
      // A source that ignores its signal would block close().
      const ended = settleSoon(read, options.signal, clock).catch(() => undefined)
      reads.add(ended)
      ended.finally(() => reads.delete(ended))
      return read
    },
    explain: (request) => plainResult('source.explain()', source.explain?.(request)) ?? [],
    usage: () => plainResult('source.usage()', source.usage?.()) ?? { calls: {}, decryptions: 0 },
    place: () => plainResult('source.place()', source.place?.()),
    where: async () => (await source.where?.()) ?? {},
    resumed() {
      const result: unknown = source.resumed?.()
      if (isThenable(result)) ignoreRejection(result)
    },
    close: async () => settleWithin(Promise.resolve(source.close?.()), closeTimeoutMs, clock),
    async idle() {
      await Promise.allSettled(reads)
    },
  }
}
