import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { build } from 'esbuild'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { expressConfig } from '../../src/express/index.ts'
import { createConfig } from '../../src/index.ts'
import { createTestConfig, type TestConfig } from '../../src/testing/index.ts'
import { serve } from '../support/serve.ts'

const schema = z.object({ a: z.string(), b: z.string() })

function load(values = { a: '1', b: '1' }, maxStaleMs?: number): Promise<TestConfig<typeof schema>> {
  return createTestConfig({ path: '/app', schema, ...(maxStaleMs !== undefined && { maxStaleMs }) }, { values })
}

async function get(url: string, init?: RequestInit): Promise<[number, unknown]> {
  const response = await fetch(url, init)
  const text = await response.text()
  return [response.status, response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text]
}

describe('middleware', () => {
  it('pins the snapshot across an await, a refresh and an error', async () => {
    const config = await load()
    const { middleware, getConfig, getSnapshot } = expressConfig(config)
    const seen: unknown[] = []
    const record = () => seen.push([getConfig(({ a }) => a), getSnapshot().revision])
    const fail: ErrorRequestHandler = (_error, request, response, _next) => {
      record()
      response.json(propertyOf(request, 'config'))
    }
    const app = express()
      .use(middleware)
      .get('/', async () => {
        record()
        await config.set({ values: { a: '2', b: '2' } })
        record()
        throw new Error('after the reload')
      })
      .use(fail)
    const url = await serve(app)

    expect(await get(url)).toEqual([200, { a: '1', b: '1' }])
    expect(seen).toEqual([
      ['1', 1],
      ['1', 1],
      ['1', 1],
    ])
    expect(config.pin().revision).toBe(2)
  })

  it.each<[string, RequestHandler | undefined]>([
    ['express.json()', express.json()],
    ['express.raw()', express.raw({ type: '*/*' })],
    ['middleware that loses the async context', (request, _, next) => void request.resume().on('end', () => next())],
  ])('keeps the scope of the request after %s', async (_, parser) => {
    const config = await load()
    const { middleware, getConfig } = expressConfig(config)
    const finished: unknown[] = []
    const app = express().use(middleware)
    if (parser !== undefined) app.use(parser)
    app.post('/', (_request, response) => {
      response.on('finish', () => finished.push(getConfig().a)).on('close', () => finished.push(getConfig().b))
      response.json(getConfig())
    })
    const url = await serve(app)
    const body = JSON.stringify({ long: 'x'.repeat(80_000) })
    const answer = await get(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })

    expect(answer).toEqual([200, { a: '1', b: '1' }])
    await expect.poll(() => finished).toEqual(['1', '1'])
  })

  it('keeps the scope when the client disconnects during a stream', async () => {
    const config = await load()
    const { middleware, getConfig } = expressConfig(config)
    const seen: unknown[] = []
    const app = express()
      .use(middleware)
      .get('/', async (_request, response) => {
        response.on('close', () => seen.push(getConfig().a))
        response.write('first')
        await once(response, 'close')
        seen.push(getConfig().a)
      })
    const leaving = new AbortController()
    const response = await fetch(await serve(app), { signal: leaving.signal })
    await response.body?.getReader().read()
    await config.set({ values: { a: '2' } })
    leaving.abort()

    await expect.poll(() => seen).toEqual(['1', '1'])
  })

  it('keeps the pinned snapshot when it is mounted twice', async () => {
    const config = await load()
    const { middleware, getConfig } = expressConfig(config)
    const app = express()
      .use(middleware)
      .use(async (_request, _response, next) => {
        await config.set({ values: { a: '2' } })
        next()
      })
      .use(middleware)
      .get('/', (_, response) => void response.json(getConfig().a))

    expect(await get(await serve(app))).toEqual([200, '1'])
  })

  it('fails a request before the first snapshot with status 503', async () => {
    const config = createConfig({ path: '/app', schema, source: never, startup: { mode: 'background' } })
    onTestFinished(() => config.close())
    const shop = expressConfig(config)
    const app = express().use(shop.middleware)
    const url = await serve(quiet(app))
    const [status, text] = await get(url)

    expect(status).toBe(503)
    expect(text).toContain('a request arrived before the first snapshot')
    expect(shop.getConfig).toThrow(expect.objectContaining({ code: 'NO_REQUEST' }))
  })

  it('fails the request when the property exists already', async () => {
    const config = await load()
    const [one, other] = [expressConfig(config), expressConfig(await load())]
    const [status, text] = await get(await serve(quiet(express().use(one.middleware, other.middleware))))

    expect(status).toBe(500)
    expect(text).toContain('req.config exists already')
    expect(() => expressConfig(config, { property: '' })).toThrow(TypeError)
  })

  it('throws a TypeError for an argument that is no live config, and for an unknown option', async () => {
    const config = await load()
    const definition = { schema, path: '/app' }
    for (const wrong of [undefined, null, definition, Promise.resolve(config)]) {
      // @ts-expect-error none of them is a live config
      expect(() => expressConfig(wrong)).toThrow(
        new TypeError('expressConfig(): pass the live config that loadConfig() or createConfig() returns'),
      )
    }
    // @ts-expect-error there is no such option
    expect(() => expressConfig(config, { propery: 'settings' })).toThrow(
      new TypeError('expressConfig(): there is no option propery: did you mean property?'),
    )
  })
})

