import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import type { StoredKey } from '../decode/merge-layers.ts'
import { isWritten } from '../decode/written-message.ts'
import { expectationOf } from './expectation.ts'
import { type IndexedInput, valueAt } from './indexed-input.ts'
import { declaredAt, type Location } from './locate.ts'
import { jsonMiss, jsonRemedy, type NearMiss, nearMiss } from './near-miss.ts'

/**
 * The message that the author of the schema wrote, or `usual` if it is absent or quotes a secret. `isAdded` puts
 * `usual` before the message.
 */
export function detailOf(issue: $ZodIssue, { secrets }: IndexedInput, usual: string, isAdded = false): string {
  if (!isWritten(issue)) return usual
  if (secrets.isQuotedIn(issue.message))
    return `${usual} (the message of the check is withheld because it quotes a secret)`
  return isAdded ? `${usual}: ${issue.message}` : issue.message
}

/** The expectation of an issue, or of the whole leaf if a check has put a secret into the issue. */
export function expectedOf(
  issue: $ZodIssue,
  fallback: string | undefined,
  { secrets }: IndexedInput,
): string | undefined {
  const expected = expectationOf(issue, fallback)
  return expected !== undefined && secrets.isQuotedIn(expected) ? fallback : expected
}

/** A usual mistake in a value of a wrong type or format. */
export function hintOf(
  issue: $ZodIssue,
  { leaf, leafPath }: Location,
  stored: StoredKey | undefined,
  { assembled }: IndexedInput,
): Partial<NearMiss> {
  const hasForm = ['invalid_type', 'invalid_format', 'invalid_value', 'invalid_union', 'too_small'].includes(issue.code)
  if (leaf === undefined || stored === undefined || !hasForm) return {}
  const expected = 'expected' in issue ? String(issue.expected) : ''
  const isWhole = leafPath?.length === issue.path.length
  const { value } = stored.winner
  // For a secret, the remedy depends on the schema alone.
  if (stored.isSensitive) return isWhole ? {} : jsonRemedy(expected)
  if (isWhole) return (typeof value === 'string' && nearMiss(value, leaf.schema, formatIn(issue))) || {}
  const found = valueAt(assembled.input, issue.path)
  const miss = stored.winner.type === 'StringList' ? undefined : jsonMiss(found, expected)
  return miss ?? nearPart(found, leaf.schema, issue.path.slice(leafPath?.length), formatIn(issue)) ?? {}
}

function nearPart(
  found: unknown,
  leaf: $ZodType,
  inside: readonly PropertyKey[],
  format: string | undefined,
): NearMiss | undefined {
  const schemas = inside.reduce<readonly $ZodType[]>(
    (outer, part) => outer.flatMap((schema) => declaredAt(schema, part)).map(({ schema }) => schema),
    [leaf],
  )
  const [schema] = schemas
  return typeof found === 'string' && schema !== undefined ? nearMiss(found, schema, format) : undefined
}

function formatIn(issue: $ZodIssue): string | undefined {
  return 'format' in issue && typeof issue.format === 'string' ? issue.format : undefined
}
