/**
 * Escapes control characters, line and paragraph separators, bidirectional controls and zero-width characters as `\u001b`
 * and the like. Otherwise a text from the store, the schema, the environment or AWS could forge lines of a message, or
 * colour the terminal.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escaped)
}

// Controls, formats (bidirectional and zero-width ones), line and paragraph separators, halves of surrogate pairs.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const digits = code.toString(16)
  return code > 0xffff ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`
}
