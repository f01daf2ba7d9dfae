export type { AwsClient } from '../aws/client.ts'
export { type SnsNotificationOptions, snsNotifications } from './sns-queue.ts'
export { type SqsNotificationOptions, sqsNotifications } from './sqs.ts'
