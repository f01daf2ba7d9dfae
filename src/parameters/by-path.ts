import type { GetParametersByPathCommandInput, Parameter } from '@aws-sdk/client-ssm'
import type { ReadFailure } from '../errors.ts'
import type { HierarchyReading, HierarchyRequest, StoredParameter } from '../ports.ts'
import { CallFailed } from './aws-errors.ts'
import { type DeniedNames, readByName } from './by-name.ts'
import { type Ssm, toStored } from './ssm.ts'

const pageSize = 10
const restarts = 2

/** Reads every parameter below a path, page by page: each page's token comes with the page before it. */
export async function readByPath(
  ssm: Ssm,
  request: HierarchyRequest,
  denied: DeniedNames,
  signal: AbortSignal,
): Promise<HierarchyReading> {
  try {
    const parameters = await walk(ssm, inputOf(request, true), signal)
    return readingOf(request, parameters, new Map())
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    if (!isAboutKey(error.failure)) return failed(error.failure)
    return readUndecrypted(ssm, request, denied, signal, error.failure)
  }
}

// A key that is not ours to use fails the whole page, even for a parameter that nobody wants.
async function readUndecrypted(
  ssm: Ssm,
  request: HierarchyRequest,
  denied: DeniedNames,
  signal: AbortSignal,
  first: ReadFailure,
): Promise<HierarchyReading> {
  let parameters: Parameter[]
  try {
    parameters = await walk(ssm, inputOf(request, false), signal)
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    return failed(first)
  }
  const secured = parameters.filter(({ Type, Name = '' }) => Type === 'SecureString' && request.covers(withSlash(Name)))
  const names = secured.map(({ Name = '', Version = 0 }) => `${withSlash(Name)}:${Version}`)
  const decrypted = await readByName(ssm, names, denied, signal)
  const failures = new Map<string, ReadFailure>()
  const readable = parameters.filter(({ Type }) => Type !== 'SecureString')
  const found: StoredParameter[] = []
  for (const [name, outcome] of decrypted) {
    if (outcome.kind === 'found') found.push(outcome.found)
    else if (outcome.kind === 'failed') failures.set(name.slice(0, name.lastIndexOf(':')), outcome.failure)
  }
  const { listed } = readingOf(request, parameters, failures)
  const plain = readingOf(request, readable, failures).parameters
  return { parameters: [...plain, ...found], listed, failures }
}

async function walk(
  ssm: Ssm,
  input: GetParametersByPathCommandInput,
  signal: AbortSignal,
  restartsLeft: number = restarts,
): Promise<Parameter[]> {
  const parameters: Parameter[] = []
  const tokens = new Set<string>()
  let token: string | undefined
  do {
    try {
      const page = await ssm.getParametersByPath(token === undefined ? input : { ...input, NextToken: token }, signal)
      parameters.push(...(page.Parameters ?? []))
      // A page may be empty and not be the last: only a missing token ends the walk.
      token = page.NextToken === '' ? undefined : page.NextToken
    } catch (error) {
      const isStale = error instanceof CallFailed && error.errorName === 'InvalidNextToken'
      if (isStale && restartsLeft > 0) return walk(ssm, input, signal, restartsLeft - 1)
      throw error
    }
    if (token !== undefined && tokens.has(token)) throw new CallFailed(endless, 'EndlessPages')
    if (token !== undefined) tokens.add(token)
  } while (token !== undefined)
  return parameters
}

const endless: ReadFailure = {
  code: 'AWS_ERROR',
  isTransient: true,
  detail: 'the pages of this path come round in a circle',
  remedy: 'report it to whoever runs the endpoint',
  action: 'ssm:GetParametersByPath',
}

function inputOf({ path, label }: HierarchyRequest, isDecrypting: boolean): GetParametersByPathCommandInput {
  const filters = label === undefined ? {} : { ParameterFilters: [{ Key: 'Label', Option: 'Equals', Values: [label] }] }
  return { Path: path, Recursive: true, WithDecryption: isDecrypting, MaxResults: pageSize, ...filters }
}

function readingOf(
  request: HierarchyRequest,
  parameters: readonly Parameter[],
  failures: ReadonlyMap<string, ReadFailure>,
): HierarchyReading {
  const stored = parameters.flatMap((parameter) => toStored(parameter) ?? [])
  return {
    parameters: stored.filter(({ name }) => request.covers(name)),
    listed: stored.map(({ name }) => name),
    failures,
  }
}

function isAboutKey({ code, detail }: ReadFailure): boolean {
  return code === 'DECRYPTION_FAILED' || (code === 'ACCESS_DENIED' && !detail.includes('ssm:GetParametersByPath'))
}

function failed(failure: ReadFailure): HierarchyReading {
  return { parameters: [], listed: [], failures: new Map(), failure }
}

function withSlash(name: string): string {
  return name.startsWith('/') ? name : `/${name}`
}
