/** Measures JSON while it arrives, in chunks of any size, without keeping it. */
export class JsonMeter {
  /** The number of bytes so far. */
  size = 0
  /** Backslashes that escape a character of a string. */
  escapes = 0
  /** Bytes outside of strings that are not white space: each takes many bytes once it is parsed, as in `{},{},{}`. */
  structure = 0
  #isInString = false
  #isEscaped = false

  add(chunk: Buffer): void {
    this.size += chunk.length
    for (let at = 0; at < chunk.length; at++) this.#addByte(chunk[at])
  }

  #addByte(byte: number | undefined): void {
    if (!this.#isInString) {
      if (byte !== undefined && byte > space) this.structure++
      this.#isInString = byte === quote
    } else if (this.#isEscaped) this.#isEscaped = false
    else if (byte === backslash) {
      this.#isEscaped = true
      this.escapes++
    } else this.#isInString = byte !== quote
  }
}

const space = 0x20
const quote = 0x22
const backslash = 0x5c
