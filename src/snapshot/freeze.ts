import { inspect } from 'node:util'
import { isWithin, type KeyPath } from '../schema/key-path.ts'

/** Replaces a sensitive value wherever it is shown. */
export const redaction = '[redacted]'

/** The previous value. Its unchanged parts stay the same objects. */
export interface Predecessor {
  readonly value: unknown
  readonly sensitive: readonly KeyPath[]
  /** The paths of the parameters that changed. A transform of other parameters has an unchanged result. */
  readonly moved: readonly KeyPath[]
}

/**
 * Copies and deeply freezes the plain objects and arrays in a value, and passes everything else through. The copies show
 * sensitive values as `[redacted]` to `console.log`, `util.inspect` and `JSON.stringify`.
 */
export function freeze(value: unknown, sensitive: readonly KeyPath[], predecessor?: Predecessor): unknown {
  const before = predecessor && { value: predecessor.value, mask: maskOf(predecessor.sensitive), path: [] }
  return new Copier(true, predecessor?.moved).copy(value, maskOf(sensitive), before)
}

/**
 * Freezes an object that carries configurations. They are not enumerable, because some loggers copy an object without
 * calling `toJSON`. `console.log`, `util.inspect` and `JSON.stringify` show them, redacted.
 *
 * @param configs The keys of the configurations. `true` redacts the whole configuration, which a string, for example,
 * needs because it cannot redact itself.
 */
export function freezeShell<Parts extends object>(
  parts: Parts,
  configs: Readonly<Partial<Record<keyof Parts, boolean>>>,
): Readonly<Parts> {
  const mask = new Map<string, Mask>()
  for (const [key, isSensitive] of Object.entries(configs)) {
    Object.defineProperty(parts, key, { enumerable: false })
    if (isSensitive === true) mask.set(key, 'whole')
  }
  redactWhenShown(parts, { mask, hidden: Object.keys(configs) })
  return Object.freeze(parts)
}

/**
 * Returns a plain copy for a log, with `[redacted]` in place of sensitive values. Takes a configuration, any object in
 * one, a snapshot or an event, and objects that hold these. Returns a string from a configuration unchanged.
 *
 * @returns The text `[redacted]` for an object that is sensitive as a whole.
 */
export function redacted<Value>(value: Value): Redacted<Value> {
  return redactAll(value, new Map()) as Redacted<Value>
}

/** The result of {@link redacted}: an object with the same keys. */
export type Redacted<Value> = Value extends object ? { readonly [Key in keyof Value]: unknown } : Value

function redactAll(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const own = redactionOf(Object.getOwnPropertyDescriptor(value, inspect.custom))
  if (own === undefined && !isPlain(value)) return value
  return copies.get(value) ?? redact(value, own ?? { mask: new Map(), hidden: [] }, copies)
}

/** Returns a plain, unfrozen copy that shows everything. */
export function reveal<Value>(value: Value): Value {
  return new Copier(false).copy(value, undefined, undefined) as Value
}

/** The sensitive parts of a value: the whole value, or parts of its properties. */
type Mask = 'whole' | Map<string, Mask>

function maskOf(paths: readonly KeyPath[]): Mask | undefined {
  const root = new Map<string, Mask>()
  for (const path of paths) {
    if (path.length === 0) return 'whole'
    let mask = root
    for (const [depth, part] of path.entries()) {
      const known = mask.get(String(part)) ?? new Map<string, Mask>()
      const next = depth === path.length - 1 ? 'whole' : known
      mask.set(String(part), next)
      if (next === 'whole') break
      mask = next
    }
  }
  return root.size === 0 ? undefined : root
}

function maskAt(mask: Mask | undefined, key: PropertyKey): Mask | undefined {
  return mask === 'whole' ? mask : mask?.get(String(key))
}

function isSameMask(left: Mask | undefined, right: Mask | undefined): boolean {
  if (left === right) return true
  if (!(left instanceof Map && right instanceof Map) || left.size !== right.size) return false
  return [...left].every(([key, mask]) => isSameMask(mask, right.get(key)))
}

/** The previous value at the same path. */
interface Before {
  readonly value: unknown
  readonly mask: Mask | undefined
  readonly path: KeyPath
}

class Copier {
  // By mask too: the schema may put one object at a sensitive path and at another.
  readonly #copies = new Map<object, Map<Mask | undefined, object>>()
  readonly #isFrozen: boolean
  readonly #moved: readonly KeyPath[]

  constructor(isFrozen: boolean, moved: readonly KeyPath[] = []) {
    this.#isFrozen = isFrozen
    this.#moved = moved
  }

