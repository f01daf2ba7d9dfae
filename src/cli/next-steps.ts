import { profileNames } from '../platform/aws-identity.ts'
import type { Arguments } from './arguments.ts'
import { nextCommand, quoted } from './next-command.ts'
import type { Report } from './report.ts'
import type { Terminal } from './terminal.ts'

/** The commands to type next after a start that would fail, for the first of its causes. Each works as it is. */
export async function nextSteps(
  { definition: { file }, problems, paths }: Pick<Report, 'definition' | 'problems' | 'paths'>,
  given: Arguments,
  terminal: Terminal,
): Promise<readonly string[]> {
  const codes = new Set(problems.map(({ code }) => code))
  const check = (...added: readonly string[]) => {
    const without = added.flatMap((word) => (word.startsWith('--') ? word.slice(2) : []))
    return nextCommand(given, { command: given.command, words: [file, ...added], without })
  }
  if (codes.has('NO_REGION')) return [check('--region', 'eu-west-1')]
  if (codes.has('NO_CREDENTIALS') || codes.has('EXPIRED_CREDENTIALS')) return signInSteps(check, given, terminal)
  if (codes.has('ACCESS_DENIED') || codes.has('DECRYPTION_FAILED')) {
    return [nextCommand(given, explains(file))]
  }
  if (codes.has('EMPTY_PATH')) {
    const [path = '/'] = paths
    return [awsCommand(given, ['get-parameters-by-path', '--recursive', '--path', parentOf(path)])]
  }
  const key = problems.find((problem) => problem.key !== undefined)?.key
  // The report of a pipeline has the remedy already.
  return key === undefined || !terminal.isInteractive ? [] : [nextCommand(given, explains(file, key))]
}

function explains(...words: readonly string[]) {
  return { command: 'explain', words }
}

async function signInSteps(
  check: (...added: readonly string[]) => string,
  given: Arguments,
  { environment }: Terminal,
): Promise<readonly string[]> {
  const known = await profileNames(environment)
  const chosen = given.text('profile') ?? environment.AWS_PROFILE
  if (chosen !== undefined && known.includes(chosen)) return [`aws sso login --profile ${quoted(chosen)}`, check()]
  const [first] = known
  if (first === undefined) return ['aws configure sso', check()]
  return [`aws sso login --profile ${quoted(first)}`, check('--profile', first)]
}

function awsCommand(given: Arguments, words: readonly string[]): string {
  const [profile, region, endpoint] = [given.text('profile'), given.text('region'), given.text('endpoint')]
  const options = [
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(region === undefined ? [] : ['--region', region]),
    ...(endpoint === undefined ? [] : ['--endpoint-url', endpoint]),
  ]
  return ['aws', 'ssm', ...words, ...options, '--query', 'Parameters[].Name'].map(quoted).join(' ')
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}
