import fc from 'fast-check'
import * as z from 'zod'
import { json } from '../../src/index.ts'
import type { ParameterType } from '../../src/ports.ts'

/** A schema, a value of it, and how that value is stored below a path. */
export interface Sample {
  readonly schema: z.ZodType
  readonly value: unknown
  /** By segments from the path; `undefined` for a leaf that is left out. */
  readonly leaves: readonly StoredLeaf[]
}

export interface StoredLeaf {
  readonly segments: readonly string[]
  readonly stored: { readonly type: ParameterType; readonly value: string } | undefined
  /** Whether the schema names it, rather than a record. */
  readonly isNamed: boolean
}

/** A key of a schema; spelled as a segment of its own by every naming rule. */
export const arbitraryKey: fc.Arbitrary<string> = fc
  .stringMatching(/^[a-z][a-zA-Z0-9]{0,5}$/)
  .filter((key) => !['constructor', 'prototype'].includes(key))

const text = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
const listItem = fc.stringMatching(/^[\w .:/-]{1,8}$/)

// Beyond 2^53 JavaScript writes digits of a whole number that the number itself does not hold.
const isHeld = (value: number) => !/^-?\d{16,}$/.test(String(value)) || BigInt(value) === BigInt(String(value))
const holdsHeld = (value: unknown): boolean => {
  if (typeof value === 'number') return isHeld(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(holdsHeld)
}

const anyLeaf: fc.Arbitrary<Sample> = fc.oneof(
  text.map((value) => leaf(z.string(), value, value)),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter(isHeld)
    .map((value) => leaf(z.number(), normal(value), String(normal(value)))),
  fc.maxSafeInteger().map((value) => leaf(z.int(), value, String(value))),
  fc.bigInt().map((value) => leaf(z.bigint(), value, String(value))),
  fc.boolean().map((value) => leaf(z.boolean(), value, String(value))),
  fc
    .date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') })
    .map((value) => leaf(z.date(), value, value.toISOString())),
  fc.constantFrom('debug', 'info', 'warn').map((value) => leaf(z.enum(['debug', 'info', 'warn']), value, value)),
  fc.constantFrom('auto', 7, true).map((value) => leaf(z.literal(['auto', 7, true]), value, String(value))),
  fc
    .array(listItem, { minLength: 1, maxLength: 4 })
    .map((value) => leaf(z.array(z.string()), value, value.join(','), 'StringList')),
  fc
    .array(fc.integer(), { minLength: 1, maxLength: 4 })
    .map((value) => leaf(z.array(z.int()), value, value.join(','), 'StringList')),
  fc.array(text, { maxLength: 4 }).map((value) => leaf(z.array(z.string()), value, JSON.stringify(value))),
  fc
    .jsonValue({ maxDepth: 2 })
    .filter((value) => holdsHeld(value))
    .filter(isPlainJson)
    .map((value) => JSON.stringify(value))
    // JSON has no negative zero.
    .map((text) => leaf(json(z.json()), JSON.parse(text), text)),
  fc.tuple(text, fc.integer()).map((value) => leaf(z.tuple([z.string(), z.int()]), value, JSON.stringify(value))),
)

// What AWS would not store.
const arbitraryLeaf = anyLeaf.filter(({ leaves }) => !leaves.some(({ stored }) => stored?.value.includes('{{')))

const arbitraryRecord: fc.Arbitrary<Sample> = fc
  .dictionary(arbitraryKey, fc.integer(), { maxKeys: 3 })
  .map((value) => ({
    schema: z.record(z.string(), z.int()),
    value: { ...value },
    leaves: Object.entries(value).map(([key, number]) => ({
      segments: [key],
      stored: { type: 'String' as const, value: String(number) },
      isNamed: false,
    })),
  }))

type Presence = 'required' | 'optional' | 'left out' | 'default'

const presence: fc.Arbitrary<Presence> = fc.constantFrom('required', 'required', 'optional', 'left out', 'default')

/** An object of leaves, records and objects. */
export const arbitrarySample: fc.Arbitrary<Sample> = fc.letrec<{ object: Sample; node: Sample }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    arbitraryLeaf,
    arbitraryLeaf,
    arbitraryRecord,
    tie('object'),
  ),
  object: fc.dictionary(arbitraryKey, fc.tuple(tie('node'), presence), { minKeys: 1, maxKeys: 5 }).map(combine),
})).object

function combine(entries: Readonly<Record<string, [Sample, Presence]>>): Sample {
  const parts = Object.entries(entries).map(([key, [sample, present]]) => [key, withPresence(sample, present)] as const)
  return {
    schema: z.object(Object.fromEntries(parts.map(([key, { schema }]) => [key, schema]))),
    value: Object.fromEntries(
      parts.filter(([, { value }]) => value !== undefined).map(([key, { value }]) => [key, value]),
    ),
    leaves: parts.flatMap(([key, { leaves }]) =>
      leaves.map((below) => ({ ...below, segments: [key, ...below.segments] })),
    ),
  }
}

// Only a leaf that the schema names can be left out and still be part of the plan.
function withPresence(sample: Sample, present: Presence): Sample {
  const [only] = sample.leaves
  const isLeaf = only !== undefined && only.segments.length === 0
  if (!isLeaf || present === 'required') return sample
  if (present === 'optional') return { ...sample, schema: sample.schema.optional() }
  const leaves = [{ ...only, stored: undefined }]
  if (present === 'left out') return { schema: sample.schema.optional(), value: undefined, leaves }
  return { schema: sample.schema.default(sample.value), value: sample.value, leaves }
}

function leaf(schema: z.ZodType, value: unknown, stored: string, type: ParameterType = 'String'): Sample {
  return { schema, value, leaves: [{ segments: [], stored: { type, value: stored }, isNamed: true }] }
}

function normal(value: number): number {
  return Object.is(value, -0) ? 0 : value
}

// JSON.parse makes an own key of "__proto__", which no object literal of the same shape has.
function isPlainJson(value: unknown): boolean {
  return !JSON.stringify(value).includes('__proto__') && !JSON.stringify(value).includes('-0')
}
