import type { Logger as Powertools } from '@aws-lambda-powertools/logger'
import bunyan from 'bunyan'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import winston from 'winston'
import * as z from 'zod'
import { defineConfig, json, loadConfig, redacted, secret, sensitive } from '../../src/index.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'
import { linesWith } from '../support/canaries.ts'
import { Lines, PowertoolsInto } from '../support/loggers.ts'
import { loadError } from '../support/rejection.ts'

const canary = 'hunter2canary'

/** The ways in which people hand an object to a logger. */
type Write = (value: object) => unknown

const loggers: Record<string, (stream: Lines) => Write[]> = {
  pino(stream) {
    const logger = pino(stream)
    return [
      (value) => logger.info(value),
      (value) => logger.info(value, 'loaded'),
      (value) => logger.info({ value, list: [value] }),
      (value) => logger.error({ err: value }),
      (value) => logger.info('%o %j %s', value, value, value),
      (value) => logger.child({ value }).info('loaded'),
    ]
  },
  winston(stream) {
    const { combine, json: asJson, prettyPrint, simple, splat, timestamp, errors } = winston.format
    const interpolating = combine(errors(), splat(), timestamp(), asJson())
    return [asJson(), simple(), prettyPrint({ depth: 9 }), interpolating].flatMap((format): Write[] => {
      const logger = winston.createLogger({ format, transports: new winston.transports.Stream({ stream }) })
      return [
        (value) => logger.info(value),
        (value) => logger.info('loaded', value),
        (value) => logger.info('loaded', { value, list: [value] }),
        (value) => format === interpolating && logger.info('loaded %o %j %s', value, value, value),
        (value) => logger.child({ value }).info('loaded'),
      ]
    })
  },
  'the Logger of Powertools'(stream) {
    const logger = (): Powertools => new PowertoolsInto(stream)
    const whole = (value: object): object => ({ message: 'loaded', ...value })
    return [
      (value) => logger().info('loaded', { value, list: [value] }),
      (value) => logger().info('loaded', value as Record<string, string>),
      (value) => logger().info(whole(value) as { message: string }),
      (value) => logger().error('failed', value as Error),
      (value) => {
        const appending = logger()
        appending.appendKeys({ value })
        appending.appendPersistentKeys({ kept: value })
        appending.info('loaded')
      },
    ]
  },
  bunyan(stream) {
    const logger = bunyan.createLogger({ name: 'shop', stream, serializers: bunyan.stdSerializers })
    return [
      (value) => logger.info(value, 'loaded'),
      (value) => logger.info({ value, list: [value] }, 'loaded'),
      (value) => logger.error({ err: value }, 'failed'),
      (value) => logger.info('%o %j %s', value, value, value),
      (value) => logger.child({ value }).info('loaded'),
    ]
  },
}

const schema = z.object({
  host: z.string(),
  token: z.string(),
  marked: sensitive(z.string()).default('d3fault'),
  list: z.array(z.string()),
  db: json(z.object({ password: z.string() })),
  record: z.record(z.string(), z.string()),
  secret: secret('canary', z.object({ password: z.string() })),
})

const secure = (value: string) => ({ type: 'SecureString', value }) as const

const stored = {
  parameters: {
    '/app/host': 'h',
    '/app/token': secure(canary),
    '/app/list': secure(`["${canary}"]`),
    '/app/db': secure(`{"password":"${canary}"}`),
    '/app/record/a': secure(canary),
  },
  secrets: { canary: `{"password":"${canary}"}` },
}

// Every object of liveparam that a service may log.
async function everything(): Promise<Record<string, object>> {
  const options = { schema, path: '/app', overrides: { token: canary, db: `{"password":"${canary}"}` } }
  const found: Record<string, object> = { definition: defineConfig(options) }
  await using config = await createTestConfig({ schema, path: '/app' }, stored)
  for (const event of ['change', 'rejected', 'stale', 'error', 'recovered', 'warning'] as const) {
    config.on(event, (payload) => {
      found[`the event ${event}`] = payload
    })
  }
  await config.set({ parameters: { '/app/record/b': secure(`${canary}2`), '/app/host': 'i' } })
  await config.set({ parameters: { '/app/db': secure(canary) } }).catch(() => undefined)
  found.handle = config
  found.snapshot = config.pin()
  found.status = config.status()
  found.health = config.health()
  found.explanation = config.explain()
  found['redacted()'] = redacted(config.current) as object
  found['redacted() of more'] = redacted({ list: [config.current, config.pin()], of: config.current.db }) as object
  found['the error of a start'] = await loadError(
    loadConfig({
      schema: z.object({ token: z.number(), db: z.string().max(1) }),
      path: '/app',
      source: memorySource(stored),
    }),
  )
  return found
}

const values = await everything()

describe.each(Object.entries(loggers))('%s', (_, open) => {
  it('prints the object of a line', () => {
    const given = { text: canary, toString: () => canary, stack: canary }
    for (const [way] of open(new Lines()).entries()) {
      const stream = new Lines()
      const hasWritten = open(stream)[way]?.(given) !== false
      expect(linesWith(canary, stream.lines.join('\n')).length > 0, `way ${way}`).toBe(hasWritten)
    }
  })

  it.each(Object.entries(values))('shows no secret of %s', (_name, value) => {
    const stream = new Lines()
    for (const write of open(stream)) write(value)

    expect(stream.lines).not.toEqual([])
    expect(linesWith(canary, stream.lines.join('\n'))).toEqual([])
  })
})

it('keeps the values in a change event, a snapshot and an error', () => {
  expect(Object.keys(values)).toEqual(expect.arrayContaining(['the event change', 'the event rejected', 'snapshot']))
  expect(values['the event change']).toMatchObject({ changed: expect.anything() })
  expect(Reflect.get(values['the event change'] ?? {}, 'current')).toMatchObject({ host: 'i', token: canary })
  expect(values['redacted()']).toEqual({
    host: 'i',
    token: '[redacted]',
    marked: '[redacted]',
    list: '[redacted]',
    db: '[redacted]',
    record: { a: '[redacted]', b: '[redacted]' },
    secret: '[redacted]',
  })
})
