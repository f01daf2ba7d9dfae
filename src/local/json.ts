import { type Input, isInput } from './input.ts'

// The limit of EventBridge: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
const maxDepth = 1_000

/** @returns `undefined` for a text that is not JSON, or that has too many levels for AWS. */
export function parsed(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json)
    return isTooDeep(value) ? undefined : value
  } catch {
    return undefined
  }
}

/** Whether a text is JSON, with any number of levels. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** @returns `undefined` for a text that is not a JSON object. */
export function parsedObject(json: string): Input | undefined {
  const value = parsed(json)
  return isInput(value) ? value : undefined
}

// Recursion would overflow the stack before it reaches the limit.
function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value]
  for (let depth = 0; depth <= maxDepth; depth++) {
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []))
    if (level.length === 0) return false
  }
  return true
}
