import type { ReadFailure } from '../errors.ts'
import type { Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { settleAll } from '../time/settle.ts'
import { answerTo, chunk, type DeniedNames } from './by-name.ts'
import { AwsCallError, isAboutSubject, isNotFound } from './call-error.ts'
import type { AnsweredParameter, ParameterStore } from './parameter-store.ts'
import { referenceName } from './routes.ts'
import { binarySecret, deletedSecret } from './secret-failures.ts'

/** Reads secrets through Parameter Store, ten a call, separately from parameters: a bad reference may fail its call. */
export async function readReferences(
  ssm: ParameterStore,
  secrets: readonly SecretRequest[],
  denied: DeniedNames,
  signal: AbortSignal,
): Promise<readonly Outcome<StoredSecret>[]> {
  const names = [...new Set(secrets.map(referenceName))]
  const alone = names.filter((name) => denied.has(name))
  const together = chunk(names.filter((name) => !denied.has(name)))
  const read = await settleAll([
    ...together.map((batch) => readBatch(ssm, batch, denied, signal)),
    ...alone.map(async (name) => [await readAlone(ssm, name, denied, signal)]),
  ])
  const outcomes = new Map(read.flat())
  return secrets.map((secret) => outcomes.get(referenceName(secret)) ?? { kind: 'missing' })
}

type Settled = readonly [string, Outcome<StoredSecret>]

async function readBatch(
  ssm: ParameterStore,
  names: readonly string[],
  denied: DeniedNames,
  signal: AbortSignal,
): Promise<Settled[]> {
  let answers: readonly AnsweredParameter[] = []
  try {
    answers = (await ssm.getParameters(names, { isDecrypting: true, signal })).parameters
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error
    const { failure } = error
    if (!isAboutSubject(error)) return names.map((name) => [name, { kind: 'failed', failure }])
  }
  return settleAll(
    names.map(async (name): Promise<Settled> => {
      const answer = answerTo(name, names, answers)
      return answer === undefined ? readAlone(ssm, name, denied, signal) : [name, toOutcome(answer)]
    }),
  )
}

/** A reference that is read alone gets an error of its own. */
async function readAlone(
  ssm: ParameterStore,
  name: string,
  denied: DeniedNames,
  signal: AbortSignal,
): Promise<Settled> {
  try {
    const answer = await ssm.getParameter(name, signal)
    denied.delete(name)
    return [name, toOutcome(answer)]
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error
    if (isNotFound(error)) return [name, { kind: 'missing' }]
    const { failure } = error
    if (failure.code === 'ACCESS_DENIED' || failure.code === 'DECRYPTION_FAILED') denied.add(name)
    return [name, { kind: 'failed', failure: { ...failure, ...reasonFor(failure, name) } }]
  }
}

function reasonFor({ code, detail, remedy }: ReadFailure, name: string): Partial<ReadFailure> {
  if (code === 'ACCESS_DENIED') {
    const grant = `ssm:GetParameter and ssm:GetParameters on parameter${name}, and secretsmanager:GetSecretValue on the secret`
    return { remedy: remedy.startsWith('remove') ? `${remedy}; also needed: ${grant}` : `allow ${grant}` }
  }
  if (code !== 'INVALID_REQUEST') return {}
  if (/invalid request to secrets manager/i.test(detail)) return deletedSecret
  return { code: 'INVALID_REFERENCE', remedy: 'write the name of the secret, optionally with :<stage or version id>' }
}

function toOutcome({ value, arn, modifiedAt, secretVersionId }: AnsweredParameter): Outcome<StoredSecret> {
  if (value === undefined) return { kind: 'failed', failure: binarySecret }
  const found: StoredSecret = {
    versionId: secretVersionId ?? `modified-${modifiedAt ?? 'unknown'}`,
    value,
    ...(arn?.includes(':secretsmanager:') && { arn }),
    ...(modifiedAt !== undefined && { modifiedAt }),
  }
  return { kind: 'found', found }
}
