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
  return new Freezer(true, predecessor?.moved).copy(value, maskOf(sensitive), before)
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
  const mask: Mask = { isWhole: false, children: new Map() }
  for (const [key, isSensitive] of Object.entries(configs)) {
    Object.defineProperty(parts, key, { enumerable: false })
    if (isSensitive === true) mask.children.set(key, whole)
  }
  redactWhenShown(parts, mask, Object.keys(configs))
  return Object.freeze(parts)
}

/**
 * Returns a plain copy for a log, with `[redacted]` in place of sensitive values. Takes a configuration, any object in
 * one, a snapshot or an event, and objects that hold these. Returns a string from a configuration unchanged.
 *
 * @returns The text `[redacted]` for an object that is sensitive as a whole.
 */
export function redacted<Value>(value: Value): Redacted<Value> {
  return copyRedacted(value, new Map()) as Redacted<Value>
}

/** The result of {@link redacted}: an object with the same keys. */
export type Redacted<Value> = Value extends object ? { readonly [Key in keyof Value]: unknown } : Value

function copyRedacted(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (copies.has(value)) return copies.get(value)
  const { mask, hidden } = redactionOf(value) ?? {}
  if (mask === undefined && !isPlain(value)) return value
  if (mask?.isWhole === true) return redaction
  const copy: unknown[] & Record<string, unknown> = (Array.isArray(value) ? [] : {}) as never
  copies.set(value, copy)
  for (const key of [...Object.keys(value), ...(hidden ?? [])]) {
    const part: unknown = Reflect.get(value, key)
    const shown = isHidden(part, mask?.children.get(key)) ? redaction : copyRedacted(part, copies)
    Object.defineProperty(copy, key, { value: shown, enumerable: true, configurable: true, writable: true })
  }
  return copy
}

/** Returns a plain, unfrozen copy that shows everything. */
export function reveal<Value>(value: Value): Value {
  return new Freezer(false).copy(value, undefined, undefined) as Value
}

/** The sensitive parts of a value: the whole value, or the parts under `children`. */
interface Mask {
  readonly isWhole: boolean
  readonly children: Map<string, Mask>
}

const whole: Mask = { isWhole: true, children: new Map() }

function maskOf(paths: readonly KeyPath[]): Mask | undefined {
  if (paths.length === 0) return undefined
  const root: Mask = { isWhole: false, children: new Map() }
  for (const path of paths) if (!cover(root, path)) return whole
  return root
}

/** @returns `false` for the root path, which only a whole mask covers. */
function cover(root: Mask, path: KeyPath): boolean {
  let mask = root
  for (const [depth, part] of path.entries()) {
    const key = String(part)
    const isLast = depth === path.length - 1
    const next = mask.children.get(key) ?? (isLast ? whole : { isWhole: false, children: new Map() })
    mask.children.set(key, isLast ? whole : next)
    if (next.isWhole) return true
    mask = next
  }
  return path.length > 0
}

/** Whether a value is shown as `[redacted]`: it is sensitive, or holds a secret and cannot redact its parts. */
function isHidden(value: unknown, mask: Mask | undefined): boolean {
  if (mask === undefined || mask.isWhole) return mask !== undefined
  return value !== undefined && value !== null && !isPlain(value)
}

function isSameMask(left: Mask | undefined, right: Mask | undefined): boolean {
  if (left === right) return true
  if (left === undefined || right === undefined) return false
  if (left.isWhole || right.isWhole || left.children.size !== right.children.size) return false
  for (const [key, child] of left.children) if (!isSameMask(child, right.children.get(key))) return false
  return true
}

/** The previous value at the same path. */
interface Before {
  readonly value: unknown
  readonly mask: Mask | undefined
  readonly path: KeyPath
}

type Properties = readonly (readonly [PropertyKey, PropertyDescriptor])[]

class Freezer {
  // By mask too: the schema may put one object at a sensitive path and at another.
  readonly #copies = new Map<object, Map<Mask | undefined, object>>()
  readonly #isFinal: boolean
  readonly #moved: readonly KeyPath[]

  constructor(isFinal: boolean, moved: readonly KeyPath[] = []) {
    this.#isFinal = isFinal
    this.#moved = moved
  }

