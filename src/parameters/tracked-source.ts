import type { ParameterSource } from '../ports.ts'

/** A source that has an answer to everything, and whose readings can be waited for. */
export interface TrackedSource extends Required<ParameterSource> {
  /** Resolves when no reading is under way, also none of those that nobody waits for any more. */
  grounded(): Promise<void>
}

/** The source, with what it need not have as it is without. */
export function trackedSource(source: ParameterSource): TrackedSource {
  const reads = new Set<Promise<unknown>>()
  return {
    read(request, options) {
      const read = source.read(request, options)
      reads.add(read)
      read.catch(() => undefined).finally(() => reads.delete(read))
      return read
    },
    async readPolicies(request, options) {
      return (await source.readPolicies?.(request, options)) ?? []
    },
    explain: (request) => source.explain?.(request) ?? [],
    usage: () => source.usage?.() ?? { calls: {}, decryptions: 0 },
    where: async () => (await source.where?.()) ?? {},
    thawed: () => source.thawed?.(),
    close: async () => source.close?.(),
    async grounded() {
      await Promise.allSettled(reads)
    },
  }
}
