/** Measures JSON as it arrives, in pieces of any size, and holds none of it. */
export class JsonMeter {
  /** All bytes so far. */
  size = 0
  /** Backslashes that escape a character of a text. */
  escapes = 0
  /** Bytes outside of texts that are no white space: parsing makes many bytes of each, as of `{},{},{}`. */
  structure = 0
  #isInText = false
  #isEscaped = false

  add(chunk: Buffer): void {
    this.size += chunk.length
    for (let at = 0; at < chunk.length; at++) this.#addByte(chunk[at])
  }

  #addByte(byte: number | undefined): void {
    if (!this.#isInText) {
      if (byte !== undefined && byte > space) this.structure++
      this.#isInText = byte === quote
    } else if (this.#isEscaped) this.#isEscaped = false
    else if (byte === backslash) {
      this.#isEscaped = true
      this.escapes++
    } else this.#isInText = byte !== quote
  }
}

const space = 0x20
const quote = 0x22
const backslash = 0x5c
