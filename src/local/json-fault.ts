const literals = ['null', 'true', 'false']

/**
 * Describes the first syntax error of a text that is not JSON, in the wording of SNS. Only names without quotes and
 * unknown words are described; for other errors the description is empty.
 */
export function jsonFault(text: string): string {
  const open: string[] = []
  let previous = ''
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const isName = open.at(-1) === '{' && (previous === '{' || previous === ',')
    const isEnd = token === '}' && previous === '{'
    if (isName && !isEnd && !token.startsWith('"')) {
      const [character = ''] = token
      const shown = `'${character}' (code ${character.codePointAt(0) ?? 0})`
      return `Unexpected character (${shown}): was expecting double-quote to start field name${at(text, index)}`
    }
    const [word = ''] = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(token) ?? []
    if (['', ':', '[', ','].includes(previous) && word !== '' && !literals.includes(token)) {
      const wanted = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
      return `Unrecognized token '${word}': was expecting ${wanted}${at(text, index + word.length)}`
    }
    if (token === '{' || token === '[') open.push(token)
    if (token === '}' || token === ']') open.pop()
    previous = token
  }
  return ''
}

function at(text: string, index: number): string {
  const lines = text.slice(0, index).split('\n')
  const place = `line: ${lines.length}, column: ${(lines.at(-1) ?? '').length + 1}`
  return `\n at [Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); ${place}]`
}
