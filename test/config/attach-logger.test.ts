import { Console } from 'node:console'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, type Logger, loadConfig } from '../../src/index.ts'
import { createFakeClock, createTestConfig, memorySource } from '../../src/testing/index.ts'
import { Lines, loggers } from '../support/loggers.ts'
import { makeNotifier } from '../support/notifier.ts'

const schema = z.object({ a: z.string(), more: z.record(z.string(), z.number()) })
const parameters = { '/app/a': 'x', '/app/more/m': '1' }

/** A logger that collects its messages, each after its level. */
function listLogger() {
  const lines: string[] = []
  const at = (level: string) => (message: string) => lines.push(`${level} ${message}`)
  const logger: Logger = { info: at('info'), warn: at('warn'), error: at('error') }
  return { logger, lines }
}

describe('a logger', () => {
  it.each(Object.entries(loggers))('may be %s as it is', async (_, make) => {
    const stream = new Lines()
    const { logger, read } = make(stream)
    const config = await createTestConfig({ schema, path: '/app', logger }, { parameters })
    await config.set({ parameters: { '/app/a': '%s %o' } })
    await config.set({ parameters: { '/app/more/m': 'many' } }).catch(() => undefined)
    await config.close()

    expect(stream.lines.map(read)).toEqual([
      'info liveparam: loaded as revision 1',
      'info liveparam: changed to revision 2 (refresh): a',
      expect.stringMatching(
        /^warn liveparam: could not refresh the configuration, the last one stays in use: 1 invalid .*\n\nInvalid\n {2}more\.m/,
      ),
    ])
  })

  it('may be the console', async () => {
    const stream = new Lines()
    const logger = new Console(stream)
    const config = await createTestConfig({ schema, path: '/app', logger }, { parameters })
    await config.close()
    const same: Logger = console

    expect(stream.lines).toEqual(['liveparam: loaded as revision 1'])
    expect(same).toBe(console)
  })

  it('receives changes by key and never by value', async () => {
    const { logger, lines } = listLogger()
    await using config = await createTestConfig({ schema, path: '/app', logger }, { parameters })
    await config.refresh()
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`/app/more/n${10 + index}`, '4711']))
    await config.set({ parameters: { '/app/a': 'y', '/app/more/m': undefined, ...many } })

    expect(lines).toEqual([
      'info liveparam: loaded as revision 1',
      [
        'info liveparam: changed to revision 2 (refresh): a, more.m removed',
        ...Array.from({ length: 8 }, (_, index) => `more.n${10 + index} added`),
        '4 more',
      ].join(', '),
    ])
  })

  it('receives one message for an outage and one for its end', async () => {
    const { logger, lines } = listLogger()
    await using config = await createTestConfig({ schema, path: '/app', logger }, { parameters })
    const outage = config.fail()
    await config.advance(300_000)
    outage[Symbol.dispose]()
    await config.advance(300_000)

    expect(lines.map((line) => line.split('\n')[0])).toEqual([
      'info liveparam: loaded as revision 1',
      'warn liveparam: stale (source-error)',
      expect.stringMatching(/^info liveparam: recovered \(\w+\)$/),
    ])
  })

  it.each([
    ['background', 'error liveparam: could not load the configuration: 1 missing'],
    // `ready` rejects with the error.
    ['strict', undefined],
  ] as const)('receives a failed start in mode %s', async (mode, told) => {
    const { logger, lines } = listLogger()
    const clock = createFakeClock()
    const startup = { mode, timeoutMs: 1_000 }
    const options = { schema: z.object({ a: z.string() }), path: '/app', clock, random: () => 0, startup, logger }
    const config = createConfig({ ...options, source: memorySource() })
    await clock.advance(1_000)
    await config.close()

    expect(lines[0]?.slice(0, told?.length)).toBe(told)
  })

  it.each([
    ['NoChangeNotification', undefined, 'has not changed for as long as its policy allows'],
    ['ExpirationNotification', 1_800_000_000_000, 'expires at 2027-01-15T08:00:00.000Z, and is then deleted'],
    ['Expiration', undefined, 'has expired, and is deleted'],
  ] as const)('receives announcements of the policy %s', async (policy, expiresAt, told) => {
    const { logger, lines } = listLogger()
    const notifications = makeNotifier()
    const source = memorySource({ parameters })
    await using _ = await loadConfig({ schema, path: '/app', source, notifications, logger })
    notifications.inbox.notice({ parameter: '/app/a', policy, ...(expiresAt !== undefined && { expiresAt }) })

    expect(lines).toContain(`warn liveparam: /app/a ${told}`)
  })

  it('may have the method warn alone', async () => {
    const lines: string[] = []
    const logger = { warn: (message: string) => lines.push(message) }
    const clock = createFakeClock()
    const startup = { mode: 'background', timeoutMs: 1_000 } as const
    const source = memorySource()
    const config = createConfig({ schema, path: '/app', source, clock, random: () => 0, startup, logger })
    await clock.advance(1_000)
    for (const [name, text] of Object.entries(parameters)) source.put(name, text)
    await clock.advance(60_000)
    await config.close()

    expect(config.current.a).toBe('x')
    expect(new Set(lines.map((line) => line.split(':')[1]))).toEqual(new Set([' could not load the configuration']))
  })

  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
  ])('that %s does not stop the config or other listeners', async (_, log) => {
    const logger = { info: log, warn: log, error: log }
    const changes: unknown[] = []
    await using config = await createTestConfig({ schema, path: '/app', logger }, { parameters })
    config.on('change', ({ revision }) => changes.push(revision))
    await config.set({ parameters: { '/app/a': 'y' } })

    expect(changes).toEqual([2])
    expect(config.explain().warnings).toEqual([])
  })
})

function fail(): never {
  throw new Error('the disk is full')
}
