import { describe, expect, it } from 'vitest'
import { LoadError } from '../../src/index.ts'
import { lambdaNotifications, withConfig } from '../../src/lambda/index.ts'
import { inLambda, invoked, readyConfig, startConfig } from '../support/lambda.ts'
import { rejection } from '../support/rejection.ts'

describe('withConfig', () => {
  it('passes event, context and one configuration to the handler, and returns its result', async () => {
    const { config, store } = await readyConfig()
    const handler = withConfig(async (event: number, context: { id: string }, { a }) => {
      store.put('/app/a', 'second')
      await config.refresh()
      return [event, context.id, a, config.current.a]
    }, config)

    expect(await handler(1, { id: 'x' })).toEqual([1, 'x', 'first', 'second'])
    expect(await handler(2, { id: 'y' })).toEqual([2, 'y', 'second', 'second'])
    expect(handler).toHaveLength(2)
  })

  it('rejects with the error of the handler', async () => {
    const { config } = await readyConfig()
    const error = new Error('no')
    const throwing = withConfig(() => {
      throw error
    }, config)
    const rejecting = withConfig(() => Promise.reject(error), config)

    expect(await rejection(throwing({}, {}))).toBe(error)
    expect(await rejection(rejecting({}, {}))).toBe(error)
  })

  it('refuses other arguments than a function and a live config', async () => {
    const { config } = await readyConfig()
    const pretender = { current: { a: 'x' } } as unknown as typeof config

    expect(() => withConfig(() => 1, pretender)).toThrow(
      'pass the live config that loadConfig() or createConfig() returns',
    )
    expect(() => withConfig('handler' as never, config)).toThrow('the handler must be a function')
  })

  it('does not wait on a server, where polls run in the background', async () => {
    const { config, clock, trace } = await readyConfig({ latencyMs: 20 })
    await clock.advance(29_995)
    const handler = withConfig((_event, _context, { a }) => a, config)

    expect(await handler({}, {})).toBe('first')
    await clock.advance(200_000)
    expect(trace).toEqual(Array.from({ length: 5 }, () => 'read'))
  })
})

