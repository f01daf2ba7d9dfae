/**
 * The type of a published value. Plain objects and arrays are read-only at every depth, because they are frozen at run
 * time. `Date`, `URL`, bytes, maps, sets, functions, promises and class instances are unchanged.
 */
export type DeepReadonly<Value> = unknown extends Value
  ? Value
  : // These are not frozen.
    Value extends
        | string
        | number
        | bigint
        | boolean
        | symbol
        | null
        | undefined
        | ((...args: never[]) => unknown)
        | Date
        | RegExp
        | Error
        | PromiseLike<unknown>
        | ArrayBufferLike
        | ArrayBufferView
        | ReadonlyMap<unknown, unknown>
        | ReadonlySet<unknown>
        | WeakMap<WeakKey, unknown>
        | WeakSet<WeakKey>
        | (typeof globalThis extends { URL: { prototype: infer Instance } } ? Instance : never)
        | (typeof globalThis extends { URLSearchParams: { prototype: infer Instance } } ? Instance : never)
    ? Value
    : Value extends readonly (infer Item)[]
      ? Item[] extends Value
        ? readonly DeepReadonly<Item>[]
        : { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
      : // A class with private members is not assignable to its properties.
        { [Key in keyof Value]: Value[Key] } extends Value
        ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
        : Value
