import type { ConfigOptions } from '../../index.ts'
import { inspectDefinition } from '../../tools/inspect-definition.ts'
import { isArn, isBelow, splitSelector } from '../../tools/names.ts'

/** The pattern of a rule, and what a reader should know about it. */
export interface WrittenPattern {
  readonly pattern: object
  readonly notes: readonly string[]
}

type Matcher = string | { readonly prefix: string }

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const maxLength = 2_048

/**
 * The pattern of the events about what a definition covers: changes and policies of parameters, and moved stages of
 * secrets, which need no trail.
 *
 * @param more Secrets that stored references name; `*` at the end is any text.
 */
export function writePattern(options: ConfigOptions, more: readonly string[]): WrittenPattern {
  const { hierarchies, names, secrets } = inspectDefinition(options).request
  const parameters = parameterMatchers(
    hierarchies.map(({ path }) => path),
    names.map((name) => splitSelector(name).name).filter((name) => !isArn(name)),
  )
  const ids = [...secrets.map(({ id }) => id), ...more].map(secretName)
  const exact = patternOf(parameters, secretMatchers(ids))
  const folders = patternOf(parameters, secretMatchers(ids.map(folderOf)))
  const isLong = JSON.stringify(exact).length > maxLength
  const pattern = isLong ? folders : exact
  const length = JSON.stringify(pattern).length
  const reason = `with every name the event pattern would have ${JSON.stringify(exact).length} characters, and EventBridge allows ${maxLength}`
  return {
    pattern,
    notes: [
      ...(isLong ? [`${reason}, so it names the folders of the secrets`] : []),
      ...(length > maxLength
        ? [`it still has ${length} characters: split its rule, or ask AWS for a higher quota`]
        : []),
    ],
  }
}

function patternOf(parameters: readonly Matcher[] | undefined, secrets: readonly Matcher[]): object {
  const named = (key: string) => (parameters === undefined ? {} : { detail: { [key]: parameters } })
  const alternatives = [
    ...(parameters?.length === 0
      ? []
      : [
          { source: ['aws.ssm'], 'detail-type': ['Parameter Store Change'], ...named('name') },
          { source: ['aws.ssm'], 'detail-type': ['Parameter Store Policy Action'], ...named('parameter-name') },
        ]),
    ...(secrets.length === 0
      ? []
      : [{ source: ['aws.secretsmanager'], 'detail-type': ['Secret Label Updated'], detail: { name: secrets } }]),
  ]
  const [only] = alternatives
  return alternatives.length === 1 && only !== undefined ? only : { $or: alternatives }
}

/** @returns `undefined` if every parameter matches. */
function parameterMatchers(paths: readonly string[], names: readonly string[]): readonly Matcher[] | undefined {
  if (paths.includes('/')) return undefined
  const outermost = paths.filter((path) => !paths.some((other) => isBelow(path, other)))
  const single = names.filter((name) => !outermost.some((path) => isBelow(name, path)))
  return [...[...new Set(outermost)].map((path) => ({ prefix: `${path}/` })), ...new Set(single.flatMap(spellingsOf))]
}

// Events spell a parameter at the root as it was created.
function spellingsOf(name: string): string[] {
  const full = name.startsWith('/') ? name : `/${name}`
  return full.lastIndexOf('/') === 0 ? [full, full.slice(1)] : [full]
}

function secretMatchers(names: readonly string[]): readonly Matcher[] {
  const distinct = [...new Set(names)]
  return distinct.map((name) => (name.endsWith('*') ? { prefix: name.slice(0, -1) } : name))
}

/** The name in events: for an ARN, without the six random characters. */
function secretName(id: string): string {
  return isArn(id)
    ? id
        .split(':')
        .slice(6)
        .join(':')
        .replace(/-[A-Za-z0-9]{6}$/, '')
    : (id.split(':')[0] ?? id)
}

function folderOf(name: string): string {
  const end = name.indexOf('/')
  return end === -1 ? name : `${name.slice(0, end)}/*`
}
