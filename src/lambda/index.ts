export {
  type ConfigMiddleware,
  type ConfigRequest,
  configMiddleware,
  type InvocationContext,
  type MiddlewareOptions,
} from './config-middleware.ts'
export {
  type ChangeHandler,
  changeHandler,
  type LambdaNotifications,
  lambdaNotifications,
  type SqsBatchResponse,
} from './lambda-changes.ts'
export { type ConfigHandler, withConfig } from './with-config.ts'
