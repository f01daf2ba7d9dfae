import type { LoadErrorParts, Problem, Whereabouts } from '../errors.ts'
import { groupBy } from './group-by.ts'

/** The message of a DefinitionError. */
export function definitionMessage(problems: readonly Problem[]): string {
  const title =
    problems.length === 1 ? 'the definition has a problem' : `the definition has ${problems.length} problems`
  return [`liveparam: ${title}`, '', ...describeProblems(problems, manyShown)].join('\n')
}

/** The message of a LoadError. */
export function loadMessage(parts: LoadErrorParts): string {
  const { missing, unreadable, invalid, attempts, elapsedMs, isServing, where, progress, backup } = parts
  // An empty path explains the missing keys. It is not a key.
  const keys = missing.filter(({ code }) => code !== 'EMPTY_PATH')
  const empty = missing.filter(({ code }) => code === 'EMPTY_PATH')
  const sections = Object.entries({ missing: keys, empty, unreadable, invalid })
  const counts = sections.map(([word, problems]) => `${bySubject(problems).length} ${word}`)
  // The calls of one attempt have attempts of their own, which their problems show.
  const effort = `${attempts === 1 ? '' : `${attempts} attempts `}in ${Math.round(elapsedMs)} ms`
  const title =
    isServing && backup === undefined
      ? 'could not refresh the configuration, the last one stays in use'
      : 'could not load the configuration'
  const place = describePlace(where).join(', ')
  return [
    `liveparam: ${title}: ${counts.filter((part) => part[0] !== '0').join(', ')} (${effort})`,
    ...[place && `read with ${place}`, progress, backup].flatMap((line) => (line ? [`  ${line}`] : [])),
    ...describeFindings(parts),
  ].join('\n')
}

/** What a start or a refresh found wrong, in sections that begin with an empty line. */
export function describeFindings(found: Pick<LoadErrorParts, 'missing' | 'unreadable' | 'invalid'>): string[] {
  return [
    ...section('Missing', found.missing, manyShown),
    ...section('Could not be read', found.unreadable, fewShown),
    ...section('Invalid', found.invalid, manyShown),
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

function section(title: string, problems: readonly Problem[], shown: number): string[] {
  return problems.length === 0 ? [] : ['', title, ...describeProblems(problems, shown)]
}

// Keys with equal problems share one description, such as those that a role may not read.
function describeProblems(problems: readonly Problem[], shown: number): string[] {
  const alike = groupBy(bySubject(problems), (own) => JSON.stringify(own.map(reasonOf)))
  return [...alike.values()].flatMap((subjects) => [...describeSubjects(subjects, shown), ...describeReasons(subjects)])
}

/** The problems of each key or parameter. */
function bySubject(problems: readonly Problem[]): Problem[][] {
  return [...groupBy(problems, ({ key, parameter }) => JSON.stringify([key, parameter])).values()]
}

function reasonOf({ code, expected, detail, remedy, action }: Problem): readonly unknown[] {
  return [code, expected, detail, remedy, action]
}

function describeSubjects(subjects: readonly Problem[][], shown: number): string[] {
  const [own = []] = subjects
  const codes = [...new Set(own.map(({ code }) => code))].join(', ')
  const names = subjects.map(([first]) => {
    return [first?.key, first?.parameter].filter((part) => part !== undefined).join('  ')
  })
  if (names.length === 1) return [names[0] === '' ? `  ${codes}` : `  ${names[0]}  [${codes}]`]
  return [
    `  ${names.length} ${own[0]?.key === undefined ? 'names' : 'keys'}  [${codes}]`,
    ...names.slice(0, shown).map((name) => `    - ${name}`),
    ...(names.length > shown ? [`    … and ${names.length - shown} more`] : []),
  ]
}

function describeReasons(subjects: readonly Problem[][]): string[] {
  const [own = []] = subjects
  const alike = groupBy(own, (problem) => JSON.stringify(reasonOf(problem)))
  const reasons = [...alike.values()].flatMap(([first]) => first ?? [])
  return reasons.flatMap(({ expected, detail, remedy, action }, index) => {
    const calls = describeCalls(subjects.flat().filter((problem) => problem.action === action))
    const what = `${expected === undefined ? '' : `expected ${expected}: `}${detail}`
    // Equal remedies of consecutive problems are shown once.
    const isShown = remedy !== undefined && remedy !== reasons[index + 1]?.remedy
    return [`      ${what}${calls === '' ? '' : ` (${calls})`}`, ...(isShown ? [`      → ${remedy}`] : [])]
  })
}

const shownRequests = 3

/** Describes the calls of problems with one action. */
function describeCalls(problems: readonly Problem[]): string {
  const attempts = problems.reduce((most, problem) => Math.max(most, problem.attempts ?? 1), 1)
  const requests = [...new Set(problems.flatMap(({ requestId }) => requestId ?? []))]
  const shown = [...requests.slice(0, shownRequests), ...(requests.length > shownRequests ? ['…'] : [])].join(', ')
  const parts = [
    problems[0]?.action,
    attempts > 1 && `${attempts} attempts`,
    requests.length > 0 && `${requests.length === 1 ? 'request' : 'requests'} ${shown}`,
  ]
  return parts.filter((part) => part !== undefined && part !== false).join(', ')
}
