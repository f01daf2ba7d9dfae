import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import type { StoredKey } from '../decode/merge-layers.ts'
import { isWritten } from '../decode/written-message.ts'
import type { Problem } from '../errors.ts'
import { mayBeAbsent } from '../schema/introspect.ts'
import { formatKey, keyOf, toKeyPath } from '../schema/key-path.ts'
import { splitSelector } from '../schema/names.ts'
import { InexactNumber, isExact } from '../schema/parse-json.ts'
import type { PlannedLeaf } from '../schema/plan.ts'
import type { Fault } from '../schema/plan-leaf.ts'
import { candidateNames, type Layers } from '../schema/read-request.ts'
import { describeSecret } from '../schema/secret-id.ts'
import { expectationOf } from './expectation.ts'
import { about, describeFault } from './faults.ts'
import { declaredAt, type Location, locate, valueAt } from './locate.ts'
import { jsonMiss, jsonRemedy, type NearMiss, nearMiss } from './near-miss.ts'
import type { IndexedInput } from './validation-problems.ts'

/** Describes one issue of the schema. */
export class IssueDescriber {
  readonly #issue: $ZodIssue
  readonly #input: IndexedInput
  readonly #location: Location
  readonly #stored: StoredKey | undefined
  /** Whether it is about a whole leaf, and not about a part of one. */
  readonly #isWhole: boolean

  constructor(issue: $ZodIssue, input: IndexedInput) {
    const { plan, places, merged } = input
    this.#issue = issue
    this.#input = input
    this.#location = locate(plan.root, issue.path, (path) => places.stored.firstWithin(path) !== undefined)
    const { leafPath } = this.#location
    this.#stored = leafPath && merged.stored.get(keyOf(leafPath))
    this.#isWhole = leafPath?.length === issue.path.length
  }

