export { isArn, parseArn } from '../schema/arn.ts'
export {
  fullName,
  isBelow,
  isForbiddenSegment,
  type NamingRule,
  segmentsOf,
  spell,
  splitSelector,
  whyNotAName,
} from '../schema/names.ts'
export { parseSecretId, referencePrefix, secretKey } from '../schema/secret-id.ts'
