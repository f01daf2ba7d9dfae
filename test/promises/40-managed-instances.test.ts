import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import middy from '@middy/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LiveConfig } from '../../src/index.ts'
import { configMiddleware, lambdaNotifications, withConfig } from '../../src/lambda/index.ts'
import type { NotificationSource } from '../../src/source/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { inLambda, invoked, onManagedInstances, readyConfig } from '../support/lambda.ts'

type Pinned = [name: string, before: string, after: string]

/** An invocation that reads, waits for `until`, and reads again. */
interface Invocation {
  readonly name: string
  readonly until: Promise<void>
}

const wrappers: readonly [
  string,
  (config: LiveConfig<{ readonly a: string }>) => (event: Invocation) => Promise<Pinned>,
][] = [
  [
    'withConfig()',
    (config) => {
      const handler = withConfig(async ({ name, until }: Invocation, _context: object, pinned): Promise<Pinned> => {
        const before = pinned.a
        await until
        return [name, before, pinned.a]
      }, config)
      return (event) => handler(event, {})
    },
  ],
  [
    'configMiddleware()',
    (config) => {
      const handler = middy<Invocation, Pinned>()
        .use(configMiddleware(config))
        .handler(async ({ name, until }: Invocation, context: { config: { a: string } }): Promise<Pinned> => {
          const before = context.config.a
          await until
          return [name, before, context.config.a]
        })
      return (event) => Promise.resolve(handler(event, {} as never) as unknown as Promise<Pinned>)
    },
  ],
]

describe('40. on Lambda Managed Instances', () => {
  it('polls as on a server, with and without an invocation', async () => {
    onManagedInstances()
    invoked()
    const { config, clock, store, trace } = await readyConfig()
    store.put('/app/a', 'second')
    await clock.advance(120_000)

    expect(config.current.a).toBe('second')
    expect(config.status()).toMatchObject({ runtime: 'lambda-managed-instances', state: 'ready' })
    expect(trace).not.toContain('warning')
    expect(trace).not.toContain('resumed')
  })

  it('listens to queues', async () => {
    onManagedInstances()
    const listened: string[] = []
    const queue: NotificationSource = { name: 'queue', listen: async () => void listened.push('queue') }
    const { config, clock, trace } = await readyConfig({ notifications: [queue, lambdaNotifications()] })
    await clock.advance(1_000)

    expect(listened).toEqual(['queue'])
    expect(trace).not.toContain('warning')
    expect(config.status().notifications.sources.map(({ name }) => name)).toEqual(['queue', 'lambda'])
  })

  it('continues a refresh when an invocation ends', async () => {
    onManagedInstances()
    const { config, clock, store, slow } = await readyConfig()
    slow(1_000)
    store.put('/app/a', 'second')
    await clock.advance(66_000)
    await withConfig(() => undefined, config)({}, {})
    await clock.advance(1_000)

    expect(config.current.a).toBe('second')
  })

  it('follows the events of its invocations', async () => {
    onManagedInstances()
    const notifications = lambdaNotifications()
    const { config, clock, store } = await readyConfig({ notifications, poll: false })
    store.put('/app/a', 'second')
    const handled = notifications.handler({
      source: 'aws.ssm',
      'detail-type': 'Parameter Store Change',
      detail: { operation: 'Update', name: '/app/a', type: 'String' },
    })
    await clock.advance(1_000)
    await handled

    expect(config.current.a).toBe('second')
  })

  it.each(wrappers)('%s pins a snapshot for each concurrent invocation', async (_, wrap) => {
    onManagedInstances()
    const { config, store, clock } = await readyConfig({ poll: false })
    const handler = wrap(config)
    const gates = Array.from({ length: 64 }, () => gate())
    const running: Promise<Pinned>[] = []
    for (const [index, { opened }] of gates.entries()) {
      running.push(handler({ name: String(index), until: opened }))
      await clock.advance(0)
      store.put('/app/a', `after ${index}`)
      await config.refresh()
    }
    // Every second ends before the others, the last ones first.
    for (const [index, { open }] of [...gates.entries()].reverse()) if (index % 2 === 0) open()
    await clock.advance(0)
    for (const { open } of gates) open()

    const expected = gates.map((_gate, index) => {
      const value = index === 0 ? 'first' : `after ${index - 1}`
      return [String(index), value, value]
    })
    expect(await Promise.all(running)).toEqual(expected)
    expect(config.current.a).toBe('after 63')
  })
})

it('40. ends an invocation that Middy answered early when the next invocation begins', async () => {
  inLambda()
  const { config, clock, store } = await readyConfig()
  const { before, after } = configMiddleware(config)
  const request = () => ({ context: {} as never, internal: {} as never })
  await before(request())
  store.put('/app/a', 'second')
  await clock.advance(3_600_000)
  const next = request()
  const begun = before(next)
  await clock.advance(1_000)
  await begun
  await after(next)

  expect(config.current.a).toBe('second')
  expect(config.status().runtime).toBe('lambda')
})

it('40. reports the server mode in status()', async () => {
  const { config } = await readyConfig()
  expect(config.status().runtime).toBe('server')
})

it('40. refreshes one config per worker thread, and pins all its invocations', async () => {
  const aws = await localAws()
  put(aws, { '/app/a': 'first' })
  const workers = Array.from({ length: 2 }, () => startWorker(at(aws)))
  const invokeAll = () => Promise.all(workers.map((worker) => worker.ask('invoke')))
  expect(await invokeAll()).toEqual(workers.map(() => ['first', 'first', 'first']))

  // No invocation runs while it changes.
  put(aws, { '/app/a': 'second' })
  for (const worker of workers) await expect.poll(() => worker.ask('current')).toBe('second')
  expect(await invokeAll()).toEqual(workers.map(() => ['second', 'second', 'second']))
  expect(await Promise.all(workers.map((worker) => worker.ask('runtime')))).toEqual(
    workers.map(() => 'lambda-managed-instances'),
  )
})

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

function startWorker(place: object) {
  const file = fileURLToPath(new URL('../support/managed-instance-worker.mjs', import.meta.url))
  const env = {
    ...process.env,
    AWS_LAMBDA_FUNCTION_NAME: 'shop',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'lambda-managed-instances',
  }
  const worker = new Worker(file, { workerData: place, env })
  onTestFinished(() => void worker.terminate())
  return {
    async ask(question: 'invoke' | 'current' | 'runtime'): Promise<unknown> {
      const answered = once(worker, 'message')
      worker.postMessage(question)
      const [answer] = await answered
      return answer
    },
  }
}