  copy(value: unknown, mask: Mask | undefined, before: Before | undefined): unknown {
    if (!isPlain(value)) return this.#isUnchanged(value, before) ? before?.value : value
    const copies = this.#copies.get(value) ?? new Map<Mask | undefined, object>()
    const known = copies.get(mask)
    if (known !== undefined) return known
    const copy: object = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value))
    this.#copies.set(value, copies.set(mask, copy))
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key)
      if (property === undefined || redactionOf(property) || (key === 'length' && Array.isArray(value))) continue
      if (isObject(property.value)) {
        property.value = this.copy(property.value, maskAt(mask, key), stepInto(before, key))
      }
      // An assignment to `__proto__` would set the prototype.
      const isAssignable = 'value' in property && property.enumerable === true && key !== '__proto__'
      if (isAssignable) Reflect.set(copy, key, property.value)
      else Object.defineProperty(copy, key, property)
    }
    if (!this.#isFrozen) return copy
    if (before !== undefined && isSameMask(mask, before.mask) && hasSameProperties(copy, before.value)) {
      copies.set(mask, before.value)
      return before.value
    }
    if (mask !== undefined) redactWhenShown(copy, { mask, hidden: [] })
    return Object.freeze(copy)
  }

  // Two instances cannot be compared, but the parameters that this one was made of have not changed.
  #isUnchanged(value: unknown, before: Before | undefined): boolean {
    if (before === undefined || !isObject(value) || !isObject(before.value) || isPlain(before.value)) return false
    if (Object.getPrototypeOf(value) !== Object.getPrototypeOf(before.value)) return false
    return !this.#moved.some((path) => isWithin(path, before.path) || isWithin(before.path, path))
  }
}

function stepInto(before: Before | undefined, key: PropertyKey): Before | undefined {
  if (before === undefined || !isPlain(before.value)) return undefined
  const property = Object.getOwnPropertyDescriptor(before.value, key)
  if (property === undefined || !('value' in property)) return undefined
  const part = Array.isArray(before.value) ? Number(key) : String(key)
  return { value: property.value, mask: maskAt(before.mask, key), path: [...before.path, part] }
}

/** Whether a plain object has the prototype and the properties of a copy, not counting our redacting methods. */
function hasSameProperties(copy: object, other: unknown): other is object {
  if (!isPlain(other) || Object.getPrototypeOf(other) !== Object.getPrototypeOf(copy)) return false
  const keys = Reflect.ownKeys(copy)
  let count = 0
  for (const key of Reflect.ownKeys(other)) {
    const theirs = Object.getOwnPropertyDescriptor(other, key)
    if (redactionOf(theirs)) continue
    const ours = Object.getOwnPropertyDescriptor(copy, key)
    if (ours === undefined || theirs === undefined || keys[count] !== key) return false
    if (!('value' in ours) || ours.enumerable !== theirs.enumerable || !Object.is(ours.value, theirs.value))
      return false
    count++
  }
  return count === keys.length
}

// Marks our own functions, so that a copy of a copy ignores them. Registered, so that one installed copy of the package
// redacts the snapshots of another.
const tag: unique symbol = Symbol.for('liveparam.redaction')

interface Redaction {
  readonly mask: Mask
  /** Keys to show although they are not enumerable. */
  readonly hidden: readonly string[]
}

/** The redaction of one of our functions. */
function redactionOf(property: PropertyDescriptor | undefined): Redaction | undefined {
  return typeof property?.value === 'function' ? property.value[tag] : undefined
}

function redactWhenShown(target: object, own: Redaction): void {
  const define = (key: PropertyKey, method: (...args: never[]) => unknown) =>
    Object.defineProperty(target, key, { value: Object.assign(method, { [tag]: own }) })
  // A stored key named toJSON replaces our method, so JSON must show no key at all.
  const hasKey = Object.hasOwn(target, 'toJSON')
  if (hasKey) for (const key of Object.keys(target)) Object.defineProperty(target, key, { enumerable: false })
  else define('toJSON', () => redact(target, own))
  define(inspect.custom, (_depth: number, options: object) => inspect(redact(target, own), options))
}

/** A copy in which sensitive parts are redacted. The parts are copied too if `copies` is given. */
function redact(target: object, { mask, hidden }: Redaction, copies?: Map<object, unknown>): unknown {
  if (mask === 'whole') return redaction
  const copy = Array.isArray(target) ? [] : {}
  copies?.set(target, copy)
  for (const key of [...hidden, ...Object.keys(target)]) {
    const part: unknown = Reflect.get(target, key)
    const partMask = mask.get(key)
    // What is neither a plain object nor an array cannot redact its parts.
    const isHidden = partMask === 'whole' || (partMask && part !== undefined && part !== null && !isPlain(part))
    const value = isHidden ? redaction : copies === undefined ? part : redactAll(part, copies)
    Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true })
  }
  return copy
}

function isObject(value: unknown): value is object {
  return typeof value === 'function' || (typeof value === 'object' && value !== null)
}

/** Whether a value is copied and frozen: a plain object or array. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return Array.isArray(value) ? prototype === Array.prototype : prototype === Object.prototype || prototype === null
}
