import fc from 'fast-check'
import * as z from 'zod'
import { json, secret, sensitive } from '../../src/index.ts'
import type { MemoryParameter } from '../../src/testing/index.ts'

/** Every secret of a {@link SecretSample} begins with it, and nothing else does. */
export const canary = 'hunter2'

/** A schema, and what is stored for it below a path. Some of it is secret. */
export interface SecretSample {
  readonly schema: z.ZodType
  /** By segments from the path. */
  readonly stored: ReadonlyMap<string, string | MemoryParameter>
  readonly secrets: ReadonlyMap<string, string>
}

/** What a transform makes of values, secret or not. */
const ways: readonly ((value: unknown) => unknown)[] = [
  (value) => textsIn(value).join('|'),
  (value) => ({ a: textsIn(value), b: 'made' }),
  (value) => Object.fromEntries(textsIn(value).map((text) => [text, text])),
  (value) => new Map([['all', textsIn(value)]]),
  (value) => ({ moved: { x: { ...Object(value) } }, kind: 'b' }),
  (value) => Object.fromEntries(rotate(Object.entries(Object(value)))),
  (value) => [new URL(`https://example.com/${textsIn(value).join('/')}`), () => value],
  (value) => Object.assign(Object.create({ inherited: textsIn(value) }), { a: 'x' }),
]

const way = fc.constantFrom(...ways)
const leafKey = fc.constantFrom('a', 'b', 'c')
const branchKey = fc.constantFrom('x', 'y')
const secretText = fc.stringMatching(/^[\w,.]{1,6}$/).map((text) => `${canary}${text}`)

const plainLeaf = fc.constant(leaf(z.string(), 'plain'))

const secretLeaf = secretText.chain((text) =>
  fc.constantFrom(
    leaf(z.string(), secure(text)),
    leaf(z.string().optional(), secure(text)),
    leaf(z.array(z.string()), secure(JSON.stringify([text]))),
    leaf(z.number(), secure(text)),
    leaf(sensitive(z.string()), text),
    leaf(sensitive(z.string().default(text)), undefined),
    leaf(z.string().pipe(sensitive(z.string())), text),
    leaf(json(z.object({ k: sensitive(z.string()) })), JSON.stringify({ k: text })),
    secretOf(z.string(), text),
    secretOf(z.object({ k: z.string() }), JSON.stringify({ k: text })),
  ),
)

const anyLeaf = fc
  .tuple(fc.oneof(plainLeaf, secretLeaf), fc.option(way))
  .map(([sample, made]) => (made === null ? sample : around(sample, (schema) => schema.transform(made))))

const storedTexts = fc.dictionary(leafKey, fc.oneof(fc.constant('plain'), secretText.map(secure)), { minKeys: 1 })

const record = fc
  .tuple(
    storedTexts,
    fc.constantFrom(z.string(), z.string().toUpperCase(), z.enum(['a', 'b', 'c']), z.string().min(9).catch('b')),
  )
  .map(([texts, keys]): SecretSample => {
    const schema = z.partialRecord(keys as z.ZodString, z.string())
    return { schema, stored: new Map(Object.entries(texts)), secrets: new Map() }
  })

/** An object, or whatever can be made of objects, with secrets in random places. */
export const arbitrarySecrets: fc.Arbitrary<SecretSample> = fc.letrec<{
  object: SecretSample
  branch: SecretSample
}>((tie) => ({
  object: fc
    .tuple(
      fc.dictionary(leafKey, anyLeaf, { minKeys: 1 }),
      fc.dictionary(branchKey, tie('branch'), { maxKeys: 1 }),
      fc.constantFrom(z.object, z.looseObject, z.strictObject),
    )
    .map(([leaves, branches, make]) => objectOf({ ...leaves, ...branches }, make)),
  branch: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('object'),
    record,
    fc.tuple(tie('branch'), way).map(([sample, made]) => around(sample, (schema) => schema.transform(made))),
    fc.tuple(tie('branch'), way).map(([sample, made]) => around(sample, (schema) => codecOf(schema, made))),
    fc.tuple(tie('object'), way).map(([sample, made]) => around(sample, (schema) => schema.overwrite(made))),
    fc.tuple(tie('branch'), way).map(([sample, made]) => around(sample, (schema) => caught(schema, made))),
    tie('branch').map((sample) => around(sample, (schema) => schema.optional().readonly())),
    tie('branch').map((sample) => around(sample, (schema) => z.lazy(() => schema))),
    tie('branch').map((sample) => around(sample, (schema) => sensitive(schema))),
    fc.tuple(tie('branch'), tie('branch')).map(([left, right]) => both(refusing(left), right, unionOf)),
    fc.tuple(tie('branch'), tie('branch')).map(([left, right]) => both(left, refusing(right), unionOf)),
    fc.tuple(tie('branch'), tie('branch')).map(([left, right]) => both(left, right, z.intersection)),
    fc.tuple(tie('object'), tie('object'), way).map(([left, right, made]) => discriminated(left, right, made)),
  ),
})).branch

