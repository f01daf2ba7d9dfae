export type { ConfigInfo, RefreshReport, Telemetry, TelemetrySession } from '../config/telemetry.ts'
export type { ReadFailure, Whereabouts } from '../errors.ts'
export { deliverEvent } from '../notifications/change-event.ts'
export type {
  CallUsage,
  HierarchyReading,
  HierarchyRequest,
  Hint,
  Inbox,
  KnownParameters,
  ListenOptions,
  NotificationSource,
  Outcome,
  ParameterSource,
  ParameterType,
  PlannedCall,
  PolicyNotice,
  Reading,
  ReadOptions,
  ReadRequest,
  SecretRequest,
  SnapshotStore,
  SourcePlace,
  SourceUsage,
  StoredParameter,
  StoredPolicy,
  StoredSecret,
  StoreOptions,
} from '../ports.ts'
export type { Cause as RefreshCause } from '../refresh/state.ts'
