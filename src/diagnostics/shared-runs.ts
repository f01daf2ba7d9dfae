/** The length of a run in characters. Texts share shorter runs by accident. */
export const runLength = 5

const bits = 2 ** 24

/** Finds texts that share a run of characters with others. The others may be megabytes long. */
export class SharedRuns {
  readonly #texts: readonly string[]
  // A Bloom filter: most messages need no closer search.
  readonly #filter = new Uint8Array(bits / 8)
  readonly #known = new Map<string, boolean>()

  constructor(texts: readonly string[]) {
    this.#texts = texts
    for (const text of texts) for (const bit of bitsOf(text)) this.#filter[bit >> 3] = this.#byteOf(bit) | maskOf(bit)
  }

  /** Whether a text shares a run with one of the others. */
  has(text: string): boolean {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const isShared = [...bitsOf(text)].some((bit, start) => {
      if ((this.#byteOf(bit) & maskOf(bit)) === 0) return false
      const run = text.slice(start, start + runLength)
      return this.#texts.some((other) => other.includes(run))
    })
    this.#known.set(text, isShared)
    return isShared
  }

  #byteOf(bit: number): number {
    return this.#filter[bit >> 3] ?? 0
  }
}

function* bitsOf(text: string): Generator<number> {
  for (let start = 0; start + runLength <= text.length; start++) {
    let hash = 0
    for (let index = start; index < start + runLength; index++)
      hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
    yield Math.imul(hash, 0x9e3779b1) >>> 8
  }
}

function maskOf(bit: number): number {
  return 1 << (bit & 7)
}
