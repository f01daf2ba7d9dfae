import type { Attributes, BatchObservableResult, Histogram, Meter, Observable } from '@opentelemetry/api'
import type { ConfigStatus, RefreshCause } from '../index.ts'
import type { ConfigInfo, RefreshReport } from '../source/index.ts'
import { describeRefresh } from './attributes.ts'

/** The metrics of one config. */
export class ConfigMetrics {
  readonly #meter: Meter
  readonly #attributes: Attributes
  readonly #refreshes: Histogram
  readonly #lags: Histogram
  readonly #gauges: Gauges
  readonly #counters: Counters
  readonly #observed: Observable[]
  readonly #observe = (result: BatchObservableResult) => this.#tell(result)
  #config: ConfigInfo | undefined
  /** What was counted when the config was closed. */
  #final: ConfigStatus | undefined

  constructor(meter: Meter, config: ConfigInfo, attributes: Attributes) {
    this.#meter = meter
    this.#config = config
    this.#attributes = attributes
    this.#refreshes = meter.createHistogram('liveparam.refresh.duration', refreshDuration)
    this.#lags = meter.createHistogram('liveparam.notification.lag', notificationLag)
    this.#gauges = makeGauges(meter)
    this.#counters = makeCounters(meter)
    this.#observed = [...Object.values(this.#gauges), ...Object.values(this.#counters)]
    meter.addBatchObservableCallback(this.#observe, this.#observed)
  }

  refreshed(cause: RefreshCause, report: RefreshReport): void {
    const attributes = { ...this.#attributes, ...describeRefresh(cause, report) }
    this.#refreshes.record(report.elapsedMs / 1_000, attributes)
  }

  notified(lagMs: number): void {
    this.#lags.record(lagMs / 1_000, this.#attributes)
  }

  /** Tells once more what was counted, for it may not have been asked for yet, and never again. */
  end(): void {
    this.#final = this.#config?.status()
    this.#config = undefined
  }

  #tell(result: BatchObservableResult): void {
    if (this.#config !== undefined) this.#tellGauges(result, this.#config)
    const status = this.#config?.status() ?? this.#final
    if (status !== undefined) this.#tellCounters(result, status)
    // Whoever collects is going through the callbacks right now.
    if (this.#config === undefined) Promise.resolve().then(() => this.#remove())
  }

  #remove(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, this.#observed)
  }

  #tellGauges(result: BatchObservableResult, config: ConfigInfo): void {
    const { revision, ageMs } = config.health()
    if (revision !== undefined) result.observe(this.#gauges.revision, revision, this.#attributes)
    if (ageMs !== undefined) result.observe(this.#gauges.age, ageMs / 1_000, this.#attributes)
  }

  #tellCounters(result: BatchObservableResult, { usage, notifications, missedNotifications }: ConfigStatus): void {
    const { calls, decryptions, notifications: told, misses } = this.#counters
    for (const [action, outcomes] of Object.entries(usage.calls)) {
      for (const [outcome, count] of Object.entries(outcomes)) {
        const attributes = { 'liveparam.call.action': action, 'liveparam.call.outcome': outcome }
        result.observe(calls, count, { ...this.#attributes, ...attributes })
      }
    }
    result.observe(decryptions, usage.decryptions, this.#attributes)
    result.observe(misses, missedNotifications, this.#attributes)
    for (const [outcome, count] of Object.entries(outcomesOf(notifications))) {
      result.observe(told, count, { ...this.#attributes, 'liveparam.notification.outcome': outcome })
    }
  }
}

type Gauges = ReturnType<typeof makeGauges>
type Counters = ReturnType<typeof makeCounters>

const refreshDuration = {
  description: 'How long reading, validating and preparing took',
  unit: 's',
  advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
}

const notificationLag = {
  description: 'How long a notification of a change was on its way',
  unit: 's',
  // AWS tells in whole seconds when something happened.
  advice: { explicitBucketBoundaries: [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600] },
}

function makeGauges(meter: Meter) {
  return {
    age: meter.createObservableGauge('liveparam.config.age', {
      description: 'How long ago what is served was known to be what is stored',
      unit: 's',
    }),
    revision: meter.createObservableGauge('liveparam.config.revision', {
      description: 'How many snapshots were published',
      unit: '{revision}',
    }),
  }
}

function makeCounters(meter: Meter) {
  return {
    calls: meter.createObservableCounter('liveparam.calls', {
      description: 'Attempts at calls of AWS',
      unit: '{call}',
    }),
    decryptions: meter.createObservableCounter('liveparam.decryptions', {
      description: 'SecureStrings and secrets that came decrypted',
      unit: '{decryption}',
    }),
    notifications: meter.createObservableCounter('liveparam.notifications', {
      description: 'Notifications that arrived, by what became of them',
      unit: '{notification}',
    }),
    misses: meter.createObservableCounter('liveparam.notification.misses', {
      description: 'Changes that a poll found and no notification told of',
      unit: '{change}',
    }),
  }
}

/** `taken`: a hint that was followed, or what the policy of a parameter announces. */
function outcomesOf({ received, duplicates, unrelated, upToDate, ignored }: ConfigStatus['notifications']) {
  const taken = received - duplicates - unrelated - upToDate
  return { taken, duplicate: duplicates, unrelated, 'up-to-date': upToDate, ignored }
}
