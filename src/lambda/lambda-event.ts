import { isObject, isText, type Json } from '../aws/json.ts'
import { type AwsChange, parseChangeEvent, readChangeEvent } from '../notifications/change-event.ts'

/** One record of a Lambda event. */
export interface LambdaRecord {
  /** The id in the answer to SQS. Absent for other services. */
  readonly messageId?: string
  /** Absent if the record is not a known event. */
  readonly change: AwsChange | undefined
}

/**
 * Parses an event of EventBridge, SQS or SNS. Other events have no records. Never throws.
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
