export {
  type ChangeHandler,
  changeHandler,
  type LambdaNotifications,
  lambdaNotifications,
  type SqsBatchResponse,
} from '../notifications/lambda-changes.ts'
