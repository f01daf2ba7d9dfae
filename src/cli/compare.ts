import { createHmac, randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { reveal } from '../index.ts'
import { valueAt } from '../tools/value-at.ts'
import { type KeyFacts, keyFactsOf } from './key-facts.ts'
import type { Report } from './report.ts'
import type { Survey } from './survey.ts'

/** One environment of a comparison. */
export type Side = { readonly survey: Survey } | { readonly report: Report }

/** How a key differs. Holds no value. */
export interface KeyDifference {
  readonly key: string
  /** `not compared`: a side could not be read, or a report, which holds no values, has another parameter. */
  readonly result: 'equal' | 'different' | 'only in A' | 'only in B' | 'absent' | 'not compared'
  readonly a?: DifferenceSide
  readonly b?: DifferenceSide
}

interface DifferenceSide extends Pick<KeyFacts, 'status' | 'stored' | 'isSensitive'> {
  /** Equal for equal values of one run. The key of the digest is random and forgotten. */
  readonly digest?: string
}

/** Compares by key: values if both sides were read, versions if one of them is a report. */
export function compareSides(a: Side, b: Side): readonly KeyDifference[] {
  const secret = randomBytes(32)
  // The validated values follow references. If a start would fail, the stored texts are compared.
  const areValid = [a, b].every((side) => 'survey' in side && side.survey.snapshot !== undefined)
  const [left, right] = [contentsOf(a, areValid), contentsOf(b, areValid)]
  const hasValues = left.values !== undefined && right.values !== undefined
  const keys = [...new Set([...left.keys.keys(), ...right.keys.keys()])]
  return keys.map((key) => {
    const [before, after] = [left.keys.get(key), right.keys.get(key)]
    const result = hasValues
      ? compareValues(key, [before, after], [left.values, right.values])
      : compareVersions(before, after)
    const sideOf = (facts: KeyFacts | undefined, values: Values | undefined) =>
      facts && present(facts, values?.get(key), secret)
    const [shownA, shownB] = [sideOf(before, left.values), sideOf(after, right.values)]
    return { key, result, ...(shownA !== undefined && { a: shownA }), ...(shownB !== undefined && { b: shownB }) }
  })
}

type Values = ReadonlyMap<string, unknown>

interface Contents {
  readonly keys: ReadonlyMap<string, KeyFacts>
  readonly values: Values | undefined
}

function contentsOf(side: Side, areValid: boolean): Contents {
  if ('report' in side) return { keys: byKey(side.report.keys), values: undefined }
  const facts = keyFactsOf(side.survey)
  return { keys: byKey(facts), values: areValid ? validated(side.survey, facts) : storedTexts(side.survey) }
}

function byKey(facts: readonly KeyFacts[]): ReadonlyMap<string, KeyFacts> {
  return new Map(facts.map((entry) => [entry.key, entry]))
}

function validated({ snapshot }: Survey, facts: readonly KeyFacts[]): Values {
  const whole = reveal(snapshot?.value)
  return new Map(facts.map(({ key }) => [key, valueAt(whole, key)]))
}

function storedTexts({ reading, definition }: Survey): Values {
  if (reading === undefined) return new Map()
  return new Map([...definition.merge(reading)].map(([key, { winner }]) => [key, winner.value]))
}

type Pair<Item> = readonly [Item, Item]

function compareValues(
  key: string,
  [a, b]: Pair<KeyFacts | undefined>,
  [left, right]: Pair<Values | undefined>,
): KeyDifference['result'] {
  const known = compareStates(a, b)
  if (known !== undefined) return known
  return isDeepStrictEqual(left?.get(key), right?.get(key)) ? 'equal' : 'different'
}

function compareVersions(a: KeyFacts | undefined, b: KeyFacts | undefined): KeyDifference['result'] {
  const known = compareStates(a, b)
  if (known !== undefined) return known
  if (a?.stored?.parameter !== b?.stored?.parameter) return 'not compared'
  const isSame = a?.stored?.version === b?.stored?.version && a?.stored?.modifiedAt === b?.stored?.modifiedAt
  return isSame ? 'equal' : 'different'
}

/** The result for a key that is not stored on both sides. */
function compareStates(a: KeyFacts | undefined, b: KeyFacts | undefined): KeyDifference['result'] | undefined {
  if (a?.status === 'unreadable' || b?.status === 'unreadable') return 'not compared'
  const [isInA, isInB] = [a?.stored !== undefined, b?.stored !== undefined]
  if (isInA && isInB) return undefined
  if (!isInA && !isInB) return 'absent'
  return isInA ? 'only in A' : 'only in B'
}

function present({ status, stored, isSensitive }: KeyFacts, value: unknown, secret: Buffer): DifferenceSide {
  const shown = { status, isSensitive, ...(stored !== undefined && { stored }) }
  if (!isSensitive || stored === undefined || value === undefined) return shown
  return { ...shown, digest: createHmac('sha256', secret).update(canonical(value)).digest('hex').slice(0, 6) }
}

/** A text that is the same for equal values. */
function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`
  if (value instanceof Date) return value.toISOString()
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${entries.map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`).join()}}`
}
