import type { Clock } from '../ports.ts'
import { withDeadline } from '../time/deadline.ts'

export type Fetch = typeof globalThis.fetch

/** The limits of one download. */
export interface FetchLimits {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** `absent`: not found, or redirected. `unreachable`: not available for now, or too large. */
export type Fetched = { readonly text: string } | 'absent' | 'unreachable'

// Refusals by a proxy, and temporary ones: the file may exist.
const passing: ReadonlySet<number> = new Set([407, 408, 421, 423, 425, 429])

/** Downloads a text by a GET that follows no redirect. Never rejects. */
export async function fetchText(
  fetch: Fetch,
  url: string,
  { clock, signal, timeoutMs, maxBytes }: FetchLimits,
): Promise<Fetched> {
  try {
    return await withDeadline(clock, timeoutMs, signal, async (limit) => {
      const response = await fetch(url, { redirect: 'manual', signal: limit })
      if (!response.ok || response.body === null) {
        await response.body?.cancel()
        return response.status < 500 && !passing.has(response.status) ? 'absent' : 'unreachable'
      }
      const chunks: Uint8Array[] = []
      let size = 0
      for await (const chunk of response.body) {
        size += chunk.length
        if (size > maxBytes) return 'unreachable'
        chunks.push(chunk)
      }
      return { text: Buffer.concat(chunks).toString() }
    })
  } catch {
    return 'unreachable'
  }
}
