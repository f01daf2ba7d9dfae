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
  type ReadFailure,
  type ReadProblemCode,
} from './errors.ts'
export type { LiveConfig } from './live-config.ts'
export { createConfig, loadConfig } from './load-config.ts'
export {
  type ConfigOptions,
  type EnvironmentOverrides,
  fromEnv,
  type Overrides,
  type StartupOptions,
} from './options.ts'
export type {
  Clock,
  HierarchyReading,
  HierarchyRequest,
  Logger,
  Outcome,
  ParameterSource,
  ParameterType,
  PlannedCall,
  Random,
  Reading,
  ReadRequest,
  SecretRequest,
  StoredParameter,
  StoredSecret,
} from './ports.ts'
export { json, parameter, secret, sensitive } from './schema/marks.ts'
export type { Naming } from './schema/naming.ts'
export type { AbsentKey, ConfigExplanation } from './snapshot/explain.ts'
export { reveal } from './snapshot/publish.ts'
export type { Snapshot, SnapshotKey, StoredVersion } from './snapshot/snapshot.ts'