  /** None if the issue follows from a known problem. */
  problems(): Problem[] {
    if (this.#isUnknown()) return []
    if (this.#issue.code === 'unrecognized_keys') return this.#unrecognized(this.#issue)
    if (this.#issue.code === 'invalid_key') return [this.#badKey(this.#issue)]
    if (this.#isWhole && this.#stored === undefined) return [this.#missing()]
    if (this.#isWhole || !this.#isAboutAbsence()) return [this.#invalid()]
    return [this.#location.leafPath === undefined ? this.#missing() : this.#missingJsonKey()]
  }

  // A value that could not be read is not missing.
  #isUnknown(): boolean {
    const { path } = this.#location
    const { refused, unreadable, isPathUnreadable } = this.#input.places
    if (refused.isBelowOne(path)) return true
    if (this.#issue.code === 'unrecognized_keys') return false
    return (this.#stored === undefined && isPathUnreadable) || unreadable.isAround(path)
  }

  // The issue of a check has the input of the check.
  #isAboutAbsence(): boolean {
    const { code, input, path } = this.#issue
    return code !== 'custom' && input === undefined && valueAt(this.#input.assembled.input, path) === undefined
  }

  #missing(): Problem {
    const { plan, layers, suggest } = this.#input
    const { path, expected, leaf } = this.#location
    const planned = plan.byId.get(keyOf(path))
    const address = planned?.address
    const names = (planned && candidateNames(planned, layers).join(' or ')) || undefined
    const parameter = address?.kind === 'secret' ? describeSecret(address.secret) : names
    const isOptional = leaf !== undefined && mayBeAbsent(leaf.schema)
    // For a key that may be absent, a check gives the reason.
    if (this.#issue.code === 'custom' && isOptional) {
      const detail = this.#detail('a check of the schema failed')
      const remedy = 'no value is stored for this key: store one, or correct the values that the check compares it with'
      return { code: 'INVALID_VALUE', ...about(path, names), detail, remedy }
    }
    const describe = (detail: string, remedy: string, code: Problem['code'] = 'MISSING_PARAMETER') => {
      return { code, ...about(path, parameter, expected), detail: this.#detailWith(detail), remedy }
    }
    if (planned === undefined) {
      return describe('nothing is stored', 'store it below the path, or make the key optional')
    }
    if (address?.kind === 'secret') {
      const remedy = 'create the secret, or correct its name, staging label or version id in secret()'
      return describe('there is no such secret or version', remedy, 'MISSING_SECRET')
    }
    const [detail, remedy] = selectionOf(planned, layers) ?? ['nothing is stored', 'store it']
    const remedies = isOptional ? remedy : `${remedy}, or make the key optional or give it a default`
    return describe(detail, suggest(planned, remedies))
  }

  #missingJsonKey(): Problem {
    const { path, leafPath = [] } = this.#location
    const detail = this.#detailWith(`the stored JSON has no ${formatKey(path.slice(leafPath.length))}`)
    const subject = about(path, this.#stored?.winner.parameter, this.#expected(undefined))
    return { code: 'MISSING_JSON_KEY', ...subject, detail, remedy: 'add it to the JSON, or make the key optional' }
  }

  #invalid(): Problem {
    const { path, leafPath, expected } = this.#location
    const fault = leafPath && this.#input.assembled.faults.get(keyOf(leafPath))
    if (fault !== undefined && this.#stored !== undefined && this.#isAboutFault(fault)) {
      return describeFault(fault, this.#stored, this.#location)
    }
    const { what, remedy = 'correct the stored value, or the schema' } = this.#hint()
    const usual = this.#issue.code === 'custom' ? 'a check of the schema failed' : 'something else is stored'
    const detail = this.#detail(usual)
    return {
      code: 'INVALID_VALUE',
      ...about(path, this.#stored?.winner.parameter, this.#expected(this.#isWhole ? expected : undefined)),
      detail: what === undefined ? detail : `${detail}: ${what}`,
      remedy,
    }
  }

  // A decoding fault explains an issue of the whole value. It explains an issue of a part only if that part did not decode.
  #isAboutFault(fault: Fault): boolean {
    if (fault === 'depth' || fault === 'list') return true
    if (this.#isWhole && fault !== 'json-digits') return fault !== 'boolean'
    const value = valueAt(this.#input.assembled.input, this.#issue.path)
    return value instanceof InexactNumber || (fault === 'digits' && typeof value === 'string' && !isExact(value.trim()))
  }

  #badKey(issue: Extract<$ZodIssue, { code: 'invalid_key' }>): Problem {
    const { path, leafPath } = this.#location
    const { issues = [] } = issue
    const inside = this.#input.places.stored.firstWithin(toKeyPath(issue.path)) ?? this.#stored
    const [first] = issues
    const isInside = leafPath !== undefined && leafPath.length < issue.path.length
    const written = [issue, ...issues].find(isWritten) ?? issue
    return {
      code: 'INVALID_VALUE',
      ...about(path, inside?.winner.parameter, first && this.#expected(undefined, first)),
      detail: this.#detailWith('the record does not allow this key', written),
      remedy: `rename the ${isInside ? 'key in the JSON' : 'parameter'}, or correct the schema of the keys`,
    }
  }

  #unrecognized({ keys, path: outer }: Extract<$ZodIssue, { code: 'unrecognized_keys' }>): Problem[] {
    const { path, leafPath } = this.#location
    const remedy = 'delete it, or add it to the schema'
    if (leafPath !== undefined) {
      const listed = keys.map((key) => JSON.stringify(key)).join(', ')
      const isShown = this.#stored?.isSensitive === false && !this.#input.secrets.isQuotedIn(listed)
      const subject = keys.length === 1 ? 'a key' : `${keys.length} keys`
      const detail = `the stored JSON has ${subject} that the schema does not know${isShown ? ` (${listed})` : ''}`
      const owner = about(path, this.#stored?.winner.parameter)
      return [{ code: 'INVALID_VALUE', ...owner, detail: this.#detailWith(detail), remedy }]
    }
    return keys.map((key) => {
      const stored = this.#input.places.stored.firstWithin([...outer.map(String), key])
      // A check can invent an issue and its keys.
      const shown = [...path, stored === undefined ? '*' : key]
      const detail = this.#detailWith('the schema is strict and has no such key')
      return { code: 'INVALID_VALUE', ...about(shown, stored?.winner.parameter), detail, remedy }
    })
  }

  /** The message that the author of the schema wrote, or `usual` if it is absent or quotes a secret. */
  #detail(usual: string, prefix = '', issue: $ZodIssue = this.#issue): string {
    if (!isWritten(issue)) return usual
    if (!this.#input.secrets.isQuotedIn(issue.message)) return `${prefix}${issue.message}`
    return `${usual} (the message of the check is withheld because it quotes a secret)`
  }

  /** `usual`, and the message that the author of the schema wrote. */
  #detailWith(usual: string, issue?: $ZodIssue): string {
    return this.#detail(usual, `${usual}: `, issue)
  }

  /** The expectation of an issue, or of the whole leaf if a check has put a secret into the issue. */
  #expected(fallback: string | undefined, issue: $ZodIssue = this.#issue): string | undefined {
    const expected = expectationOf(issue, fallback)
    return expected !== undefined && this.#input.secrets.isQuotedIn(expected) ? fallback : expected
  }

  /** A usual mistake in a value of a wrong type or format. */
  #hint(): Partial<NearMiss> {
    const issue = this.#issue
    const stored = this.#stored
    const { leaf, leafPath } = this.#location
    const hasForm = ['invalid_type', 'invalid_format', 'invalid_value', 'invalid_union', 'too_small'].includes(
      issue.code,
    )
    if (leaf === undefined || stored === undefined || !hasForm) return {}
    const expected = 'expected' in issue ? String(issue.expected) : ''
    const format = 'format' in issue && typeof issue.format === 'string' ? issue.format : undefined
    const { value, type } = stored.winner
    // For a secret, the remedy depends on the schema alone.
    if (stored.isSensitive) return this.#isWhole ? {} : jsonRemedy(expected)
    if (this.#isWhole) return (typeof value === 'string' && nearMiss(value, leaf.schema, format)) || {}
    const found = valueAt(this.#input.assembled.input, issue.path)
    const [schema] = schemasAt(leaf.schema, issue.path.slice(leafPath?.length))
    const near = typeof found === 'string' && schema !== undefined ? nearMiss(found, schema, format) : undefined
    return (type === 'StringList' ? undefined : jsonMiss(found, expected)) ?? near ?? {}
  }
}

// The parameter may be stored without this label or version.
function selectionOf(
  { address }: PlannedLeaf,
  { label }: Layers,
): readonly [detail: string, remedy: string] | undefined {
  const named = address.kind === 'absolute' ? splitSelector(address.name).selector : label
  const selector = address.kind === 'selected' ? address.selector : named
  if (selector === undefined) return undefined
  if (/^\d+$/.test(selector)) {
    return [`nothing is stored as version ${selector}`, 'correct the version, or store it']
  }
  const remedy = `move the label to a version of it (aws ssm label-parameter-version), or store it and label it`
  return [`no version of it carries the label ${selector}`, remedy]
}

function schemasAt(leaf: $ZodType, inside: readonly PropertyKey[]): readonly $ZodType[] {
  return inside.reduce<readonly $ZodType[]>(
    (outer, part) => outer.flatMap((schema) => declaredAt(schema, part)).map(({ schema }) => schema),
    [leaf],
  )
}
