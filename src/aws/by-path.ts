import type { GetParametersByPathCommandInput } from '@aws-sdk/client-ssm'
import type { ReadFailure } from '../errors.ts'
import type { HierarchyRequest, KnownParameters, StoredParameter } from '../ports.ts'
import { type NameReading, readByName } from './by-name.ts'
import { AwsCallError } from './call-error.ts'
import { type AnsweredParameter, type ParameterStore, toOutcome } from './parameter-store.ts'
import type { Walk } from './routes.ts'

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
const pageSize = 10
const maxRestarts = 2

/** The result of a walk. */
export interface Walked {
  readonly walk: Walk
  /** The covered parameters that were read. */
  readonly parameters: readonly StoredParameter[]
  /** All names that were listed. */
  readonly listed: readonly string[]
  readonly failures: ReadonlyMap<string, ReadFailure>
  readonly failure?: ReadFailure
}

/** Reads the parameters of a walk, page by page: each page holds the token of the next one. */
export async function readByPath(request: HierarchyRequest, walk: Walk, reading: NameReading): Promise<Walked> {
  if (reading.known !== undefined) return readUndecrypted(request, walk, reading)
  try {
    const parameters = await walkPages(reading.ssm, inputOf(request, walk, true), reading.signal)
    return walkedOf(request, walk, parameters)
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error
    if (!isAboutKey(error.failure)) return failed(request, walk, error.failure)
    // A key that the role may not use fails the whole page, even for a parameter that is not covered.
    return readUndecrypted(request, walk, reading)
  }
}

/** Lists the parameters first, and then decrypts those that are covered and not known. */
async function readUndecrypted(request: HierarchyRequest, walk: Walk, reading: NameReading): Promise<Walked> {
  try {
    const listed = await walkPages(reading.ssm, inputOf(request, walk, false), reading.signal)
    const { parameters, failures } = coveredBy(request, listed)
    const { clear, changed } = separate(parameters, reading.known)
    // At the version that was listed: it may be that of a label, and the other parameters were read at that moment.
    const names = new Map(changed.map(({ name, version }) => [`${name}:${version}`, name]))
    const decrypted = await readByName([...names.keys()], { ...reading, known: undefined })
    for (const [asked, outcome] of decrypted) {
      const name = names.get(asked)
      if (outcome.kind === 'failed' && name !== undefined) failures.set(name, outcome.failure)
    }
    const found = [...decrypted.values()].flatMap((outcome) => (outcome.kind === 'found' ? outcome.found : []))
    return { walk, parameters: [...clear, ...found], listed: listed.map(({ name }) => name), failures }
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error
    return failed(request, walk, error.failure)
  }
}

function separate(
  parameters: readonly StoredParameter[],
  known: KnownParameters | undefined,
): { readonly clear: readonly StoredParameter[]; readonly changed: readonly StoredParameter[] } {
  const clear: StoredParameter[] = []
  const changed: StoredParameter[] = []
  for (const parameter of parameters) {
    const value = parameter.type === 'SecureString' ? known?.(parameter.name, parameter) : parameter.value
    if (value === undefined) changed.push(parameter)
    else clear.push({ ...parameter, value })
  }
  return { clear, changed }
}

async function walkPages(
  ssm: ParameterStore,
  input: GetParametersByPathCommandInput,
  signal: AbortSignal,
): Promise<AnsweredParameter[]> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await walkPagesOnce(ssm, input, signal)
    } catch (error) {
      const isStale = error instanceof AwsCallError && error.errorName === 'InvalidNextToken'
      if (!isStale || restarts === maxRestarts) throw error
    }
  }
}

async function walkPagesOnce(
  ssm: ParameterStore,
  input: GetParametersByPathCommandInput,
  signal: AbortSignal,
): Promise<AnsweredParameter[]> {
  const parameters: AnsweredParameter[] = []
  const tokens = new Set<string>()
  for (let token: string | undefined; ; ) {
    const page = await ssm
      .getParametersByPath(token === undefined ? input : { ...input, NextToken: token }, signal)
      .catch((error: unknown) => throwWithPages(error, tokens.size, parameters.length))
    parameters.push(...page.parameters)
    token = page.nextToken
    if (token === undefined) return parameters
    if (tokens.has(token)) throw new AwsCallError(repeatedToken, 'RepeatedToken')
    tokens.add(token)
  }
}

// If the deadline ends a listing, the error says how many pages were read: the network is then not the cause.
function throwWithPages(error: unknown, pages: number, parameters: number): never {
  if (pages === 0 || !(error instanceof AwsCallError) || !error.failure.isTransient) throw error
  const { failure, errorName } = error
  const read = `${pages === 1 ? '1 page' : `${pages} pages`} of this path (${parameters} parameters) were read`
  const late = {
    detail: `${read}, and the next was not answered in time`,
    remedy: 'raise startup.timeoutMs, read a path that holds less, or name the keys in the schema',
  }
  const other = { detail: `${failure.detail} (${read} before that)` }
  throw new AwsCallError({ ...failure, ...(failure.code === 'TIMEOUT' ? late : other) }, errorName)
}

const repeatedToken: ReadFailure = {
  code: 'AWS_ERROR',
  isTransient: false,
  detail: 'GetParametersByPath returned the same NextToken twice for this path',
  remedy: 'report this to the operator of the endpoint',
  action: 'ssm:GetParametersByPath',
}

function inputOf(
  { label }: HierarchyRequest,
  { path, isRecursive }: Walk,
  isDecrypting: boolean,
): GetParametersByPathCommandInput {
  const filters = label === undefined ? {} : { ParameterFilters: [{ Key: 'Label', Option: 'Equals', Values: [label] }] }
  return { Path: path, Recursive: isRecursive, WithDecryption: isDecrypting, MaxResults: pageSize, ...filters }
}

function walkedOf(request: HierarchyRequest, walk: Walk, parameters: readonly AnsweredParameter[]): Walked {
  return { walk, ...coveredBy(request, parameters), listed: parameters.map(({ name }) => name) }
}

/** The covered parameters, and the failures of those that cannot be used. */
function coveredBy({ covers }: HierarchyRequest, answers: readonly AnsweredParameter[]) {
  const parameters: StoredParameter[] = []
  const failures = new Map<string, ReadFailure>()
  for (const answer of answers) {
    if (!covers(answer.name)) continue
    const outcome = toOutcome(answer, 'ssm:GetParametersByPath')
    if (outcome.kind === 'found') parameters.push(outcome.found)
    else if (outcome.kind === 'failed') failures.set(answer.name, outcome.failure)
  }
  return { parameters, failures }
}

function isAboutKey({ code, detail }: ReadFailure): boolean {
  return code === 'DECRYPTION_FAILED' || (code === 'ACCESS_DENIED' && !detail.includes('ssm:GetParametersByPath'))
}

function failed({ open }: HierarchyRequest, walk: Walk, failure: ReadFailure): Walked {
  const isDenied = failure.code === 'ACCESS_DENIED'
  const isVague = isDenied && !failure.remedy.includes(' on ')
  const place = isVague ? ` on the path ${walk.path}` : ''
  const way = isDenied && open?.length === 0 ? ", or set strategy: 'by-name'" : ''
  const remedy = `${failure.remedy}${place}${way}`
  return { walk, parameters: [], listed: [], failures: new Map(), failure: { ...failure, remedy } }
}
