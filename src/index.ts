export type { AwsClient } from './aws/client.ts'
export { type CloseOnSignalsOptions, closeOnSignals } from './close-on-signals.ts'
export type { DeepReadonly } from './deep-readonly.ts'
export { type ConfigDefinition, defineConfig, type InferConfig } from './define-config.ts'
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
export type { ChangeEvent, ConfigEvents } from './events.ts'
export type { LiveConfig, WatchOptions } from './live-config.ts'
export { createConfig, loadConfig } from './load-config.ts'
export {
  type ConfigOptions,
  type EnvironmentOverrides,
  fromEnv,
  type Overrides,
  type PollOptions,
  type StartupOptions,
} from './options.ts'
export type { SecretsVia } from './parameters/aws-source.ts'
export type { Strategy } from './parameters/routes.ts'
export type { Clock, ConfigRuntime, Logger, Random, SourcePlace } from './ports.ts'
export type { RefreshResult } from './refresh/gate.ts'
export type { ConfigState, StaleReason } from './refresh/life.ts'
export type { Cause as RefreshCause } from './refresh/work.ts'
export type { CreateResource, ResourceOptions } from './resources/resource-options.ts'
export type { Resource } from './resources/resources.ts'
export { json, parameter, secret, sensitive } from './schema/marks.ts'
export type { Naming } from './schema/naming.ts'
export type { KeyChange } from './snapshot/changes.ts'
export type { AbsentKey, ConfigExplanation } from './snapshot/explain.ts'
export { type Redacted, redacted, reveal } from './snapshot/publish.ts'
export type { Snapshot, SnapshotKey, StoredVersion } from './snapshot/snapshot.ts'
export type {
  ConfigHealth,
  ConfigStatus,
  ExpiringParameter,
  NotificationStatus,
  ResourceStatus,
  SourceStatus,
} from './status.ts'
