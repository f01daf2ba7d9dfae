import { context, metrics, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { onTestFinished } from 'vitest'

/** What OpenTelemetry has been told, of whoever tells it. */
export interface Exported {
  /** The spans that have ended. */
  spans(): readonly ReadableSpan[]
  /** The points of each metric as they are now: a number, or how many times what was recorded; by their attributes. */
  points(): Promise<Readonly<Record<string, readonly Point[]>>>
  /** Everything, as whoever exports it gets it. */
  everything(): Promise<unknown>
}

export interface Point {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: unknown
  readonly unit: string
}

/** The SDK of OpenTelemetry, as the global one of a process, for as long as the test. */
export function startOpenTelemetry(): Exported {
  const spans = new InMemorySpanExporter()
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const tracing = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  // Collects when it is asked to: the interval is longer than any test.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })
  const metering = new MeterProvider({ readers: [reader] })
  tracing.register()
  metrics.setGlobalMeterProvider(metering)
  onTestFinished(async () => {
    for (const api of [context, trace, metrics]) api.disable()
    await Promise.all([tracing.shutdown(), metering.shutdown()])
  })
  const collect = async () => {
    exporter.reset()
    await metering.forceFlush()
    return exporter.getMetrics()
  }
  return {
    spans: () => spans.getFinishedSpans(),
    async points() {
      const collected = (await collect()).flatMap(({ scopeMetrics }) => scopeMetrics)
      const named = collected
        .flatMap((scope) => scope.metrics)
        .map(({ descriptor, dataPoints }) => {
          const points = dataPoints.map(({ attributes, value }) => ({ attributes, value, unit: descriptor.unit }))
          return [descriptor.name, points] as const
        })
      return Object.fromEntries(named)
    },
    everything: async () => {
      const finished = spans.getFinishedSpans().map(({ name, attributes, events, links, status }) => {
        return { name, attributes, events, links, status }
      })
      return { spans: finished, metrics: (await collect()).map(({ scopeMetrics }) => scopeMetrics) }
    },
  }
}
