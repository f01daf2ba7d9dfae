import bunyan from 'bunyan'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import winston from 'winston'
import * as z from 'zod'
import { redacted, reveal, sensitive } from '../../src/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'
import { loadFrom } from '../support/load.ts'
import { Lines, PowertoolsInto } from '../support/loggers.ts'

const schema = z.object({
  db: z.object({ host: z.string(), password: sensitive(z.string()) }),
  keys: sensitive(z.object({ a: z.string() })),
})
const parameters = { '/app/db/host': 'h', '/app/db/password': 'hunter2', '/app/keys/a': 'hunter2' }
const shown = { db: { host: 'h', password: '[redacted]' }, keys: { a: '[redacted]' } }

it('returns a plain copy that can be changed, at every depth', async () => {
  await using config = await loadFrom(schema, parameters)
  const copy = redacted(config.current)

  expect(copy).toStrictEqual(shown)
  Object.assign(Object(copy.db), { host: 'other' })
  expect(copy).toMatchObject({ db: { host: 'other' } })
  expect(config.current.db.host).toBe('h')
})

it('redacts configurations inside plain objects and arrays', async () => {
  await using config = await loadFrom(schema, parameters)
  const { db } = config.current
  const nested = redacted([{ db, other: [config.current, db] }, config.pin()])

  expect(nested).toMatchObject([{ db: shown.db, other: [shown, shown.db] }, { value: shown }])
})

it('returns any other value unchanged', async () => {
  await using config = await loadFrom(schema, parameters)
  const date = new Date(0)
  const map = new Map([['a', 1]])

  for (const value of ['text', 7, null, undefined, date, map, config]) expect(redacted(value)).toBe(value)
  expect(redacted({ date, own: ['x'] })).toStrictEqual({ date, own: ['x'] })
  expect(redacted(config.current.db.password)).toBe('hunter2')
  expect(redacted(reveal(config.current.db))).toEqual({ host: 'h', password: 'hunter2' })
})

it('keeps cycles, and keys named __proto__', () => {
  const own = JSON.parse('{"__proto__":{"polluted":true}}')
  own.self = own
  const copy = redacted(own)

  expect(copy.self).toBe(copy)
  expect(Object.keys(copy)).toEqual(['__proto__', 'self'])
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
})

const texts = sensitive(z.string())
const made = {
  text: z.object({ a: texts }).transform(({ a }) => a),
  Map: z.object({ a: texts }).transform(({ a }) => new Map([['a', a]])),
  number: z.object({ a: texts }).transform(({ a }) => a.length),
  'object with a class': z.object({ a: texts }).transform(({ a }) => new URL(`https://${a}`)),
}

it.each(Object.entries(made))('hides a configuration that is a %s in events and snapshots', async (_, root) => {
  const config = await createTestConfig({ schema: root, path: '/app' }, { parameters: { '/app/a': 'hunter2' } })
  const printed: unknown[] = []
  config.on('change', (event) => printed.push(redacted(event), JSON.parse(JSON.stringify(event))))
  await config.set({ parameters: { '/app/a': 'hunter22' } })

  const values = { current: '[redacted]', previous: '[redacted]' }
  expect(printed).toMatchObject([values, values])
  expect(redacted(config.pin())).toMatchObject({ value: '[redacted]' })
  await config.close()
})

it('shows a configuration that is a string or a Map without a secret', async () => {
  const plain = z.object({ a: z.string() }).transform(({ a }) => a)
  await using config = await loadFrom(plain, { '/app/a': 'x' })

  expect(JSON.parse(JSON.stringify(config.pin()))).toMatchObject({ value: 'x' })
})

it('redacts a value that a check puts in place of an object with secrets', async () => {
  const replaced = z.object({ host: z.string(), password: texts }).check((context) => {
    Object.assign(context, { value: new Map(Object.entries(context.value)) })
  })
  const root = z.object({ db: replaced, cache: replaced.optional(), port: z.string() })
  const stored = { '/app/db/host': 'h', '/app/db/password': 'hunter2', '/app/port': '1' }
  await using config = await loadFrom(root, stored)

  const withheld = { db: '[redacted]', port: '1' }
  expect(JSON.parse(JSON.stringify(config.current))).toEqual(withheld)
  expect(redacted(config.current)).toEqual(withheld)
})

it('has a type that pino, winston, bunyan and Powertools accept as the object of a line', async () => {
  await using config = await loadFrom(schema, parameters)
  const stream = new Lines()
  pino(stream).info(redacted(config.current), 'x')
  winston.createLogger({ transports: new winston.transports.Stream({ stream }) }).info('x', redacted(config.current))
  bunyan.createLogger({ name: 'shop', stream }).info(redacted(config.current), 'x')
  new PowertoolsInto(stream).info('x', redacted(config.current))

  expect(stream.lines.map((line) => JSON.parse(line))).toMatchObject([shown, shown, shown, shown])
})
