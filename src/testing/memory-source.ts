import type { ReadFailure } from '../errors.ts'
import type { Clock, HierarchyReading, HierarchyRequest, ParameterSource } from '../ports.ts'
import { fullName, isBelow, splitSelector } from '../schema/names.ts'
import { DeadlineReached } from '../time/deadline.ts'
import { type MemoryParameter, MemoryParameters, type MemorySecret, MemorySecrets } from './memory-store.ts'

/** The initial contents and the clock of a memory source. */
export interface MemorySourceOptions {
  /** By full name. */
  readonly parameters?: Readonly<Record<string, string | MemoryParameter>>
  /** By name or ARN. */
  readonly secrets?: Readonly<Record<string, string | Uint8Array | MemorySecret>>
  /** Gives the time of new versions. @default new versions have no time */
  readonly clock?: Clock
}

/** Parameters and secrets without AWS. The next read returns what was put before. */
export interface MemorySource extends ParameterSource {
  /** Adds a version. A deleted parameter restarts at version 1. */
  put(name: string, parameter: string | MemoryParameter): { readonly version: number }
  /** Moves a label to a version, the latest by default. */
  label(name: string, label: string, version?: number): void
  /** Deletes a parameter with all its versions. */
  delete(name: string): void
  /** Adds a version. It becomes the current one unless `stage` says otherwise. */
  putSecret(id: string, secret: string | Uint8Array | MemorySecret): { readonly versionId: string }
  /** Deletes a secret with all its versions. */
  deleteSecret(id: string): void
  /** Makes every read of this path, name or secret fail (`*` for all) until the failure is removed. */
  fail(subject: string, failure: ReadFailure): { remove(): void }
}

/** Creates a source that reads from memory by the rules of Parameter Store and Secrets Manager. */
export function memorySource(options: MemorySourceOptions = {}): MemorySource {
  const failures = new Map<string, ReadFailure>()
  const parameters = new MemoryParameters(options.clock)
  const secrets = new MemorySecrets(options.clock)
  for (const [name, parameter] of Object.entries(options.parameters ?? {})) parameters.put(name, parameter)
  for (const [id, secret] of Object.entries(options.secrets ?? {})) secrets.put(id, secret)

  return {
    put: (name, parameter) => parameters.put(name, parameter),
    label: (name, label, version) => parameters.label(name, label, version),
    delete: (name) => parameters.delete(name),
    putSecret: (id, secret) => secrets.put(id, secret),
    deleteSecret: (id) => secrets.delete(id),
    fail(subject, failure) {
      failures.set(subject, failure)
      return { remove: () => failures.delete(subject) }
    },
    async readPolicies({ hierarchies, names }) {
      const requested = new Set(names.map((name) => fullName(splitSelector(name).name)))
      const isWanted = (name: string) => requested.has(name) || hierarchies.some(({ path }) => isBelow(name, path))
      return parameters.names.filter(isWanted).flatMap((name) => parameters.policiesOf(name))
    },
    async read(request, { signal }) {
      const timeout = timeoutOf(signal)
      const failureOf = (subject: string) => timeout ?? failures.get(subject) ?? failures.get('*')
      const names = request.names.map((name) => {
        const failure = failureOf(fullName(splitSelector(name).name))
        return [name, failure === undefined ? parameters.read(name) : failed(failure)] as const
      })
      return {
        hierarchies: request.hierarchies.map((hierarchy) => readHierarchy(parameters, hierarchy, failureOf)),
        names: new Map(names),
        secrets: request.secrets.map((secret) => {
          const failure = failureOf(secret.id)
          return failure === undefined ? secrets.read(secret) : failed(failure)
        }),
      }
    },
  }
}

function readHierarchy(
  parameters: MemoryParameters,
  { path, label, covers }: HierarchyRequest,
  failureOf: (subject: string) => ReadFailure | undefined,
): HierarchyReading {
  const failure = failureOf(path)
  if (failure !== undefined) return { parameters: [], listed: [], failures: new Map(), failure }
  const below = parameters.names.filter((name) => isBelow(name, path))
  const stored = below.flatMap((name) => parameters.find(name, label) ?? [])
  const covered = stored.filter(({ name }) => covers(name))
  const failures = new Map(
    covered.flatMap(({ name }) => {
      const failure = failureOf(name)
      return failure === undefined ? [] : [[name, failure] as const]
    }),
  )
  return {
    parameters: covered.filter(({ name }) => !failures.has(name)),
    listed: stored.map(({ name }) => name),
    failures,
  }
}

function failed(failure: ReadFailure): { readonly kind: 'failed'; readonly failure: ReadFailure } {
  return { kind: 'failed', failure }
}

function timeoutOf(signal: AbortSignal): ReadFailure | undefined {
  if (!signal.aborted) return undefined
  if (!(signal.reason instanceof DeadlineReached)) throw signal.reason
  const detail = `no answer within ${signal.reason.timeoutMs} ms`
  return { code: 'TIMEOUT', isTransient: true, detail, remedy: 'increase the timeout' }
}
