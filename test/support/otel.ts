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

/** The exported spans and metrics. */
export interface Exported {
  /** The ended spans. */
  spans(): readonly ReadableSpan[]
  /** The current points of each metric, with a number or a histogram as value. */
  points(): Promise<Readonly<Record<string, readonly Point[]>>>
  /** All spans and metrics, as an exporter gets them. */
  everything(): Promise<unknown>
}

export interface Point {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: unknown
  readonly unit: string
}

/** Installs the OpenTelemetry SDK globally until the test ends. */
export function startOpenTelemetry(): Exported {
  const spans = new InMemorySpanExporter()
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const tracing = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  // The interval is longer than any test, so it collects on demand only.
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
