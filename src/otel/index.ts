import {
  type Attributes,
  context,
  type MeterProvider,
  metrics,
  ROOT_CONTEXT,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import type { RefreshCause } from '../index.ts'
import { type Check, checkArguments, having, isString } from '../messages/check-arguments.ts'
import type { ConfigInfo, RefreshReport, Telemetry, TelemetrySession } from '../source/index.ts'
import { ConfigMetrics } from './metrics.ts'

/** The name of the config and the providers of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /**
   * The attribute `liveparam.config.name`, which distinguishes the configs of a process.
   * @default the paths of the config, joined by commas
   */
  readonly name?: string
  /**
   * Receives the metrics.
   * @default the global provider at the time the config is created
   */
  readonly meterProvider?: MeterProvider
  /**
   * Receives the spans.
   * @default the global provider
   */
  readonly tracerProvider?: TracerProvider
}

/**
 * Metrics and spans for OpenTelemetry, as the option `telemetry`: a span around the start and each refresh, and the
 * counts of `status()`. Contains no values, and no names of parameters. Ends when the config is closed.
 *
 * @throws TypeError for wrong options.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  checkArguments('openTelemetry()', options, checks)
  return { instrument: (config) => new OpenTelemetrySession(config, options) }
}

const checks: Readonly<Record<keyof OpenTelemetryOptions, Check>> = {
  name: isString,
  meterProvider: having('getMeter', 'a MeterProvider'),
  tracerProvider: having('getTracer', 'a TracerProvider'),
}

const scope = 'liveparam'

class OpenTelemetrySession implements TelemetrySession {
  readonly #config: ConfigInfo
  readonly #attributes: Attributes
  readonly #metrics: ConfigMetrics
  readonly #tracer: Tracer

  constructor(config: ConfigInfo, options: OpenTelemetryOptions) {
    const { name = config.paths.join(','), meterProvider = metrics, tracerProvider = trace } = options
    this.#config = config
    this.#attributes = name === '' ? {} : { 'liveparam.config.name': name }
    this.#metrics = new ConfigMetrics(meterProvider.getMeter(scope), config, this.#attributes)
    this.#tracer = tracerProvider.getTracer(scope)
  }

  async refresh(cause: RefreshCause, run: () => Promise<RefreshReport>): Promise<void> {
    // A background refresh belongs to no request, even if its timer was set during one.
    const parent = cause === 'start' || cause === 'refresh' ? context.active() : ROOT_CONTEXT
    const attributes = { ...this.#attributes, 'liveparam.refresh.cause': cause }
    const span = this.#tracer.startSpan(
      cause === 'start' ? 'liveparam load' : 'liveparam refresh',
      { attributes },
      parent,
    )
    const callsBefore = countCalls(this.#config)
    const report = await context.with(trace.setSpan(parent, span), run)
    const calls = countCalls(this.#config)
    const outcome = outcomeAttributes(report)
    span.setAttributes({
      ...outcome,
      // A source of the user may count no calls.
      ...(calls > 0 && { 'liveparam.refresh.calls': calls - callsBefore }),
      ...(report.revision !== undefined && { 'liveparam.config.revision': report.revision }),
    })
    if ('error.type' in outcome) {
      const [message = ''] = report.error?.message.split('\n') ?? []
      span.setStatus({ code: SpanStatusCode.ERROR, message })
    }
    span.end()
    this.#metrics.recordRefresh(report.elapsedMs, { ...attributes, ...outcome })
  }

  notified(lagMs: number): void {
    this.#metrics.recordLag(lagMs)
  }

  closed(): void {
    this.#metrics.end()
  }
}

function outcomeAttributes({ outcome, error }: RefreshReport): Attributes {
  const attributes = { 'liveparam.refresh.outcome': outcome }
  if (outcome !== 'rejected' && outcome !== 'failed') return attributes
  // An unreadable parameter may be the cause of the other problems.
  const [problem] = [...(error?.unreadable ?? []), ...(error?.problems ?? [])]
  return { ...attributes, 'error.type': problem?.code ?? '_OTHER' }
}

function countCalls(config: ConfigInfo): number {
  const counts = Object.values(config.status().usage.calls)
  return counts.reduce(
    (sum, { answered, throttled, failed, aborted }) => sum + answered + throttled + failed + aborted,
    0,
  )
}
