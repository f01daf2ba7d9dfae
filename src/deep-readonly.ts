type Global<Name extends string> =
  typeof globalThis extends Record<Name, { prototype: infer Instance }> ? Instance : never

// What is published as it is: none of these is frozen.
type Untouched =
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
  | Global<'URL'>
  | Global<'URLSearchParams'>

/**
 * A published value: plain objects and arrays are read-only at every depth, as they are frozen at run time. `Date`,
 * `URL`, bytes, maps, sets, functions, promises and instances of classes are as they are.
 */
export type DeepReadonly<Value> = unknown extends Value
  ? Value
  : Value extends Untouched
    ? Value
    : Value extends readonly (infer Item)[]
      ? ReadonlyItems<Value, Item>
      : // A class with private members is more than its properties.
        { [Key in keyof Value]: Value[Key] } extends Value
        ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
        : Value

type ReadonlyItems<List extends readonly unknown[], Item> = Item[] extends List
  ? readonly DeepReadonly<Item>[]
  : { readonly [Key in keyof List]: DeepReadonly<List[Key]> }
