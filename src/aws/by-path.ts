import type { GetParametersByPathCommandInput, GetParametersByPathCommandOutput } from '@aws-sdk/client-ssm'
import type { ReadFailure } from '../errors.ts'
import type { HierarchyReading, HierarchyRequest, StoredParameter } from '../ports.ts'
import { settleAll } from '../time/settle.ts'
import { gather, type NameReading, readByName } from './by-name.ts'
import { AwsCallError } from './call-error.ts'
import { type AnsweredParameter, type ParameterStore, toOutcome } from './parameter-store.ts'
import type { Routes, Walk } from './routes.ts'

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
const pageSize = 10
const maxRestarts = 2
const action = 'ssm:GetParametersByPath'

/**
 * Reads the walks of a hierarchy, and adds the parameters that were read by name. A role that may walk a path may read
 * everything below it, but cannot always walk a part of it alone: its parent is then walked.
 */
export async function walkHierarchy(
  request: HierarchyRequest,
  named: () => Promise<HierarchyReading>,
  reading: NameReading & { readonly routes: Routes },
): Promise<HierarchyReading> {
  const done = new Map<string, Walked>()
  const keyOf = ({ path, isRecursive }: Walk) => `${path} ${isRecursive}`
  for (;;) {
    const { walks } = reading.routes.of(request)
    const fresh = walks.filter((walk) => !done.has(keyOf(walk)))
    const read = await settleAll(fresh.map((walk) => readByPath(request, walk, reading)))
    for (const result of read) done.set(keyOf(result.walk), result)
    const refused = read.filter(({ walk, failure }) => walk.path !== request.path && failure?.code === 'ACCESS_DENIED')
    for (const { walk } of refused) reading.routes.deny(walk.path)
    const walked = walks.flatMap((walk) => done.get(keyOf(walk)) ?? [])
    if (refused.length === 0) return join(request, await named(), walked)
  }
}

/** The result of a walk. */
interface Walked extends HierarchyReading {
  readonly walk: Walk
}

function join({ path }: HierarchyRequest, named: HierarchyReading, walks: readonly Walked[]): HierarchyReading {
  const all = [named, ...walks]
  const [first, ...others] = walks
  const isWhole = first?.walk.path === path && first.walk.isRecursive && others.length === 0
  const failure = [...walks, named].find((part) => part.failure !== undefined)?.failure
  // A parameter that is written during a walk may appear on two pages: the later page is newer.
  const parameters = new Map(all.flatMap((part) => part.parameters.map((parameter) => [parameter.name, parameter])))
  return {
    parameters: [...parameters.values()],
    failures: new Map(all.flatMap((part) => [...part.failures])),
    ...(isWhole && first.listed !== undefined && { listed: first.listed }),
    ...(failure !== undefined && { failure }),
  }
}

/** Reads the parameters of a walk, page by page: each page holds the token of the next one. */
async function readByPath(request: HierarchyRequest, walk: Walk, reading: NameReading): Promise<Walked> {
  const { label } = request
  const filters = label === undefined ? {} : { ParameterFilters: [{ Key: 'Label', Option: 'Equals', Values: [label] }] }
  const input = { Path: walk.path, Recursive: walk.isRecursive, MaxResults: pageSize, ...filters }
  const list = (WithDecryption: boolean) => walkPages(reading.ssm, { ...input, WithDecryption }, reading.signal)
  try {
    const decrypted = reading.known === undefined ? await list(true).catch(unlessAboutKey) : undefined
    const answers = decrypted ?? (await list(false))
    const used = answers.filter(({ name }) => request.covers(name))
    const covered = gather(used.map((answer) => [answer.name, toOutcome(answer, action)]))
    const read = decrypted === undefined ? await decrypt(covered, reading) : covered
    return { walk, ...read, listed: answers.map(({ name }) => name) }
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error
    const failure = describeFailure(request, walk, error.failure)
    return { walk, parameters: [], failures: new Map(), failure }
  }
}

