import type { Clock, ParameterSource } from '../ports.ts'
import { ignoreRejection, isThenable, plainResult } from '../schema/plain-result.ts'
import { settleSoon, settleWithin } from '../time/deadline.ts'

const closeTimeoutMs = 10_000

/** A source with all optional methods, and with a wait for its readings. */
export interface TrackedSource extends Required<Omit<ParameterSource, 'readPolicies'>> {
  /** Resolves when no reading is running, abandoned ones included. */
  idle(): Promise<void>
}

/** Adds defaults for the optional methods. */
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
