import type { StoredKey } from '../decode/merge-layers.ts'
import type { Problem } from '../errors.ts'
import { formatKey, type KeyPath } from '../schema/key-path.ts'
import { maxJsonDepth } from '../schema/parse-json.ts'
import type { Fault } from '../schema/plan-leaf.ts'
import { describeSchema } from './expectation.ts'
import type { Location } from './locate.ts'
import { nearMiss } from './near-miss.ts'

/** What a problem is about. */
export function about(
  path: KeyPath,
  parameter?: string,
  expected?: string,
): Pick<Problem, 'key' | 'parameter' | 'expected'> {
  const key = formatKey(path)
  return { key, ...(parameter !== undefined && { parameter }), ...(expected !== undefined && { expected }) }
}

/** Describes a text that did not decode. */
export function describeFault(fault: Fault, { winner, isSensitive }: StoredKey, { path, leaf }: Location): Problem {
  const expected = leaf && describeSchema(leaf.schema)
  const isList = expected?.includes('StringList') === true && winner.type === 'String'
  const isShown = fault === 'json' && leaf !== undefined && !isSensitive && typeof winner.value === 'string'
  const near = isShown ? nearMiss(winner.value, leaf.schema) : undefined
  const usual = faultTexts(isList)[fault]
  return {
    ...usual,
    ...about(path, winner.parameter, fault === 'depth' ? undefined : expected),
    ...(near !== undefined && { detail: `${usual.detail}: ${near.what}`, remedy: near.remedy }),
  }
}

const inexact = {
  code: 'INVALID_VALUE',
  detail: 'the stored number has more digits than z.number() can hold, and would be rounded',
} as const

function faultTexts(isList: boolean): Readonly<Record<Fault, Problem>> {
  return {
    json: {
      code: 'INVALID_JSON',
      detail: 'the stored text is not JSON',
      remedy: isList ? 'store it as a StringList, or as a JSON array' : 'store valid JSON',
    },
    depth: {
      code: 'INVALID_JSON',
      detail: `the stored JSON is nested more than ${maxJsonDepth} levels deep`,
      remedy: 'nest it less deeply',
    },
    list: {
      code: 'INVALID_VALUE',
      detail: 'the text of this StringList is JSON, which its commas would split',
      remedy: 'store it as a String, or store the items with commas between them and without brackets and quotes',
    },
    boolean: {
      code: 'INVALID_VALUE',
      detail: 'something else is stored, and coercion would take any text for true',
      remedy: 'store "true" or "false", or use z.stringbool()',
    },
    digits: { ...inexact, remedy: 'use z.bigint() for a whole number, or z.string()' },
    'json-digits': { ...inexact, remedy: 'put it in quotes in the JSON, and use z.string()' },
  }
}
