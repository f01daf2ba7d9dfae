/** A number in JSON that a double cannot hold. No schema accepts one: it would be rounded without a word. */
export class InexactNumber {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** As it is written. */
  get text(): string {
    return this.#text
  }

  // What coerces to a number, or to text, would otherwise round it or make up a text of its own.
  [Symbol.toPrimitive](): never {
    throw new TypeError('a number that has more digits than a number can hold')
  }
}

/** Whether a text is written as JSON writes numbers: https://www.rfc-editor.org/rfc/rfc8259#section-6 */
export function isNumber(text: string): boolean {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)
}

/**
 * Whether a double holds what a text says: a whole number exactly, and one with a fraction or an exponent so that it
 * would be written the same. Text that is no number in any notation is not changed, and so counts as exact.
 */
export function isExact(text: string): boolean {
  if (text.length < 16 && !/[eE]/.test(text)) return true
  const value = Number(text)
  if (Number.isNaN(value)) return true
  if (/^0[xob]/i.test(text)) return BigInt(text) === BigInt(value)
  if (!Number.isFinite(value)) return false
  const isWhole = /^[+-]?\d+$/.test(text)
  if (!isWhole && value !== 0 && Math.abs(value) < 2 ** 53) return true
  return normalized(text) === normalized(isWhole ? String(BigInt(value)) : String(value))
}

// The digits that count, and the power of ten that they are multiplied by.
function normalized(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.')
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return end === 0 ? '0' : `${digits.slice(0, end)}e${Number(exponent) - fraction.length + digits.length - end}`
}
