import { isObject, isText, type Json } from '../aws/json.ts'
import { type AwsChange, parseChangeEvent, readChangeEvent } from '../notifications/change-event.ts'

/** What one record of a Lambda event tells: nothing, where it is not understood. */
export interface LambdaRecord {
  /** By which SQS is told of a record that failed; absent for the records of others. */
  readonly messageId?: string
  readonly change: AwsChange | undefined
}

/**
 * The records of an event that a Lambda function was invoked with: by EventBridge, SQS or SNS. None where it is of
 * something else. Never throws.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
 */
export function readLambdaEvent(event: unknown): readonly LambdaRecord[] {
  if (!isObject(event)) return []
  if (Array.isArray(event.Records)) return event.Records.filter(isObject).flatMap(readRecord)
  return [{ change: readChangeEvent(event) }]
}

function readRecord(record: Json): LambdaRecord[] {
  if (record.eventSource === 'aws:sqs' && isText(record.messageId)) {
    return [{ messageId: record.messageId, change: isText(record.body) ? parseChangeEvent(record.body) : undefined }]
  }
  const { Sns } = record
  if (record.EventSource !== 'aws:sns' || !isObject(Sns)) return []
  return [{ change: isText(Sns.Message) ? parseChangeEvent(Sns.Message) : undefined }]
}
