export type { AwsClient, LightClient, LightService } from './aws/client.ts'
export type { SecretsVia, Strategy } from './aws/routes.ts'
export { type CloseOnSignalsOptions, closeOnSignals } from './config/close-on-signals.ts'
export { type ConfigDefinition, defineConfig, type InferConfig } from './config/define-config.ts'
export type { ChangeEvent, ConfigEvents } from './config/events.ts'
export type { DeepReadonly, LiveConfig, WatchOptions } from './config/live-config.ts'
export { createConfig, loadConfig } from './config/load-config.ts'
export {
  type ConfigOptions,
  type EnvironmentOverrides,
  fromEnv,
  type Overrides,
  type PollOptions,
  type StartupOptions,
} from './config/options.ts'
export type {
  ConfigHealth,
  ConfigStatus,
  ExpiringParameter,
  NotificationStatus,
  ResourceStatus,
  SourceStatus,
} from './config/status.ts'
export type { StoredVersion } from './decode/merge-layers.ts'
export {
  ConfigError,
  type ConfigErrorCode,
  DefinitionError,
  type DefinitionProblemCode,
  type InvalidProblemCode,
  isConfigError,
  isDefinitionError,
  isLoadError,
  LoadError,
  type LoadErrorParts,
  type MissingProblemCode,
  type Problem,
  type ProblemCode,
  type ReadProblemCode,
  type Whereabouts,
} from './errors.ts'
export type { Clock, ConfigRuntime, Logger, Random, SourcePlace } from './ports.ts'
export type { RefreshResult } from './refresh/loop.ts'
export type { Cause as RefreshCause, ConfigState, StaleReason } from './refresh/state.ts'
export type { CreateResource, Resource, ResourceOptions } from './resources/resources.ts'
export { json, parameter, secret, sensitive } from './schema/annotations.ts'
export type { Naming } from './schema/names.ts'
export type { KeyChange } from './snapshot/diff.ts'
export type { AbsentKey, ConfigExplanation } from './snapshot/explain.ts'
export { type Redacted, redacted, reveal } from './snapshot/freeze.ts'
export type { Snapshot, SnapshotKey } from './snapshot/snapshot.ts'