describe('withConfig in Lambda', () => {
  it('refreshes before the handler if a refresh is due', async () => {
    inLambda()
    const { config, clock, store, trace } = await readyConfig({ latencyMs: 20 })
    store.put('/app/a', 'second')
    await clock.advance(3_600_000)
    expect(trace).toEqual(['read'])
    expect(clock.sleepers).toBe(0)
    const answer = withConfig((_event, _context, { a }) => a, config)({}, {})
    await clock.advance(20)

    expect(await answer).toBe('second')
    expect(clock.sleepers).toBe(0)
    expect(trace).toEqual(['read', 'resumed', 'read', 'change'])
  })

  it('does not wait if no refresh is due', async () => {
    inLambda()
    const { config } = await readyConfig()
    const order: string[] = []
    const answer = withConfig(() => order.push('handler'), config)({}, {})
    order.push('called')
    await answer

    expect(order).toEqual(['handler', 'called'])
  })

  it.each([
    ['200 ms', {}, 200],
    ['2 s if the snapshot is too old', { maxStaleMs: 30_000 }, 2_000],
  ])('waits for at most %s, and aborts the refresh at the end of the handler', async (_, options, waitMs) => {
    inLambda()
    const { config, clock, store, trace, slow } = await readyConfig(options)
    await clock.advance(60_000)
    store.put('/app/a', 'second')
    slow(100_000)
    const seen: string[] = []
    const handler = withConfig((_event, _context, { a }) => void seen.push(`${a} at ${clock.now()}`), config)
    const answer = handler({}, {})
    await clock.advance(waitMs - 1)
    expect(seen).toEqual([])
    await clock.advance(1)
    await answer
    slow(0)

    expect(seen).toEqual([`first at ${60_000 + waitMs}`])
    expect(clock.sleepers).toBe(0)
    expect(config.status()).toMatchObject({ failures: 0 })
    expect(trace).not.toContain('error')
    await handler({}, {})
    expect(seen[1]).toBe(`second at ${60_000 + waitMs}`)
  })

  it('refreshes during a handler that takes longer', async () => {
    inLambda()
    const { config, clock, store } = await readyConfig({ latencyMs: 500 })
    await clock.advance(60_000)
    store.put('/app/a', 'second')
    const answer = withConfig(async (_event, _context, { a }) => {
      await clock.sleep(1_000)
      return [a, config.current.a]
    }, config)({}, {})
    await clock.advance(1_200)

    expect(await answer).toEqual(['first', 'second'])
  })

  it('waits for a config that is not ready yet', async () => {
    inLambda()
    const { config, clock } = startConfig({ latencyMs: 500 })
    const answer = withConfig((_event, _context, { a }) => a, config)({}, {})
    await clock.advance(500)

    expect(await answer).toBe('first')
  })

  it('retries a failed start in each invocation, until it succeeds', async () => {
    inLambda()
    const { config, clock, store } = startConfig({ latencyMs: 10, startup: { timeoutMs: 1_000 } })
    const { remove } = store.fail('*', { code: 'UNREACHABLE', isTransient: true, detail: 'no', remedy: 'none' })
    await clock.advance(2_000)
    const handler = withConfig((_event, _context, { a }) => a, config)
    const failing = rejection(handler({}, {}))
    await clock.advance(10_000)
    expect(await failing).toBeInstanceOf(LoadError)
    expect(clock.sleepers).toBe(0)

    remove()
    const answer = handler({}, {})
    await clock.advance(10)
    expect(await answer).toBe('first')
  })

  it('answers with what failed the start, half a second before the time of the invocation ends', async () => {
    inLambda()
    const { config, clock, slow } = startConfig({ latencyMs: 60_000, startup: { timeoutMs: 1_000 } })
    const handler = withConfig((_event, _context, { a }) => a, config)
    const left = (ms: number) => ({ getRemainingTimeInMillis: () => ms })
    const early = rejection(handler({}, left(600)))
    await clock.advance(100)
    expect(await early).toMatchObject({
      code: 'NOT_READY',
      message: expect.stringContaining('give the function more time than startup.timeoutMs'),
    })
    await clock.advance(2_000)

    let settled: unknown
    const late = rejection(handler({}, left(3_000))).then((error) => {
      settled = error
    })
    await clock.advance(2_499)
    expect(settled).toBeUndefined()
    await clock.advance(1)
    await late
    expect(settled).toBeInstanceOf(LoadError)
    expect(clock.sleepers).toBe(0)

    slow(10)
    const answer = handler({}, left(3_000))
    await clock.advance(30)
    expect(await answer).toBe('first')
  })

  it('answers with the last failure in mode background', async () => {
    inLambda()
    const startup = { mode: 'background', timeoutMs: 1_000 } as const
    const { config, clock } = startConfig({ latencyMs: 60_000, startup })
    await clock.advance(2_000)
    const failing = rejection(withConfig(() => 'answered', config)({}, { getRemainingTimeInMillis: () => 3_000 }))
    await clock.advance(2_500)

    expect(await failing).toBeInstanceOf(LoadError)
  })

  it('ends with the last of several concurrent invocations', async () => {
    inLambda()
    const { config, clock } = await readyConfig()
    const handler = withConfig((ms: number) => clock.sleep(ms), config)
    const answers = [handler(100, {}), handler(40_000, {})]
    await clock.advance(1_000)
    expect(config.status().nextPollAt).toBe(30_000)
    await clock.advance(40_000)
    await Promise.all(answers)

    expect(config.status().nextPollAt).toBeUndefined()
    expect(clock.sleepers).toBe(0)
  })

  it('limits the first creation of a resource to 10 s, also before the first invocation', async () => {
    inLambda()
    const { config, clock } = await readyConfig()
    const failed = rejection(
      config.resource(
        ({ a }) => a,
        () => new Promise(() => undefined),
      ),
    )
    await clock.advance(10_000)

    expect(await failed).toMatchObject({ code: 'RESOURCE_FAILED' })
  })

  it('creates resources during invocations only', async () => {
    inLambda()
    const { config, clock, store } = await readyConfig()
    let attempts = 0
    const made = await config.resource(
      ({ a }) => a,
      async (a) => {
        if (a === 'second' && ++attempts < 3) throw new Error('not yet')
        return a
      },
    )
    store.put('/app/a', 'second')
    await config.refresh()
    const handler = withConfig((ms: number) => clock.sleep(ms), config)
    const first = handler(100, {})
    await clock.advance(100)
    await first
    expect(clock.sleepers).toBe(0)
    await clock.advance(60_000)
    expect({ attempts, current: made.current }).toEqual({ attempts: 1, current: 'first' })
    const second = handler(10_000, {})
    await clock.advance(10_000)
    await second

    expect({ attempts, current: made.current }).toEqual({ attempts: 3, current: 'second' })
    expect(clock.sleepers).toBe(0)
  })

  it('keeps no timer for a refresh that is not awaited', async () => {
    inLambda()
    const { config, clock, store } = await readyConfig({ latencyMs: 100 })
    const asked: Promise<string>[] = []
    const handler = withConfig(() => void asked.push(config.refresh()), config)
    await handler({}, {})
    expect(clock.sleepers).toBe(0)
    store.put('/app/a', 'second')
    const next = withConfig((_event, _context, { a }) => a, config)({}, {})
    await clock.advance(100)

    expect(await asked[0]).toBe('changed')
    expect(await next).toBe('second')
  })
})

