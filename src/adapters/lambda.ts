export {
  type ChangeHandler,
  changeHandler,
  type LambdaNotifications,
  lambdaNotifications,
  type SqsBatchResponse,
} from '../notifications/lambda-changes.ts'
export {
  type ConfigMiddleware,
  type ConfigRequest,
  configMiddleware,
  type InvocationContext,
  type MiddlewareOptions,
} from './config-middleware.ts'
export { type ConfigHandler, withConfig } from './with-config.ts'
