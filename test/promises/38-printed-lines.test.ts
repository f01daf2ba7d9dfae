import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { printState } from '../../src/config/attach-logger.ts'
import { createConfig, defineConfig, type Logger, loadConfig } from '../../src/index.ts'
import { createFakeClock, createTestConfig, memorySource } from '../../src/testing/index.ts'
import { rejection } from '../support/rejection.ts'
import { runProgram } from '../support/service.ts'

const schema = z.object({ n: z.number(), more: z.record(z.string(), z.number()) })
const parameters = { '/app/n': '1', '/app/more/m': '1' }
const fixture = fileURLToPath(new URL('../support/console-process.mjs', import.meta.url))

function listPrinter() {
  const lines: string[] = []
  return {
    lines,
    warn: (line: string) => lines.push(`warn ${line}`),
    error: (line: string) => lines.push(`error ${line}`),
  }
}

/** A config on a clock that is moved by hand, and the lines that it prints. */
async function printing() {
  const config = await createTestConfig({ schema, path: '/app', maxStaleMs: 3_600_000 }, { parameters })
  const printer = listPrinter()
  printState(config, printer, { mode: 'strict' })
  return { config, lines: printer.lines }
}

describe('38. without a logger, a config', () => {
  it('prints nothing while everything works', async () => {
    const { config, lines } = await printing()
    await config.set({ parameters: { '/app/n': '2' } })
    await config.advance(600_000)
    await config.close()

    expect(lines).toEqual([])
  })

  it('prints one line for repeated rejections, and one line on recovery', async () => {
    const { config, lines } = await printing()
    await config.set({ parameters: { '/app/n': 'many' } }).catch(() => undefined)
    await config.advance(600_000)
    await config.set({ parameters: { '/app/n': '2' } })
    await config.close()

    expect(lines).toEqual([
      expect.stringMatching(
        /^warn liveparam: rejected a new configuration, the last one stays in use: n \/app\/n \[INVALID_VALUE\]: expected number: /,
      ),
      expect.stringMatching(/^warn liveparam: recovered \(\w+\): the configuration is up to date$/),
    ])
    expect(lines.join()).not.toContain('many')
  })

  it('prints one line for an outage of any length, and one line on recovery', async () => {
    const { config, lines } = await printing()
    const failing = config.fail()
    await config.advance(1_800_000)
    failing[Symbol.dispose]()
    await config.advance(600_000)
    await config.close()

    expect(lines).toEqual([
      expect.stringMatching(
        /^warn liveparam: stale \(source-error\): the last configuration stays in use: .*UNREACHABLE/,
      ),
      expect.stringMatching(/^warn liveparam: recovered \(\w+\)/),
    ])
  })

  it('prints another line when the configuration exceeds maxStaleMs', async () => {
    const { config, lines } = await printing()
    config.fail()
    await config.advance(4_000_000)
    await config.close()

    expect(lines.slice(1)).toEqual(['warn liveparam: stale (age-exceeded): the last configuration stays in use'])
  })

  it('prints a warning once', async () => {
    const { config, lines } = await printing()
    config.on('change', () => {
      throw new Error('a secret text')
    })
    for (const n of ['2', '3']) await config.set({ parameters: { '/app/n': n } })
    await config.close()

    expect(lines).toEqual(['warn liveparam: a listener of change failed'])
  })

  it('prints the number of further problems', async () => {
    const { config, lines } = await printing()
    await config.set({ parameters: { '/app/n': 'x', '/app/more/m': 'y', '/app/more/k': 'z' } }).catch(() => undefined)
    await config.close()

    expect(lines).toEqual([expect.stringMatching(/; and 2 more problems$/)])
  })

  it('escapes control characters that come from a source', async () => {
    const { config, lines } = await printing()
    config.fail({ detail: 'red\u001b[31m\nliveparam: forged\u2028\u202e', remedy: 'look\r' })
    await config.refresh().catch(() => undefined)
    await config.close()

    expect(lines.join()).toContain('red\\u001b[31m\\u000aliveparam: forged\\u2028\\u202e: look\\u000d')
  })

  it('prints each failure reason of a background start once, and its success', async () => {
    const [clock, store, printer] = [createFakeClock(), memorySource(), listPrinter()]
    const startup = { mode: 'background', timeoutMs: 1_000 } as const
    const options = { schema, path: '/app', source: store, clock, random: () => 0.5, startup, logger: false } as const
    const config = createConfig(options)
    printState(config, printer, startup)
    await clock.advance(60_000)
    store.put('/app/n', 'x')
    await clock.advance(600_000)
    store.put('/app/n', '1')
    await clock.advance(600_000)
    await config.close()

    const failed = 'error liveparam: could not load the configuration, and liveparam retries: '
    expect(printer.lines.map((line) => line.replace(/ \[.*/, ''))).toEqual([
      `${failed}/app`,
      `${failed}n /app/n`,
      'warn liveparam: the configuration is loaded',
    ])
  })

  it('keeps working when printing fails', async () => {
    const config = await createTestConfig({ schema, path: '/app' }, { parameters })
    const fail = () => {
      throw new Error('the pipe is closed')
    }
    printState(config, { warn: fail, error: async () => fail() }, { mode: 'strict' })
    await config.set({ parameters: { '/app/n': 'x' } }).catch(() => undefined)
    await config.close()

    expect(config.explain().warnings).toEqual([])
  })
})

const placed = { '/app/other': 'x' }

describe('38. a process', () => {
  it.each([
    ['without a logger', {}, { lines: 3 }],
    ['on Lambda', { AWS_LAMBDA_FUNCTION_NAME: 'shop' }, { lines: 3 }],
  ])('%s prints one line on stderr for each change of state', async (_, env, { lines }) => {
    const { errors, ...end } = await runProgram([fixture, '{}'], { env })
    const printed = errors.trimEnd().split('\n')

    expect(end).toEqual({ code: 0, output: 'stale\n' })
    expect(printed.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual([
      'liveparam: rejected a new configuration, the last one stays in use',
      'liveparam: recovered (refresh)',
      'liveparam: stale (source-error)',
    ])
    expect(printed).toHaveLength(lines)
    expect(errors).not.toContain('a secret text')
    expect(errors).not.toContain('\u001b')
  })

  it('prints nothing with logger: false', async () => {
    expect(await runProgram([fixture, '{"logger":false}'], { env: {} })).toEqual({
      code: 0,
      output: 'stale\n',
      errors: '',
    })
  })

  it.each([
    ['strict', ''],
    [
      'background',
      /^liveparam: could not load the configuration, and liveparam retries: n \/app\/n \[MISSING_PARAMETER\]: [^\n]*\n$/,
    ],
  ])('prints the failure of a start in mode %s', async (mode, expected) => {
    const { errors } = await runProgram([fixture, JSON.stringify({ mode, parameters: placed })], { env: {} })
    if (typeof expected === 'string') expect(errors).toBe(expected)
    else expect(errors).toMatch(expected)
  })
})

it('38. puts every detail of a rejected loadConfig() into its error', async () => {
  const logger: Logger = { warn: () => expect.unreachable(), error: () => expect.unreachable() }
  const error = await rejection(
    loadConfig({ schema, path: '/app', source: memorySource({ parameters: placed }), logger }),
  )

  expect(error).toMatchObject({ code: 'LOAD_FAILED' })
})

it.each([true, 'console', {}, null])('38. refuses %s as a logger', (logger) => {
  const wrong = logger as unknown as Logger
  expect(() => defineConfig({ schema, path: '/app', logger: wrong })).toThrow(
    'an object with a method warn(message), or false',
  )
})

it('38. passes the lines of a message to a logger as lines, without control characters', async () => {
  const messages: string[] = []
  const logger: Logger = { warn: (message) => messages.push(message) }
  const config = await createTestConfig({ schema, path: '/app', logger }, { parameters })
  config.fail({ detail: 'red\u001b[31m', remedy: 'look' })
  await config.refresh().catch(() => undefined)
  await config.close()

  expect(messages).toHaveLength(1)
  expect(messages[0]).toContain('red\\u001b[31m')
  expect(messages[0]?.split('\n').length).toBeGreaterThan(2)
})
