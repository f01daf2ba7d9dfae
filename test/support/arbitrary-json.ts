import fc from 'fast-check'

// What an object has of its own, what looks like something else, and what cannot be made into text.
const hostileKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'toJSON', 'then', 'length', '']
const hostileValues: readonly unknown[] = [
  { toString: null, valueOf: null },
  { toString: 'x' },
  { toJSON: 'x' },
  { length: 1e9 },
  '__proto__',
  'x'.repeat(2_000),
  '\u0000\ud800',
  -0,
  1e308,
]

/** JSON whose keys and texts are mostly those given, mixed with ones that mean something to JavaScript. */
export function arbitraryJson(keys: readonly string[], texts: readonly string[] = []): fc.Arbitrary<unknown> {
  const key = fc.oneof({ arbitrary: fc.constantFrom(...keys), weight: 6 }, fc.constantFrom(...hostileKeys))
  const text = texts.length === 0 ? fc.string() : fc.oneof(fc.constantFrom(...texts), fc.string())
  return fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.constantFrom(null, true, 0, 3, ...hostileValues),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc
      .array(fc.tuple(key, tie('value')), { maxLength: 8 })
      // As JSON.parse would: "__proto__" becomes a key like any other.
      .map((entries) => Object.fromEntries(entries)),
  })).object
}

/** The same text, so many levels deep. */
export function nest(depth: number, [open, close]: readonly [string, string], inner = ''): string {
  return open.repeat(depth) + inner + close.repeat(depth)
}