describe('a config in Lambda without withConfig', () => {
  const warning =
    'the config is not refreshed between invocations: wrap the handler with withConfig() or configMiddleware() from liveparam/lambda'

  it('warns once when it is read during an invocation, and does not refresh', async () => {
    inLambda()
    const { config, clock, trace } = await readyConfig({ latencyMs: 20 })
    expect(config.current.a).toBe('first')
    expect(config.explain().warnings).toEqual([])
    invoked()
    await clock.advance(3_600_000)
    for (let read = 0; read < 3; read++) expect(config.current.a).toBe('first')

    expect(config.explain().warnings).toEqual([warning])
    expect(trace).toEqual(['read', 'warning'])
    expect(clock.sleepers).toBe(0)
  })

  it('warns when it is pinned', async () => {
    inLambda()
    invoked()
    const { config } = await readyConfig()
    config.pin()

    expect(config.explain().warnings).toEqual([warning])
  })

  it('refreshes on a call of refresh()', async () => {
    inLambda()
    const { config, store, clock } = await readyConfig()
    store.put('/app/a', 'second')

    expect(await config.refresh()).toBe('changed')
    expect(config.current.a).toBe('second')
    expect(clock.sleepers).toBe(0)
  })

  it('has a plain property without a warning after a wrapped invocation', async () => {
    inLambda()
    invoked()
    const { config } = await readyConfig()
    expect(isPlain(config)).toBe(false)
    await withConfig(() => undefined, config)({}, {})
    expect(isPlain(config)).toBe(true)
    config.pin()

    expect(config.explain().warnings).toEqual([])
  })

  it('has a plain property on a server', async () => {
    invoked()
    const { config } = await readyConfig()
    config.pin()

    expect(isPlain(config)).toBe(true)
    expect(config.explain().warnings).toEqual([])
  })
})

describe('notifications in Lambda', () => {
  it('come from passive sources only: others cause a warning', async () => {
    inLambda()
    const listening: string[] = []
    const queue = { name: 'sqs', listen: async () => void listening.push('sqs') }
    const { config } = await readyConfig({ notifications: [queue, lambdaNotifications()] })

    expect(listening).toEqual([])
    expect(config.status().notifications.sources.map(({ name }) => name)).toEqual(['lambda'])
    expect(config.explain().warnings).toEqual([
      'sqs cannot listen in Lambda, where the process can be frozen: use lambdaNotifications() from liveparam/lambda',
    ])
  })

  it('are handled within their invocation', async () => {
    inLambda()
    invoked()
    const notifications = lambdaNotifications()
    const { config, clock, store, trace } = await readyConfig({ notifications, poll: false })
    store.put('/app/a', 'second')
    const detail = { name: '/app/a', operation: 'Update', type: 'String' }
    const event = { source: 'aws.ssm', 'detail-type': 'Parameter Store Change', detail }
    const answer = notifications.handler(event)
    await clock.advance(250)
    await answer

    expect(config.current.a).toBe('second')
    expect(clock.sleepers).toBe(0)
    expect(trace).toEqual(['read', 'resumed', 'read', 'change'])
    await withConfig(notifications.handler, config)({}, {})
    expect(clock.sleepers).toBe(0)
  })
})

/** Whether `current` is a plain property in front of the getter of the class. */
function isPlain(config: object): boolean {
  return Object.getOwnPropertyDescriptor(Object.getPrototypeOf(config), 'current')?.value !== undefined
}
