import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { RefreshCause } from '../index.ts'
import { type Check, checkArguments, having, isString } from '../messages/check-arguments.ts'
import type { ConfigInfo, RefreshReport, Telemetry, TelemetrySession } from '../source/index.ts'
import { ConfigMetrics } from './metrics.ts'
import { ConfigSpans } from './spans.ts'

/** What OpenTelemetry is to know. */
export interface OpenTelemetryOptions {
  /**
   * Tells this config from others of the process: the attribute `liveparam.config.name`.
   * @default its paths, joined by commas
   */
  readonly name?: string
  /**
   * Where metrics go.
   * @default the global one, as of when the config is made
   */
  readonly meterProvider?: MeterProvider
  /**
   * Where spans go.
   * @default the global one
   */
  readonly tracerProvider?: TracerProvider
}

/**
 * Metrics and spans for OpenTelemetry, as the option `telemetry`: spans around the start and each refresh, and what
 * `status()` counts. No values, and no names of parameters. Does nothing where `@opentelemetry/api` is not installed;
 * ends with the config.
 *
 * @throws TypeError when the options are wrong.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  checkArguments('openTelemetry()', options, checks)
  return { instrument: (config) => new OpenTelemetryProbe(config, options) }
}

const checks: Readonly<Record<keyof OpenTelemetryOptions, Check>> = {
  name: isString,
  meterProvider: having('getMeter', 'a MeterProvider'),
  tracerProvider: having('getTracer', 'a TracerProvider'),
}

interface Instruments {
  readonly metrics: ConfigMetrics
  readonly spans: ConfigSpans
}

class OpenTelemetryProbe implements TelemetrySession {
  /** Nothing where there is no OpenTelemetry. */
  readonly #loading: Promise<Instruments | undefined>

  constructor(config: ConfigInfo, options: OpenTelemetryOptions) {
    this.#loading = loadInstruments(config, options)
  }

  async refresh(cause: RefreshCause, run: () => Promise<RefreshReport>): Promise<void> {
    const instruments = await this.#loading
    if (instruments === undefined) return
    const report = await instruments.spans.around(cause, run)
    instruments.metrics.refreshed(cause, report)
  }

  async notified(lagMs: number): Promise<void> {
    const instruments = await this.#loading
    instruments?.metrics.notified(lagMs)
  }

  async closed(): Promise<void> {
    const instruments = await this.#loading
    instruments?.metrics.end()
  }
}

const scope = 'liveparam'

async function loadInstruments(
  config: ConfigInfo,
  { name = config.paths.join(','), meterProvider, tracerProvider }: OpenTelemetryOptions,
): Promise<Instruments | undefined> {
  // A peer that is not there is no error: whoever does not measure need not install it.
  const api = await import('@opentelemetry/api').catch(() => undefined)
  if (api === undefined) return undefined
  const attributes = name === '' ? {} : { 'liveparam.config.name': name }
  const meter = (meterProvider ?? api.metrics).getMeter(scope)
  const tracer = (tracerProvider ?? api.trace).getTracer(scope)
  return {
    metrics: new ConfigMetrics(meter, config, attributes),
    spans: new ConfigSpans({ api, tracer, config, attributes }),
  }
}
