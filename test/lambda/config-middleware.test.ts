import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { configMiddleware } from '../../src/lambda/index.ts'
import { inLambda, readyConfig, startConfig } from '../support/lambda.ts'
import { rejection } from '../support/rejection.ts'

const context = {} as Context

describe('configMiddleware, in Middy', () => {
  it('gives the handler one configuration for each invocation', async () => {
    const { config, store } = await readyConfig()
    const handler = middy(async (_event: object, { config: pinned }: Context & { config: { a: string } }) => {
      store.put('/app/a', 'second')
      await config.refresh()
      return [pinned.a, config.current.a]
    }).use(configMiddleware(config))

    expect(await handler({}, { ...context } as never)).toEqual(['first', 'second'])
    expect(await handler({}, { ...context } as never)).toEqual(['second', 'second'])
  })

  it('gives the configuration to later middlewares, and two configs under two keys', async () => {
    const [one, other] = [await readyConfig(), await readyConfig()]
    const seen: unknown[] = []
    const handler = middy()
      .use(configMiddleware(one.config))
      .use(configMiddleware(other.config, { key: 'flags' }))
      .before(({ internal }) => void seen.push(internal.config.a, internal.flags.a))
      .handler(async (_event, { config, flags }) => [config.a, flags.a])

    expect(await handler({}, { ...context } as never)).toEqual(['first', 'first'])
    expect(seen).toEqual(['first', 'first'])
  })

  it('refreshes before the handler if a refresh is due, and ends with the handler', async () => {
    inLambda()
    const { config, clock, store } = await readyConfig({ latencyMs: 20 })
    await clock.advance(3_600_000)
    store.put('/app/a', 'second')
    const handler = middy()
      .use(configMiddleware(config))
      .handler(async (_event, { config: { a } }) => a)
    const answer = handler({}, { ...context } as never)
    await clock.advance(20)

    expect(await answer).toBe('second')
    expect(clock.sleepers).toBe(0)
    expect(config.status().nextPollAt).toBeUndefined()
  })

  it('ends with a failed handler', async () => {
    inLambda()
    const { config, clock } = await readyConfig()
    const handler = middy(async () => {
      throw new Error('no')
    }).use(configMiddleware(config))

    expect(await rejection(handler({}, { ...context } as never))).toEqual(new Error('no'))
    expect(clock.sleepers).toBe(0)
    expect(config.status().nextPollAt).toBeUndefined()
  })

  it('ends with the next invocation if a later middleware answers early', async () => {
    inLambda()
    const { config, clock } = await readyConfig()
    let isEarly = true
    const handler = middy()
      .use(configMiddleware(config))
      .use({ before: () => (isEarly ? 'early' : undefined) })
      .handler(async () => 'late')
    expect(await handler({}, { ...context } as never)).toBe('early')
    isEarly = false
    expect(await handler({}, { ...context } as never)).toBe('late')

    expect(clock.sleepers).toBe(0)
  })

  it('does not begin if an earlier middleware answers early', async () => {
    inLambda()
    const { config, clock, trace } = await readyConfig()
    const handler = middy()
      .use({ before: () => 'early' })
      .use(configMiddleware(config))
    await handler({}, { ...context } as never)

    expect(trace).not.toContain('resumed')
    expect(clock.sleepers).toBe(0)
  })

  it('fails with the reason before the time of the invocation ends', async () => {
    inLambda()
    const { config, clock } = startConfig({ latencyMs: 60_000, startup: { timeoutMs: 1_000 } })
    await clock.advance(2_000)
    const handler = middy(() => 'answered').use(configMiddleware(config))
    const failing = rejection(handler({}, { getRemainingTimeInMillis: () => 3_000 } as never))
    await clock.advance(2_500)

    expect(await failing).toMatchObject({ code: 'LOAD_FAILED' })
  })

  it('refuses an unknown option', async () => {
    const { config } = await readyConfig()

    expect(() => configMiddleware(config, { kee: 'flags' } as object)).toThrow(
      new TypeError('configMiddleware(): there is no option kee: the option is key'),
    )
  })

  it('fails if the config cannot be loaded', async () => {
    inLambda()
    const { config, clock, store } = startConfig({ latencyMs: 10, startup: { timeoutMs: 1_000 } })
    store.fail('*', { code: 'ACCESS_DENIED', isTransient: false, detail: 'denied', remedy: 'allow it' })
    const answer = rejection(middy(async () => 'never').use(configMiddleware(config))({}, { ...context } as never))
    await clock.advance(10_000)

    expect(await answer).toMatchObject({ code: 'LOAD_FAILED' })
    expect(clock.sleepers).toBe(0)
  })
})
