import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api'
import type { RefreshCause } from '../index.ts'
import type { ConfigInfo, RefreshReport } from '../source/index.ts'
import { countCalls, describeRefresh } from './attributes.ts'

/** What spans are made with. */
export interface SpanParts {
  readonly api: typeof import('@opentelemetry/api')
  readonly tracer: Tracer
  readonly config: ConfigInfo
  /** Of each span. */
  readonly attributes: Attributes
}

/** Spans around refreshes. */
export class ConfigSpans {
  readonly #parts: SpanParts

  constructor(parts: SpanParts) {
    this.#parts = parts
  }

  /** Runs a refresh within a span, so that those of its calls are inside. */
  async around(cause: RefreshCause, run: () => Promise<RefreshReport>): Promise<RefreshReport> {
    const { api, tracer, config, attributes } = this.#parts
    const parent = this.#parentFor(cause)
    const name = cause === 'start' ? 'liveparam load' : 'liveparam refresh'
    const span = tracer.startSpan(name, { attributes: { ...attributes, 'liveparam.refresh.cause': cause } }, parent)
    const before = countCalls(config)
    const report = await api.context.with(api.trace.setSpan(parent, span), run)
    const after = countCalls(config)
    this.#end(
      span,
      {
        ...describeRefresh(cause, report),
        // A source of the user's own may count nothing.
        ...(after > 0 && { 'liveparam.refresh.calls': after - before }),
        ...(report.revision !== undefined && { 'liveparam.config.revision': report.revision }),
      },
      report,
    )
    return report
  }

  // What is done in the background is part of no request, though a request may have set the alarm for it.
  #parentFor(cause: RefreshCause): Context {
    const { context, ROOT_CONTEXT } = this.#parts.api
    return cause === 'start' || cause === 'refresh' ? context.active() : ROOT_CONTEXT
  }

  #end(span: Span, attributes: Attributes, { outcome, error }: RefreshReport): void {
    span.setAttributes(attributes)
    if (outcome === 'rejected' || outcome === 'failed') {
      const [title] = error?.message.split('\n') ?? []
      span.setStatus({ code: this.#parts.api.SpanStatusCode.ERROR, ...(title !== undefined && { message: title }) })
    }
    span.end()
  }
}
