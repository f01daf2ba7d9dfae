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
  type MiddlewareOptions,
} from './config-middleware.ts'
export type { InvocationContext } from './invocation-context.ts'
export { type ConfigHandler, withConfig } from './with-config.ts'