describe('getConfig()', () => {
  it('throws outside a request', async () => {
    const { getConfig } = expressConfig(await load())
    expect(getConfig).toThrow(
      expect.objectContaining({ code: 'NO_REQUEST', message: expect.stringContaining('mount the middleware') }),
    )
  })

  it('returns the snapshot of each of many concurrent requests', async () => {
    const config = await load()
    const { middleware, getConfig, getSnapshot } = expressConfig(config)
    const app = express()
      .use(middleware)
      .get('/', async (request, response) => {
        const before = getSnapshot()
        for (let count = 0; count < 20; count++) {
          await setImmediate()
          if (getSnapshot() !== before || getConfig() !== propertyOf(request, 'config')) throw new Error('torn')
        }
        response.json(getConfig())
      })
    const url = await serve(app)
    const answers: unknown[] = []
    for (let round = 2; round < 12; round++) {
      const requests = Array.from({ length: 10 }, () => get(url))
      await config.set({ values: { a: `${round}`, b: `${round}` } })
      answers.push(...(await Promise.all(requests)))
    }

    expect(answers).toHaveLength(100)
    for (const [status, { a, b }] of answers as [number, { a: string; b: string }][]) {
      expect([status, a]).toEqual([200, b])
    }
  })
})

describe('two configs in one app', () => {
  it('are independent', async () => {
    const [one, other] = [await load({ a: 'one', b: '' }), await load({ a: 'other', b: '' })]
    const [shop, billing] = [expressConfig(one), expressConfig(other, { property: 'billing' })]
    const app = express()
      .use('/both', shop.middleware, billing.middleware)
      .use('/shop', shop.middleware)
      .get('/both', async (request, response) => {
        await one.set({ values: { a: 'changed' } })
        const properties = [propertyOf(request, 'config'), propertyOf(request, 'billing')]
        response.json([shop.getConfig().a, billing.getConfig().a, ...properties])
      })
      .get('/shop', (request, response) => {
        expect(billing.getConfig).toThrow(expect.objectContaining({ code: 'NO_REQUEST' }))
        response.json([shop.getConfig().a, 'billing' in request])
      })
    const url = await serve(app)

    expect(await get(`${url}/both`)).toEqual([200, ['one', 'other', { a: 'one', b: '' }, { a: 'other', b: '' }]])
    expect(await get(`${url}/shop`)).toEqual([200, ['changed', false]])
  })
})

describe('handler()', () => {
  it('provides the config with or without the middleware, and forwards errors', async () => {
    const { middleware, handler, getConfig } = expressConfig(await load())
    const answer = handler((request, response) => void response.json([request.config.a, getConfig().a]))
    const app = express()
      .get('/without', answer)
      .get('/with', middleware, answer)
      .get(
        '/fails',
        handler(async () => Promise.reject(new Error('in the handler'))),
      )
    const url = await serve(quiet(app))

    expect(await get(`${url}/without`)).toEqual([200, ['1', '1']])
    expect(await get(`${url}/with`)).toEqual([200, ['1', '1']])
    expect((await get(`${url}/fails`))[1]).toContain('in the handler')
  })
})

describe('health and readiness', () => {
  it.each<[string, (config: TestConfig<typeof schema>) => unknown, number, object, object]>([
    ['up', () => undefined, 200, { status: 'up', state: 'ready', revision: 1 }, { isReady: true }],
    [
      'degraded',
      async (config) => {
        config.reject()
        await config.set({ values: { a: '2' } }).catch(() => undefined)
      },
      200,
      { status: 'degraded', state: 'stale', reason: 'candidate-rejected' },
      { isReady: true },
    ],
    [
      'down, past maxStaleMs',
      async (config) => {
        config.fail()
        await config.advance(200_000)
      },
      503,
      { status: 'down', state: 'stale', reason: 'age-exceeded' },
      { isReady: false, state: 'stale', reason: 'age-exceeded' },
    ],
    [
      'down, closed',
      (config) => config.close(),
      503,
      { status: 'down', state: 'closed' },
      { isReady: false, state: 'closed' },
    ],
  ])('answer for a config that is %s', async (_, setUp, status, health, readiness) => {
    const config = await load({ a: '1', b: '1' }, 100_000)
    await setUp(config)
    const shop = expressConfig(config)
    const url = await serve(express().get('/health', shop.health).get('/ready', shop.readiness))

    expect(await get(`${url}/health`)).toEqual([status, expect.objectContaining(health)])
    expect(await get(`${url}/ready`)).toEqual([status, readiness])
    expect((await fetch(`${url}/health`)).headers.get('cache-control')).toBe('no-store')
  })

  it('answer before the first snapshot', async () => {
    const config = createConfig({ path: '/app', schema, source: never, startup: { mode: 'background' } })
    onTestFinished(() => config.close())
    const { readiness } = expressConfig(config)
    expect(await get(await serve(express().use(readiness)))).toEqual([503, { isReady: false, state: 'initializing' }])
  })
})

it('liveparam/express loads neither the core nor the SDK', async () => {
  const { metafile } = await build({
    entryPoints: ['src/express/index.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    metafile: true,
  })
  const inputs = Object.keys(metafile.inputs).filter((path) => !path.startsWith('src/express/'))
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))

  expect(inputs.sort()).toEqual([
    'src/config/invocable.ts',
    'src/errors.ts',
    'src/messages/check-arguments.ts',
    'src/messages/group-by.ts',
    'src/messages/nearest.ts',
    'src/messages/printable.ts',
    'src/messages/problem-block.ts',
    'src/platform/aws-identity.ts',
    'src/platform/instance.ts',
    'src/platform/node.ts',
    'src/schema/parse-key.ts',
  ])
  expect(imported.filter((path) => !path.startsWith('node:'))).toEqual([])
})

const never = {
  read: (_: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
}

function propertyOf(request: object, property: string): unknown {
  return Reflect.get(request, property)
}

// Express prints an unhandled error unless its env is test.
function quiet(app: Express): Express {
  return app.set('env', 'test')
}