function leaf(schema: z.ZodType, stored: string | MemoryParameter | undefined): SecretSample {
  return { schema, stored: new Map(stored === undefined ? [] : [['', stored]]), secrets: new Map() }
}

function secretOf(schema: z.ZodType, text: string): SecretSample {
  const id = `id-${text.length}-${Buffer.from(text).toString('hex').slice(-24)}`
  return { schema: secret(id, schema), stored: new Map(), secrets: new Map([[id, text]]) }
}

function secure(value: string): MemoryParameter {
  return { type: 'SecureString', value }
}

function around(sample: SecretSample, wrap: (schema: z.ZodType) => z.ZodType): SecretSample {
  return { ...sample, schema: wrap(sample.schema) }
}

function codecOf(schema: z.ZodType, made: (value: unknown) => unknown): z.ZodType {
  return z.codec(schema, z.unknown(), { decode: made, encode: () => undefined })
}

function caught(schema: z.ZodType, made: (value: unknown) => unknown): z.ZodType {
  return schema.refine(() => false).catch((context: z.core.$ZodCatchCtx) => made(context.value))
}

function refusing(sample: SecretSample): SecretSample {
  return around(sample, (schema) => schema.refine(() => false))
}

function unionOf(left: z.ZodType, right: z.ZodType): z.ZodType {
  return z.union([left, right])
}

function both(
  left: SecretSample,
  right: SecretSample,
  combine: (left: z.ZodType, right: z.ZodType) => z.ZodType,
): SecretSample {
  const stored = new Map([...left.stored, ...right.stored])
  // What one member stores as a secret is not stored in plain for another.
  for (const [name, value] of left.stored) if (String(stored.get(name)) === 'plain') stored.set(name, value)
  return {
    schema: combine(left.schema, right.schema),
    stored,
    secrets: new Map([...left.secrets, ...right.secrets]),
  }
}

function discriminated(left: SecretSample, right: SecretSample, made: (value: unknown) => unknown): SecretSample {
  const member = (schema: z.ZodType, kind: string) =>
    schema instanceof z.ZodObject ? schema.extend({ kind: z.literal(kind) }) : z.object({ kind: z.literal(kind) })
  const make = (first: z.ZodType, second: z.ZodType) =>
    z.discriminatedUnion('kind', [member(first, 'a'), member(second, 'b').transform(made)])
  const sample = both(left, right, make)
  return { ...sample, stored: new Map([...sample.stored, ['kind', 'b']]) }
}

function objectOf(
  parts: Readonly<Record<string, SecretSample>>,
  make: (shape: Record<string, z.ZodType>) => z.ZodType,
): SecretSample {
  const entries = Object.entries(parts)
  const below = (key: string, name: string) => (name === '' ? key : `${key}/${name}`)
  return {
    schema: make(Object.fromEntries(entries.map(([key, { schema }]) => [key, schema]))),
    stored: new Map(
      entries.flatMap(([key, { stored }]) => [...stored].map(([name, value]) => [below(key, name), value] as const)),
    ),
    secrets: new Map(entries.flatMap(([, { secrets }]) => [...secrets])),
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (value instanceof Map) return textsIn([...value])
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function rotate(entries: readonly (readonly [string, unknown])[]): (readonly [string, unknown])[] {
  return entries.map(([key], index) => [key, entries[(index + 1) % entries.length]?.[1]] as const)
}
