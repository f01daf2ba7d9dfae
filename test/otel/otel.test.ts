import { createNoopMeter, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { type ConfigOptions, createConfig, loadConfig } from '../../src/index.ts'
import { type OpenTelemetryOptions, openTelemetry } from '../../src/otel/index.ts'
import { createFakeClock, createTestConfig, memorySource } from '../../src/testing/index.ts'
import { backupWorld, soon } from '../support/backup.ts'
import { makeNotifier } from '../support/notifier.ts'
import { type Point, startOpenTelemetry } from '../support/otel.ts'

const schema = z.object({ a: z.string(), b: z.number() })
const parameters = { '/app/a': 'x', '/app/b': '1' }

function testConfig(options: Partial<ConfigOptions<typeof schema>> = {}) {
  return createTestConfig({ schema, path: '/app', telemetry: openTelemetry(), ...options }, { parameters })
}

/** A config with notifications and a poll every 10 min, on a fake clock. */
async function notified() {
  const [clock, notifier] = [createFakeClock(1_000_000), makeNotifier()]
  const store = memorySource({ parameters, clock })
  const config = await loadConfig({
    schema,
    path: '/app',
    source: store,
    clock,
    random: () => 0.5,
    notifications: notifier,
    poll: { everyMs: 600_000 },
    telemetry: openTelemetry(),
  })
  onTestFinished(() => config.close())
  return { clock, notifier, store, config }
}

/** The count, cause, outcome and error type of refreshes. */
function refreshes(points: readonly Point[] = []) {
  return points.map(({ attributes, value }) => {
    const { 'liveparam.refresh.cause': cause, 'liveparam.refresh.outcome': outcome, 'error.type': type } = attributes
    const count = typeof value === 'object' && value !== null && 'count' in value ? value.count : value
    return [count, cause, outcome, ...(type === undefined ? [] : [type])].join(' ')
  })
}

describe('metrics', () => {
  it('count refreshes by outcome and cause, and errors by their code', async () => {
    const exported = startOpenTelemetry()
    await using config = await testConfig()
    await config.set({ parameters: { '/app/b': '2' } })
    await config.refresh()
    await config.set({ parameters: { '/app/b': 'two' } }).catch(() => undefined)
    await config.refresh().catch(() => undefined)
    const outage = config.fail({ code: 'THROTTLED' })
    await config.refresh().catch(() => undefined)
    outage[Symbol.dispose]()
    await config.set({ parameters: { '/app/a': undefined } }).catch(() => undefined)
    const points = await exported.points()

    expect(refreshes(points['liveparam.refresh.duration'])).toEqual([
      '1 start changed',
      '1 refresh changed',
      '1 refresh unchanged',
      '2 refresh rejected INVALID_VALUE',
      '1 refresh failed THROTTLED',
      '1 refresh rejected MISSING_PARAMETER',
    ])
  })

  it('measure the duration of a refresh on the clock of the config, in seconds', async () => {
    const exported = startOpenTelemetry()
    const clock = createFakeClock()
    await using config = await testConfig({ clock, prepare: () => clock.advance(1_500) })

    expect(config.current.b).toBe(1)
    expect((await exported.points())['liveparam.refresh.duration']).toMatchObject([
      { unit: 's', value: { count: 1, sum: 1.5 } },
    ])
  })

  it('report the age and the revision of the snapshot', async () => {
    const exported = startOpenTelemetry()
    await using config = await testConfig({ poll: false })
    await config.set({ parameters: { '/app/b': '2' } })
    await config.advance(90_500)
    const attributes = { 'liveparam.config.name': '/app' }
    const points = await exported.points()

    expect(points['liveparam.config.age']).toEqual([{ attributes, value: 90.5, unit: 's' }])
    expect(points['liveparam.config.revision']).toEqual([{ attributes, value: 2, unit: '{revision}' }])
  })

  it('report where the configuration came from, from a start without AWS until AWS answers', async () => {
    const exported = startOpenTelemetry()
    const { writeBackup, load, disconnect } = await backupWorld()
    await writeBackup()
    const outage = disconnect()
    const config = await load({ ...soon, telemetry: openTelemetry() })
    const origins = async () => {
      const points = (await exported.points())['liveparam.config.origin'] ?? []
      return Object.fromEntries(points.map(({ attributes, value }) => [attributes['liveparam.origin'], value]))
    }
    expect(await origins()).toEqual({ remote: 0, backup: 1, 'shared-cache': 0, test: 0 })
    expect(exported.spans()[0]?.attributes).toMatchObject({ 'liveparam.refresh.outcome': 'restored' })

    outage.remove()
    await config.refresh()
    expect(await origins()).toEqual({ remote: 1, backup: 0, 'shared-cache': 0, test: 0 })
  })

  it('report the outcomes, the lag and the misses of notifications', async () => {
    const exported = startOpenTelemetry()
    const { clock, notifier, store, config } = await notified()
    const { inbox } = notifier
    inbox.opened()
    await clock.advance(5_000)
    store.put('/app/b', '2')
    const hint = { kind: 'parameter', name: '/app/b', operation: 'put', eventId: '1' } as const
    inbox.hint({ ...hint, version: '2', occurredAt: clock.now() - 3_000 })
    inbox.hint(hint)
    inbox.hint({ ...hint, name: '/other', eventId: '2' })
    inbox.ignored()
    await clock.advance(5_000)
    store.put('/app/b', '3')
    await clock.advance(1_200_000)
    const points = await exported.points()
    const outcomes = points['liveparam.notifications']?.map(({ attributes, value }) => [
      attributes['liveparam.notification.outcome'],
      value,
    ])

    expect(config.current.b).toBe(3)
    expect(Object.fromEntries(outcomes ?? [])).toEqual({
      accepted: 1,
      duplicate: 1,
      unrelated: 1,
      up_to_date: 0,
      ignored: 1,
    })
    expect(points['liveparam.notification.lag']).toMatchObject([{ unit: 's', value: { count: 1, sum: 3 } }])
    expect(points['liveparam.notification.misses']).toMatchObject([{ unit: '{change}', value: 1 }])
    expect(refreshes(points['liveparam.refresh.duration'])).toContain('1 notification changed')
  })

  it('carry the name of their config', async () => {
    const exported = startOpenTelemetry()
    await using one = await testConfig()
    await using other = await testConfig({ telemetry: openTelemetry({ name: 'other' }) })
    await other.set({ parameters: { '/app/b': '2' } })
    await one.refresh()
    const revisions = (await exported.points())['liveparam.config.revision']

    expect(revisions?.map(({ attributes, value }) => [attributes['liveparam.config.name'], value])).toEqual([
      ['/app', 1],
      ['other', 2],
    ])
  })

  it('end with the config: one collection reports the final counts, and no status is read after that', async () => {
    const exported = startOpenTelemetry()
    const reads: string[] = []
    const inner = openTelemetry()
    const telemetry: ConfigOptions['telemetry'] = {
      instrument({ paths, status, health }) {
        const record = <Result>(name: string, read: () => Result) => {
          reads.push(name)
          return read()
        }
        return inner.instrument({
          paths,
          status: () => record('status', status),
          health: () => record('health', health),
        })
      },
    }
    const config = await testConfig({ telemetry })
    await config.close()
    reads.length = 0
    const last = await exported.points()
    await exported.points()

    expect(last['liveparam.decryptions']).toMatchObject([{ value: 0 }])
    expect(last).not.toHaveProperty('liveparam.config.age')
    expect(reads).toEqual([])
  })
})

describe('spans', () => {
  it('cover the start and each refresh', async () => {
    const exported = startOpenTelemetry()
    await using config = await testConfig()
    await config.set({ parameters: { '/app/b': 'two' } }).catch(() => undefined)
    const common = { 'liveparam.config.name': '/app', 'liveparam.config.revision': 1 }

    expect(exported.spans()).toMatchObject([
      {
        name: 'liveparam load',
        kind: SpanKind.INTERNAL,
        status: { code: SpanStatusCode.UNSET },
        attributes: { ...common, 'liveparam.refresh.cause': 'start', 'liveparam.refresh.outcome': 'changed' },
      },
      {
        name: 'liveparam refresh',
        status: {
          code: SpanStatusCode.ERROR,
          message: 'liveparam: could not refresh the configuration, the last one stays in use: 1 invalid (in 0 ms)',
        },
        attributes: {
          ...common,
          'liveparam.refresh.cause': 'refresh',
          'liveparam.refresh.outcome': 'rejected',
          'error.type': 'INVALID_VALUE',
        },
      },
    ])
    expect(exported.spans()[0]?.attributes).not.toHaveProperty('error.type')
  })

  it('are children of the span of the caller, and parents of the spans inside', async () => {
    const exported = startOpenTelemetry()
    const inside: unknown[] = []
    const tracer = trace.getTracer('test')
    await tracer.startActiveSpan('request', async (request) => {
      await using config = await testConfig({ validate: () => inside.push(trace.getActiveSpan()?.spanContext()) })
      await config.set({ parameters: { '/app/b': '2' } })
      request.end()
    })
    const [load, refresh, request] = exported.spans()

    expect(request?.name).toBe('request')
    for (const span of [load, refresh]) expect(span?.parentSpanContext).toEqual(request?.spanContext())
    expect(inside).toEqual([load?.spanContext(), refresh?.spanContext()])
  })

  it('of background refreshes have no parent, even if their timer was set inside a span', async () => {
    const exported = startOpenTelemetry()
    const { clock, store, notifier, config } = await notified()
    await trace.getTracer('test').startActiveSpan('request', async (request) => {
      await config.refresh()
      request.end()
    })
    store.put('/app/b', '2')
    notifier.inbox.hint({ kind: 'parameter', name: '/app/b', operation: 'put' })
    await clock.advance(1_200_000)
    const background = exported
      .spans()
      .filter(({ attributes }) => ['notification', 'poll'].includes(String(attributes['liveparam.refresh.cause'])))

    expect(background.length).toBeGreaterThan(1)
    expect(background.map(({ parentSpanContext }) => parentSpanContext)).toEqual(background.map(() => undefined))
  })

  it('of a queued refresh are children of the span of its caller', async () => {
    const exported = startOpenTelemetry()
    const { clock, config, store } = await notified()
    const tracer = trace.getTracer('test')
    const { read } = store
    let release = () => undefined as unknown
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    store.read = async (...args) => {
      await held
      return read(...args)
    }
    await clock.advance(300_000)
    const refreshing = tracer.startActiveSpan('request', async (request) => {
      await config.refresh()
      request.end()
    })
    release()
    await refreshing
    const spans = exported.spans()
    const request = spans.find(({ name }) => name === 'request')

    expect(spans.map(({ attributes }) => attributes['liveparam.refresh.cause'])).toEqual([
      'start',
      'poll',
      'refresh',
      undefined,
    ])
    expect(spans[1]?.parentSpanContext).toBeUndefined()
    expect(spans[2]?.parentSpanContext).toEqual(request?.spanContext())
  })

  it('of a refresh that close() aborts are no errors', async () => {
    const exported = startOpenTelemetry()
    const { config, store } = await notified()
    store.read = (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
    const refreshing = config.refresh().catch(() => undefined)
    await expect.poll(() => config.status().nextPollAt).toBeUndefined()
    await config.close()
    await refreshing

    expect(exported.spans().at(-1)).toMatchObject({
      attributes: { 'liveparam.refresh.outcome': 'aborted' },
      status: { code: SpanStatusCode.UNSET },
    })
  })
})

describe('OpenTelemetry', () => {
  it('is used from the given providers', async () => {
    const exported = startOpenTelemetry()
    const used: string[] = []
    const providers: OpenTelemetryOptions = {
      meterProvider: {
        getMeter(name) {
          used.push(`meter ${name}`)
          return createNoopMeter()
        },
      },
      tracerProvider: {
        getTracer(name) {
          used.push(`tracer ${name}`)
          return trace.getTracer(name)
        },
      },
    }
    await using config = await testConfig({ telemetry: openTelemetry(providers) })

    expect(used).toEqual(['meter liveparam', 'tracer liveparam'])
    expect(await exported.points()).toEqual({})
    expect(config.current.b).toBe(1)
  })

  it('is not required', async () => {
    await using config = await testConfig()
    await config.set({ parameters: { '/app/b': '2' } })

    expect(config.current.b).toBe(2)
    expect(config.explain().warnings).toEqual([])
  })

  it('gets the span of a failed start', async () => {
    const exported = startOpenTelemetry()
    const clock = createFakeClock()
    const config = createConfig({
      schema,
      path: '/app',
      source: memorySource(),
      clock,
      random: () => 0,
      telemetry: openTelemetry(),
    })
    const failing = config.ready.catch(() => undefined)
    await expect.poll(() => clock.advance(1_000).then(() => config.status().state)).toBe('failed')
    await failing
    await config.close()

    expect(exported.spans()).toMatchObject([
      {
        name: 'liveparam load',
        status: { code: SpanStatusCode.ERROR },
        attributes: { 'liveparam.refresh.outcome': 'rejected', 'error.type': 'EMPTY_PATH' },
      },
    ])
  })
})

describe('the options of openTelemetry()', () => {
  it.each([
    [null, 'pass an object with name, meterProvider, tracerProvider'],
    [{ meterprovider: {} }, 'there is no option meterprovider: did you mean meterProvider?'],
    [{ name: 1 }, 'name must be a string'],
    [{ meterProvider: {} }, 'meterProvider must be a MeterProvider'],
    [{ tracerProvider: {} }, 'tracerProvider must be a TracerProvider'],
  ])('throw a TypeError when they are wrong: %j', (options: object | null | undefined, message) => {
    expect(() => Reflect.apply(openTelemetry, undefined, [options])).toThrow(
      new TypeError(`openTelemetry(): ${message}`),
    )
  })
})
