export type { AwsClient } from '../aws/client.ts'
export { type SnsNotificationOptions, snsNotifications } from '../notifications/sns-queue.ts'
export { type SqsNotificationOptions, sqsNotifications } from '../notifications/sqs.ts'
