import { type Arn, parseArn } from '../schema/arn.ts'

/** The parts of an SNS topic's ARN. @returns `undefined` for any other text. */
export function parseTopicArn(text: string): Arn | undefined {
  const arn = parseArn(text)
  const isTopic = arn?.service === 'sns' && /^[\w-]+(?:\.fifo)?$/.test(arn.resource)
  return isTopic && arn.isComplete && /^[a-z0-9-]+$/.test(arn.region) ? arn : undefined
}
