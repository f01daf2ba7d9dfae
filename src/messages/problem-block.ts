import type { LoadErrorParts, Problem, Whereabouts } from '../errors.ts'

/** The message of a DefinitionError. */
export function definitionMessage(problems: readonly Problem[]): string {
  const title =
    problems.length === 1 ? 'the definition has a problem' : `the definition has ${problems.length} problems`
  return [`liveparam: ${title}`, '', ...describeProblems(problems, manyShown)].join('\n')
}

/** The message of a LoadError. */
export function loadMessage(parts: LoadErrorParts): string {
  const { missing, unreadable, invalid, attempts, elapsedMs, isServing, where, progress } = parts
  const counts = [count(missing, 'missing'), count(unreadable, 'unreadable'), count(invalid, 'invalid')]
  const effort = `${attempts === 1 ? '1 attempt' : `${attempts} attempts`} in ${Math.round(elapsedMs)} ms`
  const title = isServing
    ? 'could not refresh the configuration, the last one stays in use'
    : 'could not load the configuration'
  const place = describePlace(where)
  return [
    `liveparam: ${title}: ${counts.filter((part) => part !== '').join(', ')} (${effort})`,
    ...(place.length === 0 ? [] : [`  read with ${place.join(', ')}`]),
    ...(progress === undefined ? [] : [`  ${progress}`]),
    ...describeFindings(parts),
  ].join('\n')
}

/** What a start or a refresh found wrong, in sections that begin with an empty line. */
export function describeFindings({
  missing,
  unreadable,
  invalid,
}: Pick<LoadErrorParts, 'missing' | 'unreadable' | 'invalid'>): string[] {
  return [
    ...section('Missing', missing, manyShown),
    ...section('Could not be read', unreadable, fewShown),
    ...section('Invalid', invalid, manyShown),
  ]
}

/** The account, region and identity of a reading, each as it is shown. */
export function describePlace({ isProfileMissing, ...texts }: Whereabouts = {}): string[] {
  return Object.entries(texts).map(([name, value]) => {
    const note = name === 'profile' && isProfileMissing === true ? ' (which does not exist)' : ''
    return `${name === 'credentials' ? 'credentials from' : name} ${value}${note}`
  })
}

// The user has to correct every missing or invalid key, so most of them are listed. A call that fails for many names has
// one cause, and a few names are enough to find it.
const manyShown = 50
const fewShown = 5

/** All problems of one key or parameter. */
interface Entry {
  readonly subject: string
  readonly problems: Problem[]
}

// An empty path explains the missing keys. It is not a key.
function count(problems: readonly Problem[], word: string): string {
  const keys = entriesOf(problems.filter(({ code }) => code !== 'EMPTY_PATH'))
  return keys.length === 0 ? '' : `${keys.length} ${word}`
}

function section(title: string, problems: readonly Problem[], shown: number): string[] {
  return problems.length === 0 ? [] : ['', title, ...describeProblems(problems, shown)]
}

// Keys with equal problems share one description, such as those that a role may not read.
function describeProblems(problems: readonly Problem[], shown: number): string[] {
  const alike = groupBy(entriesOf(problems), (entry) => JSON.stringify(entry.problems.map(reasonOf)))
  return alike.flatMap((entries) => describeAlike(entries, shown))
}

function entriesOf(problems: readonly Problem[]): Entry[] {
  return groupBy(problems, (problem) => JSON.stringify([problem.key, problem.parameter])).map((own) => ({
    subject: [own[0]?.key, own[0]?.parameter].filter((part) => part !== undefined).join('  '),
    problems: own,
  }))
}

function reasonOf({ code, expected, detail, remedy, action }: Problem): readonly unknown[] {
  return [code, expected, detail, remedy, action]
}

function describeAlike(entries: readonly Entry[], shown: number): string[] {
  const [first] = entries
  if (first === undefined) return []
  const codes = [...new Set(first.problems.map(({ code }) => code))].join(', ')
  const reasons = groupBy(first.problems, (problem) => JSON.stringify(reasonOf(problem)))
  const others = entries.flatMap(({ problems }) => problems)
  const remedies = reasons.map(([problem]) => problem?.remedy)
  const described = reasons.flatMap((same, index) => [
    ...describeReason(same, others),
    // Equal remedies of consecutive problems are shown once.
    ...(remedies[index] === undefined || remedies[index] === remedies[index + 1] ? [] : [`      → ${remedies[index]}`]),
  ])
  return [...describeSubjects(entries, codes, shown), ...described]
}

function describeSubjects(entries: readonly Entry[], codes: string, shown: number): string[] {
  const [first] = entries
  if (entries.length === 1) return [first?.subject === '' ? `  ${codes}` : `  ${first?.subject}  [${codes}]`]
  const rest = entries.length - shown
  return [
    `  ${entries.length} ${first?.problems[0]?.key === undefined ? 'names' : 'keys'}  [${codes}]`,
    ...entries.slice(0, shown).map(({ subject }) => `    - ${subject}`),
    ...(rest > 0 ? [`    … and ${rest} more`] : []),
  ]
}

function describeReason([first]: readonly Problem[], all: readonly Problem[]): string[] {
  if (first === undefined) return []
  const { expected, detail } = first
  const call = describeCalls(
    first,
    all.filter(({ action }) => action === first.action),
  )
  return [`      ${expected === undefined ? '' : `expected ${expected}: `}${detail}${call === '' ? '' : ` (${call})`}`]
}

const shownRequests = 3

function describeCalls({ action }: Problem, problems: readonly Problem[]): string {
  const attempts = problems.reduce((most, problem) => Math.max(most, problem.attempts ?? 1), 1)
  const requests = [...new Set(problems.flatMap(({ requestId }) => requestId ?? []))]
  const shown = [...requests.slice(0, shownRequests), ...(requests.length > shownRequests ? ['…'] : [])].join(', ')
  const parts = [
    action,
    attempts > 1 && `${attempts} attempts`,
    requests.length > 0 && `${requests.length === 1 ? 'request' : 'requests'} ${shown}`,
  ]
  return parts.filter((part) => part !== undefined && part !== false).join(', ')
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups.values()]
}
