import type { Parameter } from '@aws-sdk/client-ssm'
import type { ReadFailure } from '../errors.ts'
import type { Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { settleAll } from '../refresh/settle-all.ts'
import { referencePrefix } from '../schema/secret-id.ts'
import { CallFailed } from './aws-errors.ts'
import { chunk } from './by-name.ts'
import type { Ssm } from './ssm.ts'

/** Reads secrets through Parameter Store, ten a call and apart from parameters: a bad one may fail its whole call. */
export async function readReferences(
  ssm: Ssm,
  secrets: readonly SecretRequest[],
  signal: AbortSignal,
): Promise<readonly Outcome<StoredSecret>[]> {
  const batches = await settleAll(chunk(secrets).map((batch) => readBatch(ssm, batch, signal)))
  return batches.flat()
}

async function readBatch(
  ssm: Ssm,
  secrets: readonly SecretRequest[],
  signal: AbortSignal,
): Promise<Outcome<StoredSecret>[]> {
  let answers: readonly Parameter[] = []
  try {
    answers = (await ssm.getParameters(secrets.map(nameOf), signal)).Parameters ?? []
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    const { failure } = error
    if (failure.isTransient) return secrets.map(() => ({ kind: 'failed', failure }))
  }
  return settleAll(secrets.map(async (secret) => matched(secret, secrets, answers) ?? readAlone(ssm, secret, signal)))
}

function matched(
  secret: SecretRequest,
  secrets: readonly SecretRequest[],
  answers: readonly Parameter[],
): Outcome<StoredSecret> | undefined {
  const base = `${referencePrefix}${secret.id}`
  const isOnlyOne = secrets.filter(({ id }) => id === secret.id).length === 1
  const answer = answers.find(
    ({ Name, Selector }) => Name === base && (isOnlyOne || (Selector ?? '') === suffixOf(secret)),
  )
  return answer === undefined ? undefined : toOutcome(answer)
}

/** Only alone does a reference tell what is wrong with it. */
async function readAlone(ssm: Ssm, secret: SecretRequest, signal: AbortSignal): Promise<Outcome<StoredSecret>> {
  try {
    const { Parameter } = await ssm.getParameter(nameOf(secret), signal)
    return Parameter === undefined ? { kind: 'missing' } : toOutcome(Parameter)
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    const { failure, errorName } = error
    if (errorName === 'ParameterNotFound' || errorName === 'ParameterVersionNotFound') return { kind: 'missing' }
    return { kind: 'failed', failure: { ...failure, ...reasonFor(failure, secret) } }
  }
}

function reasonFor({ code, detail }: ReadFailure, { id }: SecretRequest): Partial<ReadFailure> {
  if (code === 'ACCESS_DENIED') {
    const remedy = `allow ssm:GetParameter and ssm:GetParameters on parameter${referencePrefix}${id}, and secretsmanager:GetSecretValue on the secret`
    return { remedy }
  }
  if (code !== 'INVALID_REQUEST') return {}
  if (/invalid request to secrets manager/i.test(detail)) {
    return {
      code: 'SECRET_DELETED',
      detail: 'the secret is marked for deletion',
      remedy: 'restore it, or use another one',
    }
  }
  return { code: 'INVALID_REFERENCE', remedy: 'write the name of the secret, optionally with :<stage or version id>' }
}

function toOutcome(parameter: Parameter): Outcome<StoredSecret> {
  const { Value, ARN, LastModifiedDate } = parameter
  if (Value === undefined) return { kind: 'failed', failure: binary }
  const modifiedAt = LastModifiedDate?.getTime()
  const versionId = versionIdOf(parameter) ?? `modified-${modifiedAt ?? 'unknown'}`
  const found: StoredSecret = {
    versionId,
    value: Value,
    ...(ARN !== undefined && { arn: ARN }),
    ...(modifiedAt !== undefined && { modifiedAt }),
  }
  return { kind: 'found', found }
}

const binary: ReadFailure = {
  code: 'BINARY_SECRET',
  isTransient: false,
  detail: 'the secret is binary, and text was expected',
  remedy: 'declare it as secret(id, { binary: true })',
}

// SourceResult repeats the plaintext, so nothing of it but the version id leaves this function. Its keys are spelled
// otherwise than documented: https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
function versionIdOf({ SourceResult }: Parameter): string | undefined {
  if (SourceResult === undefined) return undefined
  try {
    const entries: [string, unknown][] = Object.entries(JSON.parse(SourceResult))
    const [, versionId] = entries.find(([key]) => key.toLowerCase() === 'versionid') ?? []
    return typeof versionId === 'string' ? versionId : undefined
  } catch {
    return undefined
  }
}

function nameOf(secret: SecretRequest): string {
  return `${referencePrefix}${secret.id}${suffixOf(secret)}`
}

function suffixOf({ selector }: SecretRequest): string {
  return selector === undefined ? '' : `:${selector}`
}
