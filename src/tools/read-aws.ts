import { AwsSource } from '../aws/aws-source.ts'
import type { CallAttempt } from '../aws/call.ts'
import { AwsCallError, notAws } from '../aws/call-error.ts'
import { describePolicies } from '../aws/describe-policies.ts'
import type { ReadFailure } from '../errors.ts'
import type { ConfigOptions } from '../index.ts'
import { identityIn } from '../platform/aws-identity.ts'
import { platform } from '../platform/node.ts'
import type {
  HierarchyReading,
  HierarchyRequest,
  ParameterSource,
  ReadOptions,
  ReadRequest,
  StoredPolicy,
} from '../ports.ts'
import { listRequest } from '../schema/list-request.ts'
import { DeadlineReached, withDeadline } from '../time/deadline.ts'

interface Place {
  /** The profile of the shared config files. */
  readonly profile?: string | undefined
  onCall?(attempt: CallAttempt): void
}

/** Opens the source that a config of these options reads. The caller closes it. */
export function openSource(options: ConfigOptions, place: Place = {}): ParameterSource {
  return options.source ?? openAws(options, place)
}

/** Makes a call to Systems Manager, such as `GetParameterHistory`, with its retries. @throws AwsCallError */
export type Call = <Output>(operation: string, input: object) => Promise<Output>

// For one call, with its retries.
const answerMs = 10_000

/** Makes other calls to Systems Manager, with the client that a config of these options reads with. */
export function openCalls(
  options: Omit<ConfigOptions, 'schema'>,
  { signal, ...place }: Place & { readonly signal: AbortSignal },
): { readonly call: Call; close(): Promise<void> } {
  const source = openAws(options, place)
  const send = source.callsTo('ssm', source.ssm, {})
  return {
    async call<Output>(operation: string, input: object) {
      try {
        const once = (limit: AbortSignal) => send<Output>(operation, input, limit)
        return await withDeadline(platform.clock, answerMs, signal, once)
      } catch (error) {
        throw error instanceof DeadlineReached ? new AwsCallError(notAnswered, notAws) : error
      }
    },
    close: () => source.close(),
  }
}

// A path is listed page by page, which takes longer than a start that reads by name.
const listingMs = 60_000

/** Lists the names below paths without decryption, as a start does to suggest names. */
export async function listNames(
  source: ParameterSource,
  hierarchies: readonly HierarchyRequest[],
  signal: AbortSignal,
): Promise<readonly Pick<HierarchyReading, 'listed' | 'failure'>[]> {
  if (hierarchies.length === 0) return []
  const list = (limit: AbortSignal) => source.read(listRequest(hierarchies), { signal: limit, known: () => '' })
  const reading = await withDeadline(platform.clock, listingMs, signal, list).catch(() => undefined)
  return hierarchies.map((_, index) => reading?.hierarchies[index] ?? { failure: notAnswered })
}

const notAnswered: ReadFailure = {
  code: 'TIMEOUT',
  isTransient: true,
  detail: 'AWS did not answer',
  remedy: 'check the network, the region and the endpoint',
}

/** Reads the policies of parameters, too, which only the command line shows. */
class DescribingAwsSource extends AwsSource {
  // DescribeParameters has a quota of its own: throttling there must not slow down readings.
  readonly #describe = this.callsTo('ssm', this.ssm, {})

  readPolicies(request: ReadRequest, { signal }: Pick<ReadOptions, 'signal'>): Promise<StoredPolicy[]> {
    return describePolicies(request, { call: this.#describe, clock: this.options.clock, signal })
  }
}

// The SDK would warn that it prefers a profile to the keys in the environment.
const nothing = () => undefined
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }

function openAws(options: Omit<ConfigOptions, 'schema'>, { profile, onCall }: Place): AwsSource {
  const { clock, random, nextTurn } = platform
  const environment = platform.environment()
  const readIdentity = () => identityIn(profile === undefined ? environment : { ...environment, AWS_PROFILE: profile })
  return new DescribingAwsSource({
    ...options,
    ...(profile !== undefined && { sdk: { profile, logger: silent } }),
    clock,
    random,
    nextTurn,
    readIdentity,
    ...(onCall !== undefined && { onCall }),
  })
}