/** Decrypts the listed parameters that are not known. */
async function decrypt(
  { parameters, failures }: Omit<HierarchyReading, 'listed'>,
  reading: NameReading,
): Promise<HierarchyReading> {
  const clear: StoredParameter[] = []
  const changed = new Map<string, string>()
  for (const parameter of parameters) {
    const { name, version, type } = parameter
    const value = type === 'SecureString' ? reading.known?.(name, parameter) : parameter.value
    if (value !== undefined) clear.push({ ...parameter, value })
    // At the version that was listed: it may be that of a label, and the other parameters were read at that moment.
    else changed.set(`${name}:${version}`, name)
  }
  const outcomes = await readByName([...changed.keys()], { ...reading, known: undefined })
  const read = gather([...changed].map(([asked, name]) => [name, outcomes.get(asked)]))
  return { parameters: [...clear, ...read.parameters], failures: new Map([...failures, ...read.failures]) }
}

async function walkPages(
  ssm: ParameterStore,
  input: GetParametersByPathCommandInput,
  signal: AbortSignal,
  restarts: number = maxRestarts,
): Promise<AnsweredParameter[]> {
  const parameters: AnsweredParameter[] = []
  const tokens = new Set<string>()
  for (let token: string | undefined; ; ) {
    try {
      const next = { ...input, ...(token && { NextToken: token }) }
      const page = await ssm.call<GetParametersByPathCommandOutput>('GetParametersByPath', next, signal)
      parameters.push(...ssm.accept(page.Parameters, action, { isDecrypting: input.WithDecryption === true }))
      // A page may be empty and not be the last: only a missing token ends the walk.
      token = page.NextToken || undefined
    } catch (error) {
      const isStale = error instanceof AwsCallError && error.errorName === 'InvalidNextToken'
      if (isStale && restarts > 0) return walkPages(ssm, input, signal, restarts - 1)
      throw withPages(error, tokens.size, parameters.length)
    }
    if (token === undefined) return parameters
    if (tokens.has(token)) throw new AwsCallError(repeatedToken, 'RepeatedToken')
    tokens.add(token)
  }
}

// If the deadline ends a listing, the error says how many pages were read: the network is then not the cause.
function withPages(error: unknown, pages: number, parameters: number): unknown {
  if (pages === 0 || !(error instanceof AwsCallError) || !error.failure.isTransient) return error
  const { failure, errorName } = error
  const read = `${pages === 1 ? '1 page' : `${pages} pages`} of this path (${parameters} parameters) were read`
  const late = {
    detail: `${read}, and the next was not answered in time`,
    remedy: 'raise startup.timeoutMs, read a path that holds less, or name the keys in the schema',
  }
  const other = { detail: `${failure.detail} (${read} before that)` }
  return new AwsCallError({ ...failure, ...(failure.code === 'TIMEOUT' ? late : other) }, errorName)
}

const repeatedToken: ReadFailure = {
  code: 'AWS_ERROR',
  isTransient: false,
  detail: 'GetParametersByPath returned the same NextToken twice for this path',
  remedy: 'report this to the operator of the endpoint',
  action,
}

// A key that the role may not use fails the whole page, even for a parameter that is not covered.
function unlessAboutKey(error: unknown): undefined {
  const { code, detail = '' } = error instanceof AwsCallError ? error.failure : {}
  if (code === 'DECRYPTION_FAILED' || (code === 'ACCESS_DENIED' && !detail.includes(action))) return undefined
  throw error
}

function describeFailure({ open, levels = [] }: HierarchyRequest, { path }: Walk, failure: ReadFailure): ReadFailure {
  if (failure.code !== 'ACCESS_DENIED') return failure
  const place = failure.remedy.includes(' on ') ? '' : ` on the path ${path}`
  const way = open?.length === 0 && levels.length === 0 ? ", or set strategy: 'by-name'" : ''
  return { ...failure, remedy: `${failure.remedy}${place}${way}` }
}
