import type { Whereabouts } from '../errors.ts'
import { nearest } from '../messages/nearest.ts'
import { printable } from '../messages/printable.ts'
import { profileNames } from '../platform/aws-identity.ts'
import type { Arguments } from './arguments.ts'
import { UsageError } from './command.ts'
import { nextCommand, policyCommands, quoted } from './next-command.ts'
import type { Report } from './report.ts'
import type { Terminal } from './terminal.ts'

/** The commands to type next after a start that would fail, for the first of its causes. Each works as it is. */
export async function nextSteps(
  { definition: { file }, problems, paths, where }: Pick<Report, 'definition' | 'problems' | 'paths' | 'where'>,
  given: Arguments,
  terminal: Terminal,
): Promise<readonly string[]> {
  const codes = new Set<string>(problems.map(({ code }) => code))
  const access = await accessSteps(codes, [file], given, terminal)
  if (access !== undefined) return access
  if (codes.has('ACCESS_DENIED') || codes.has('DECRYPTION_FAILED')) {
    return [...policyCommands(problems, given, file), explainCommand(given, file)]
  }
  if (codes.has('UNREACHABLE')) return [`curl -v ${quoted(addressOf(where))}`]
  if (codes.has('THROTTLED') || codes.has('TIMEOUT')) return [repeat(given, [file])]
  if (codes.has('EMPTY_PATH')) return [listCommand(given, parentOf(paths[0] ?? '/'))]
  const key = problems.find((problem) => problem.key !== undefined)?.key
  // The report of a pipeline has the remedy already.
  return key === undefined || !terminal.isInteractive ? [] : [explainCommand(given, file, key)]
}

/**
 * The error for a call that AWS did not answer; other errors stay as they are.
 *
 * @param words The positional arguments of the present command, to repeat it.
 */
export async function describeCallFailure(
  error: unknown,
  { what, action, words }: { readonly what: string; readonly action: string; readonly words: readonly string[] },
  { given, terminal }: { readonly given: Arguments; readonly terminal: Terminal },
): Promise<unknown> {
  const { failure } = Object(error)
  if (failure === undefined) return error
  const { code, detail, remedy } = failure
  const steps = code === 'TIMEOUT' ? [repeat(given, words)] : await accessSteps(new Set([code]), words, given, terminal)
  const message = `${what} could not be read: ${printable(detail)} (${action})`
  return steps === undefined ? new UsageError(message, remedy) : new UsageError(`${message}: ${remedy}`, ...steps)
}

/** How to get a region or credentials, if these are missing. */
async function accessSteps(
  codes: ReadonlySet<string>,
  words: readonly string[],
  given: Arguments,
  { environment, isInteractive }: Terminal,
): Promise<readonly string[] | undefined> {
  const again = (option?: string, value = '') => repeat(given, words, option, value)
  if (codes.has('NO_REGION')) return [again('region', 'eu-west-1')]
  if (!codes.has('NO_CREDENTIALS') && !codes.has('EXPIRED_CREDENTIALS')) return undefined
  const known = await profileNames(environment)
  const chosen = given.text('profile') ?? environment.AWS_PROFILE
  if (chosen !== undefined && known.includes(chosen)) return [`aws sso login --profile ${quoted(chosen)}`, again()]
  const [first] = known
  if (first === undefined) {
    // The remedy says what a pipeline needs.
    if (!isInteractive) return []
    return [`aws configure sso${chosen === undefined ? '' : ` --profile ${quoted(chosen)}`}`, again()]
  }
  if (chosen !== undefined) return [again('profile', nearest(chosen, known) ?? first)]
  return [`aws sso login --profile ${quoted(first)}`, again('profile', first)]
}

/** Where Parameter Store is called. */
function addressOf({ endpoint, region = '' }: Whereabouts): string {
  return endpoint ?? `https://ssm.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

/** The present command, with another value of one option. */
function repeat(given: Arguments, words: readonly string[], option?: string, value = ''): string {
  const added = option === undefined ? [] : [`--${option}`, value]
  return nextCommand(given, { command: given.command, words: [...words, ...added], without: [option ?? ''] })
}

function explainCommand(given: Arguments, ...words: readonly string[]): string {
  return nextCommand(given, { command: 'explain', words })
}

/** Lists the names below a path. */
function listCommand(given: Arguments, path: string): string {
  const [profile, region, endpoint] = [given.text('profile'), given.text('region'), given.text('endpoint')]
  const options = [
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(region === undefined ? [] : ['--region', region]),
    ...(endpoint === undefined ? [] : ['--endpoint-url', endpoint]),
  ]
  const words = ['aws', 'ssm', 'get-parameters-by-path', '--recursive', '--path', path, ...options]
  return [...words, '--query', 'Parameters[].Name'].map(quoted).join(' ')
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}
