/** What a text holds; otherwise whether it is no JSON, or is nested too deep to be worked with. */
export type ParsedJson = { readonly value: unknown } | 'invalid' | 'deep'

/** How many levels a stored JSON may have: what copies, freezes, validates or prints it goes down one call a level. */
export const maxJsonDepth = 128

/** Parses stored text. Never throws. */
export function parseJson(text: string): ParsedJson {
  try {
    const value: unknown = JSON.parse(text)
    return isDeep(value) ? 'deep' : { value }
  } catch {
    return 'invalid'
  }
}

// Level by level, and so without the calls that it is there to prevent.
function isDeep(value: unknown): boolean {
  let level = [value].filter(isObject)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === maxJsonDepth) return true
    level = level.flatMap((object) => Object.values(object).filter(isObject))
  }
  return false
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
