/**
 * A published value: plain objects and arrays are read-only at every depth, as they are frozen at run time. `Date`,
 * `URL`, bytes, maps, sets, functions, promises and instances of classes are as they are.
 */
export type DeepReadonly<Value> = unknown extends Value
  ? Value
  : // What is published as it is: none of these is frozen.
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
      : // A class with private members is more than its properties.
        { [Key in keyof Value]: Value[Key] } extends Value
        ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
        : Value
