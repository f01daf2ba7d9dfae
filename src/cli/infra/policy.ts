import { collapseNames, collapseSecrets, type Needs, type NeedsOptions, needsOf } from './needs.ts'
import { fill, mapTexts, type Place } from './place.ts'
import { documentOf, type PolicyDocument, type Statement, statementsFor } from './statements.ts'

/** The policy of a definition. */
export interface WrittenPolicy {
  readonly statements: readonly Statement[]
  /** What a reader of the policy should know. */
  readonly notes: readonly string[]
}

// Of a managed policy, without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxSize = 6_144

/** The least-privilege policy. A policy above the size limit of IAM names paths instead of parameters. */
export function writePolicy(given: NeedsOptions, place: Place, keys: readonly string[]): WrittenPolicy {
  const exact = needsOf(given)
  const byPath = collapseNames(given, exact)
  const candidates: readonly (readonly [Needs, string?])[] = [
    [exact],
    [byPath, 'names the paths instead of each parameter: it allows every parameter below them'],
    [collapseSecrets(byPath), 'names paths and folders of secrets instead of each parameter and secret'],
  ]
  const sizes = candidates.map(([needs]) => sizeOf(statementsFor(needs, keys), place))
  const fitting = sizes.findIndex((size) => size <= maxSize)
  const chosen = fitting === -1 ? candidates.length - 1 : fitting
  const [needs = exact, description] = candidates[chosen] ?? []
  const reason = `with every name the policy would have ${sizes[0]} characters, and IAM allows ${maxSize}`
  return {
    statements: statementsFor(needs, keys),
    notes: [
      ...(description === undefined ? [] : [`${reason}, so it ${description}`]),
      ...(fitting === -1
        ? [`it still has ${sizes[chosen]} characters: split its statements into several policies`]
        : []),
    ],
  }
}

function sizeOf(statements: readonly Statement[], place: Place): number {
  // The widest values for what is not known.
  const widest = { account: '123456789012', region: 'ap-southeast-1', partition: 'aws', ...place }
  const document: PolicyDocument = documentOf(mapTexts(statements, (text) => fill(text, widest)))
  return JSON.stringify(document).length
}