  copy(value: unknown, mask: Mask | undefined, before: Before | undefined): unknown {
    if (!isPlain(value)) return this.#isUnchanged(value, before) ? before?.value : value
    const known = this.#copies.get(value)?.get(mask)
    if (known !== undefined) return known
    const copy: object = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value))
    const copies = this.#copies.get(value) ?? new Map<Mask | undefined, object>()
    this.#copies.set(value, copies.set(mask, copy))
    const properties = this.#propertiesOf(value, mask, before)
    const predecessor = before?.value
    if (this.#isFinal && hasProperties(predecessor, copy, properties) && isSameMask(mask, before?.mask)) {
      copies.set(mask, predecessor)
      return predecessor
    }
    for (const [key, descriptor] of properties) write(copy, key, descriptor)
    if (!this.#isFinal) return copy
    if (mask !== undefined) redactWhenShown(copy, mask)
    return Object.freeze(copy)
  }

  #propertiesOf(value: object, mask: Mask | undefined, before: Before | undefined): Properties {
    const properties: [PropertyKey, PropertyDescriptor][] = []
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, key)
      if (descriptor === undefined || isRedaction(descriptor) || (key === 'length' && Array.isArray(value))) continue
      if ('value' in descriptor && isObject(descriptor.value)) {
        descriptor.value = this.copy(descriptor.value, childOf(mask, key), stepInto(before, key))
      }
      properties.push([key, descriptor])
    }
    return properties
  }

  // Two instances cannot be compared, but the parameters that this one was made of have not changed.
  #isUnchanged(value: unknown, before: Before | undefined): boolean {
    if (before === undefined || typeof value !== typeof before.value) return false
    if (!isObject(value) || before.value === null || isPlain(before.value)) return false
    if (Object.getPrototypeOf(value) !== Object.getPrototypeOf(before.value)) return false
    return !this.#moved.some((path) => isWithin(path, before.path) || isWithin(before.path, path))
  }
}

function childOf(mask: Mask | undefined, key: PropertyKey): Mask | undefined {
  return mask?.isWhole === true ? mask : mask?.children.get(String(key))
}

function stepInto(before: Before | undefined, key: PropertyKey): Before | undefined {
  if (before === undefined || !isPlain(before.value)) return undefined
  const descriptor = Object.getOwnPropertyDescriptor(before.value, key)
  if (descriptor === undefined || !('value' in descriptor)) return undefined
  const part = Array.isArray(before.value) ? Number(key) : String(key)
  return { value: descriptor.value, mask: childOf(before.mask, key), path: [...before.path, part] }
}

/** Whether an object has exactly these properties, and the prototype of `copy`. */
function hasProperties(target: unknown, copy: object, properties: Properties): target is object {
  if (!isPlain(target) || Object.getPrototypeOf(target) !== Object.getPrototypeOf(copy)) return false
  const keys = Reflect.ownKeys(target).filter((key) => isOwnProperty(target, key))
  if (keys.length !== properties.length) return false
  return properties.every(([key, descriptor], index) => {
    if (keys[index] !== key || !('value' in descriptor)) return false
    const other = Object.getOwnPropertyDescriptor(target, key)
    return other?.enumerable === descriptor.enumerable && Object.is(descriptor.value, other?.value)
  })
}

// Ignores the length of an array and our redacting methods.
function isOwnProperty(target: object, key: PropertyKey): boolean {
  if (key === 'length' && Array.isArray(target)) return false
  const isRedacting = key === 'toJSON' || key === inspect.custom
  return !isRedacting || !isRedaction(Object.getOwnPropertyDescriptor(target, key))
}

function write(target: object, key: PropertyKey, descriptor: PropertyDescriptor): void {
  const isPlainProperty = 'value' in descriptor && descriptor.enumerable === true && key !== '__proto__'
  if (isPlainProperty) Reflect.set(target, key, descriptor.value)
  else Object.defineProperty(target, key, descriptor)
}

// Marks our own functions, so that a copy of a copy ignores them. Registered, so that one installed copy of the package
// redacts the snapshots of another.
const tag: unique symbol = Symbol.for('liveparam.redaction')

interface Redaction {
  readonly mask: Mask
  /** Keys to show although they are not enumerable. */
  readonly hidden: readonly string[]
}

function isRedaction(descriptor: PropertyDescriptor | undefined): boolean {
  return typeof descriptor?.value === 'function' && tag in descriptor.value
}

function redactionOf(target: object): Redaction | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(target, inspect.custom)
  return isRedaction(descriptor) ? descriptor?.value[tag] : undefined
}

function redactWhenShown(target: object, mask: Mask, hidden: readonly string[] = []): void {
  const own: Redaction = { mask, hidden }
  if (Object.hasOwn(target, 'toJSON')) hideProperties(target)
  else define(target, 'toJSON', own, () => shown(target, own))
  define(target, inspect.custom, own, (_depth: number, options: object) => inspect(shown(target, own), options))
}

// A stored key named toJSON replaces our method, so JSON shows no key at all.
function hideProperties(target: object): void {
  for (const key of Object.keys(target)) Object.defineProperty(target, key, { enumerable: false })
}

function define(target: object, key: PropertyKey, own: Redaction, method: (...args: never[]) => unknown): void {
  Object.defineProperty(target, key, { value: Object.assign(method, { [tag]: own }) })
}

function shown(target: object, { mask, hidden }: Redaction): unknown {
  if (mask.isWhole) return redaction
  const entries = [...hidden, ...Object.keys(target)].map((key): [string, unknown] => {
    const value: unknown = Reflect.get(target, key)
    return [key, isHidden(value, mask.children.get(key)) ? redaction : value]
  })
  return Array.isArray(target) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

function isObject(value: unknown): value is object {
  return typeof value === 'function' || (typeof value === 'object' && value !== null)
}

/** Whether a value is copied and frozen: a plain object or array. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return Object.getPrototypeOf(value) === Array.prototype
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
