import { type Input, isInput } from './input.ts'

// EventBridge takes no deeper document: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
const maxDepth = 1_000

/** @returns Nothing for a text that is not JSON, or that is nested too deeply for AWS. */
export function parsed(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json)
    return isTooDeep(value) ? undefined : value
  } catch {
    return undefined
  }
}

/** Whether a text is JSON, however deeply it is nested. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** @returns Nothing for a text that is not a JSON object. */
export function parsedObject(json: string): Input | undefined {
  const value = parsed(json)
  return isInput(value) ? value : undefined
}

// Level by level: recursion would overflow the stack first.
function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value]
  for (let depth = 0; depth <= maxDepth; depth++) {
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []))
    if (level.length === 0) return false
  }
  return true
}
