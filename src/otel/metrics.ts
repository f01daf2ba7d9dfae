import type { Attributes, BatchObservableResult, Histogram, Meter, Observable } from '@opentelemetry/api'
import type { ConfigStatus } from '../index.ts'
import type { ConfigInfo } from '../source/index.ts'

/** The metrics of one config. */
export class ConfigMetrics {
  readonly #meter: Meter
  readonly #config: ConfigInfo
  readonly #attributes: Attributes
  readonly #durations: Histogram
  readonly #lags: Histogram
  readonly #instruments: Instruments
  readonly #observe = (result: BatchObservableResult) => this.#observeAll(result)
  #statusAtEnd: ConfigStatus | undefined

  constructor(meter: Meter, config: ConfigInfo, attributes: Attributes) {
    this.#meter = meter
    this.#config = config
    this.#attributes = attributes
    this.#durations = meter.createHistogram('liveparam.refresh.duration', refreshDuration)
    this.#lags = meter.createHistogram('liveparam.notification.lag', notificationLag)
    this.#instruments = createInstruments(meter)
    meter.addBatchObservableCallback(this.#observe, Object.values(this.#instruments))
  }

  recordRefresh(elapsedMs: number, attributes: Attributes): void {
    this.#durations.record(elapsedMs / 1_000, attributes)
  }

  recordLag(lagMs: number): void {
    this.#lags.record(lagMs / 1_000, this.#attributes)
  }

  /** Stops after one more collection, which reports the final counts. */
  end(): void {
    this.#statusAtEnd = this.#config.status()
  }

  #observeAll(result: BatchObservableResult): void {
    if (this.#statusAtEnd === undefined) {
      this.#observeGauges(result)
      this.#observeCounters(result, this.#config.status())
      return
    }
    this.#observeCounters(result, this.#statusAtEnd)
    // The meter is iterating over its callbacks now.
    Promise.resolve().then(() => {
      this.#meter.removeBatchObservableCallback(this.#observe, Object.values(this.#instruments))
    })
  }

  #observeGauges(result: BatchObservableResult): void {
    const { revision, ageMs, origin } = this.#config.health()
    if (revision !== undefined) result.observe(this.#instruments.revision, revision, this.#attributes)
    if (ageMs !== undefined) result.observe(this.#instruments.age, ageMs / 1_000, this.#attributes)
    // Exporters repeat the last value of attributes that are no longer observed, so each origin has a value.
    for (const each of origin === undefined ? [] : origins) {
      result.observe(this.#instruments.origin, Number(each === origin), { ...this.#attributes, [originName]: each })
    }
  }

  #observeCounters(result: BatchObservableResult, status: ConfigStatus): void {
    const { usage, notifications, missedNotifications } = status
    const observe = (counter: Observable, count: number, attributes: Attributes = {}) =>
      result.observe(counter, count, { ...this.#attributes, ...attributes })
    for (const [action, outcomes] of Object.entries(usage.calls)) {
      for (const [outcome, count] of Object.entries(outcomes)) {
        const attributes = { 'liveparam.call.action': action, 'liveparam.call.outcome': outcome }
        observe(this.#instruments.calls, count, attributes)
      }
    }
    observe(this.#instruments.decryptions, usage.decryptions)
    observe(this.#instruments.misses, missedNotifications)
    for (const [outcome, count] of Object.entries(outcomesOf(notifications))) {
      observe(this.#instruments.notifications, count, { 'liveparam.notification.outcome': outcome })
    }
  }
}

function outcomesOf({ received, duplicates, unrelated, upToDate, ignored }: ConfigStatus['notifications']) {
  const accepted = received - duplicates - unrelated - upToDate
  return { accepted, duplicate: duplicates, unrelated, up_to_date: upToDate, ignored }
}

const originName = 'liveparam.origin'
const origins = ['remote', 'backup', 'shared-cache', 'test'] satisfies ConfigStatus['origin'][]

const refreshDuration = {
  description: 'Duration of a refresh: reading, validating and preparing',
  unit: 's',
  advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
}

const notificationLag = {
  description: 'Time from a change to the arrival of its notification',
  unit: 's',
  // AWS gives the time of a change in whole seconds.
  advice: { explicitBucketBoundaries: [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600] },
}

type Instruments = ReturnType<typeof createInstruments>

function createInstruments(meter: Meter) {
  return {
    age: meter.createObservableGauge('liveparam.config.age', {
      description: 'Time since the configuration in use was last verified against the store',
      unit: 's',
    }),
    origin: meter.createObservableGauge('liveparam.config.origin', {
      description: '1 for the origin of the configuration in use, 0 for others',
      unit: '1',
    }),
    revision: meter.createObservableGauge('liveparam.config.revision', {
      description: 'Number of published snapshots',
      unit: '{revision}',
    }),
    calls: meter.createObservableCounter('liveparam.calls', {
      description: 'Attempts at AWS API calls',
      unit: '{call}',
    }),
    decryptions: meter.createObservableCounter('liveparam.decryptions', {
      description: 'SecureStrings and secrets read with decryption',
      unit: '{decryption}',
    }),
    notifications: meter.createObservableCounter('liveparam.notifications', {
      description: 'Notifications received, by outcome',
      unit: '{notification}',
    }),
    misses: meter.createObservableCounter('liveparam.notification.misses', {
      description: 'Changes found by a poll that no notification reported',
      unit: '{change}',
    }),
  }
}
