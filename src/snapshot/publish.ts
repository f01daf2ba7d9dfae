import { inspect } from 'node:util'

/** What stands in the place of a sensitive value wherever one is shown. */
export const redacted = '[redacted]'

type Path = readonly (string | number)[]

/**
 * A deeply frozen copy of the plain objects and arrays in a value; everything else is handed over as it is. Whatever
 * holds something sensitive shows it as `[redacted]` to `console.log`, `util.inspect` and `JSON.stringify`.
 */
export function publish(value: unknown, sensitive: readonly Path[]): unknown {
  return new Publisher().copy(value, growMask(sensitive))
}

/** A plain, unfrozen copy that shows everything. */
export function reveal<Value>(value: Value): Value {
  return new Publisher(false).copy(value, undefined) as Value
}

/** What is sensitive: everything, or what the children say. */
interface Mask {
  isWhole: boolean
  readonly children: Map<string, Mask>
}

function growMask(paths: readonly Path[]): Mask | undefined {
  if (paths.length === 0) return undefined
  const root: Mask = { isWhole: false, children: new Map() }
  for (const path of paths) {
    let mask = root
    for (const part of path) {
      const next = mask.children.get(String(part)) ?? { isWhole: false, children: new Map() }
      mask.children.set(String(part), next)
      mask = next
    }
    mask.isWhole = true
  }
  return root
}

class Publisher {
  // By mask too: one object of the schema's making may stand in a sensitive place and in another.
  readonly #copies = new Map<object, Map<Mask | undefined, object>>()
  readonly #isFinal: boolean

  constructor(isFinal = true) {
    this.#isFinal = isFinal
  }

  copy(value: unknown, mask: Mask | undefined): unknown {
    if (!isPlain(value)) return value
    const known = this.#copies.get(value)?.get(mask)
    if (known !== undefined) return known
    const copy: object = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value))
    const copies = this.#copies.get(value) ?? new Map<Mask | undefined, object>()
    this.#copies.set(value, copies.set(mask, copy))
    for (const key of Reflect.ownKeys(value)) this.#copyProperty(value, copy, key, mask)
    if (!this.#isFinal) return copy
    if (mask !== undefined) redactWhenShown(copy, mask)
    return Object.freeze(copy)
  }

  #copyProperty(from: object, to: object, key: PropertyKey, mask: Mask | undefined): void {
    const descriptor = Object.getOwnPropertyDescriptor(from, key)
    if (descriptor === undefined || (key === 'length' && Array.isArray(from))) return
    if (isRedaction(descriptor)) return
    const child = mask?.isWhole === true ? mask : mask?.children.get(String(key))
    const copied = 'value' in descriptor ? { value: this.copy(descriptor.value, child) } : {}
    const isDefault = 'value' in descriptor && descriptor.enumerable === true && key !== '__proto__'
    if (isDefault) Reflect.set(to, key, copied.value)
    else Object.defineProperty(to, key, { ...descriptor, ...copied })
  }
}

// On our own functions, so that a copy of a copy does not take them for the configuration's.
const tag: unique symbol = Symbol('liveparam.redaction')

function isRedaction(descriptor: PropertyDescriptor): boolean {
  return typeof descriptor.value === 'function' && tag in descriptor.value
}

function redactWhenShown(target: object, mask: Mask): void {
  if (Object.hasOwn(target, 'toJSON')) hideProperties(target)
  else define(target, 'toJSON', () => shown(target, mask))
  define(target, inspect.custom, (_depth: number, options: object) => inspect(shown(target, mask), options))
}

// A stored key of that name takes the place of our method, so JSON gets to see nothing at all.
function hideProperties(target: object): void {
  for (const key of Object.keys(target)) Object.defineProperty(target, key, { enumerable: false })
}

function define(target: object, key: PropertyKey, method: (...args: never[]) => unknown): void {
  Object.defineProperty(target, key, { value: Object.assign(method, { [tag]: true }) })
}

function shown(target: object, mask: Mask): unknown {
  if (mask.isWhole) return redacted
  const entries = Object.entries(target).map(([key, value]): [string, unknown] => {
    return [key, mask.children.get(key)?.isWhole === true ? redacted : value]
  })
  return Array.isArray(target) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return Object.getPrototypeOf(value) === Array.prototype
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
