import { AwsSource } from '../aws/aws-source.ts'
import type { CallAttempt } from '../aws/call.ts'
import type { Call } from '../aws/client.ts'
import { describePolicies } from '../aws/describe-policies.ts'
import { isReference, Routes, type Walk } from '../aws/routes.ts'
import { identityIn } from '../platform/aws-identity.ts'
import { platform } from '../platform/node.ts'
import type { ParameterSource, ReadOptions, ReadRequest, SecretRequest, StoredPolicy } from '../ports.ts'
import type { CandidateSpec } from '../refresh/candidate.ts'
import { specOf, toDefinition } from './define-config.ts'
import type { ConfigOptions } from './options.ts'

/**
 * What a config of these options reads, and where each stored name belongs, for the command line.
 *
 * @throws DefinitionError if the options or the schema are invalid.
 */
export function inspectDefinition(given: ConfigOptions): CandidateSpec {
  return specOf(toDefinition(given, inspectDefinition)).spec
}

/** How a config of these options reads what its definition covers. */
export interface PlannedReading {
  readonly walks: readonly Walk[]
  /** Whether Parameter Store returns a secret, and not Secrets Manager itself. */
  isReference(secret: SecretRequest): boolean
}

/** Plans the reading of a definition, without I/O. */
export function planReading({ strategy, secretsVia }: ConfigOptions, { planned }: CandidateSpec): PlannedReading {
  const routes = new Routes({
    ...(strategy !== undefined && { strategy }),
    ...(secretsVia !== undefined && { secretsVia }),
  })
  return {
    walks: planned.request.hierarchies.flatMap((hierarchy) => routes.of(hierarchy).walks),
    isReference: (secret) => isReference(secret, secretsVia),
  }
}

/** Opens the source that a config of these options reads. The caller closes it. */
export function openSource(options: ConfigOptions, place: Place = {}): ParameterSource {
  return options.source ?? openAws(options, place)
}

/** Makes other calls to Systems Manager, with the client that a config of these options reads with. */
export function openCalls(
  options: Omit<ConfigOptions, 'schema'>,
  place: Place,
): { readonly call: Call; close(): Promise<void> } {
  const source = openAws(options, place)
  return { call: source.callsTo('ssm', source.ssm, {}), close: () => source.close() }
}

interface Place {
  /** The profile of the shared config files. */
  readonly profile?: string | undefined
  onCall?(attempt: CallAttempt): void
}

/** Reads the policies of parameters, too, which only the command line shows. */
class DescribingAwsSource extends AwsSource {
  // DescribeParameters has a quota of its own: throttling there must not slow down readings.
  readonly #describe = this.callsTo('ssm', this.ssm, {})

  readPolicies(request: ReadRequest, { signal }: Pick<ReadOptions, 'signal'>): Promise<StoredPolicy[]> {
    return describePolicies(request, { call: this.#describe, clock: this.options.clock, signal })
  }
}

function openAws(options: Omit<ConfigOptions, 'schema'>, { profile, onCall }: Place): AwsSource {
  const { clock, random, nextTurn } = platform
  const environment = platform.environment()
  const readIdentity = () => identityIn(profile === undefined ? environment : { ...environment, AWS_PROFILE: profile })
  return new DescribingAwsSource({
    ...options,
    ...(profile !== undefined && { profile }),
    clock,
    random,
    nextTurn,
    readIdentity,
    ...(onCall !== undefined && { onCall }),
  })
}
