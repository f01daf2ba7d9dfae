import { isObject, isText, type Json } from '../aws/json.ts'
import type { Hint } from '../ports.ts'
import { isArn } from '../schema/arn.ts'

type About = Pick<Hint, 'operation' | 'label' | 'version'>

/**
 * Reads the change of a secret from a CloudTrail record. `undefined` when the call failed or changes no value.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
 */
export function aboutTrailedSecret(record: Json): Hint | undefined {
  const { eventName, errorCode } = record
  const request = isObject(record.requestParameters) ? record.requestParameters : {}
  const secret = secretIn(record, request)
  if (!isText(eventName) || errorCode !== undefined || secret === undefined) return undefined
  const about = Object.hasOwn(changes, eventName) ? changes[eventName]?.(request) : undefined
  return about && { kind: 'secret', ...secret, ...about }
}

const put = (): About => ({ operation: 'put' })

const changes: Readonly<Record<string, (request: Json) => About>> = {
  CreateSecret: put,
  UpdateSecret: ({ clientRequestToken }) => (isText(clientRequestToken) ? labelled(clientRequestToken) : put()),
  PutSecretValue: ({ clientRequestToken, versionStages }) => {
    const [stage] = Array.isArray(versionStages) ? versionStages.filter(isText) : []
    return labelled(clientRequestToken, stage)
  },
  UpdateSecretVersionStage: ({ versionStage, moveToVersionId }) =>
    isText(versionStage) ? labelled(moveToVersionId, versionStage) : put(),
  RotateSecret: put,
  RotationSucceeded: put,
  RestoreSecret: put,
  EndSecretVersionDelete: put,
  DeleteSecret: () => ({ operation: 'delete' }),
}

// The token of the call becomes the id of the version that it creates.
function labelled(version: unknown, label = 'AWSCURRENT'): About {
  return { operation: 'label', label, ...(isText(version) && { version }) }
}

// The name or ARN is in one of several places, and AWS spells one of them in two ways.
function secretIn(record: Json, { secretId, name }: Json): Pick<Hint, 'name' | 'arn'> | undefined {
  const response = isObject(record.responseElements) ? record.responseElements : {}
  const additional = isObject(record.additionalEventData) ? record.additionalEventData : {}
  const ids = [secretId, response.arn, response.aRN, additional.SecretId, response.name, name].filter(isText)
  const [id] = ids
  const arn = ids.find(isArn)
  return id === undefined ? undefined : { name: id, ...(arn !== undefined && { arn }) }
}
