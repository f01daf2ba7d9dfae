import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadFrom } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'

const keys = Array.from({ length: 40 }, (_, index) => `workerPoolSize${index}`)
const schema = z.object(Object.fromEntries(keys.map((key) => [key, z.string()])))

async function remediesFor(respell: (key: string) => string): Promise<string[]> {
  const stored = Object.fromEntries(keys.map((key) => [`/app/${respell(key)}`, 'x']))
  const { missing } = await loadError(loadFrom(schema, stored))
  return missing.map(({ remedy = '' }) => remedy)
}

it('suggests for every key the naming rule that finds it', async () => {
  const remedies = await remediesFor((key) => key.replace('workerPoolSize', 'worker_pool_size'))

  expect(remedies.filter((remedy) => remedy.includes("naming: 'snake_case'"))).toHaveLength(40)
})

it('compares only the first ten missing names with all stored names, to save time at the start', async () => {
  const remedies = await remediesFor((key) => key.replace('Pool', 'Pol'))

  expect(remedies.filter((remedy) => remedy.includes('is stored: rename it'))).toHaveLength(10)
  expect(remedies.filter((remedy) => remedy.startsWith('store it'))).toHaveLength(30)
})

async function remedies(keys: readonly string[], stored: readonly string[]): Promise<Record<string, string>> {
  const shape = Object.fromEntries(keys.map((key) => [key, z.string()]))
  return remediesOf(z.object(shape), stored)
}

async function remediesOf(missed: z.ZodObject, stored: readonly string[]): Promise<Record<string, string>> {
  const { missing } = await loadError(loadFrom(missed, Object.fromEntries(stored.map((name) => [name, 'x']))))
  return Object.fromEntries(missing.map(({ key = '', remedy = '' }) => [key, remedy]))
}

const none = 'store it, or make the key optional or give it a default'

it('suggests json() if one parameter is stored for the object', async () => {
  const obj = z.object({ a: z.number(), deep: z.object({ b: z.number() }) })
  const remedy = '/app/obj is one parameter: put json() around the object'

  expect(await remediesOf(z.object({ obj }), ['/app/obj'])).toEqual({ 'obj.a': remedy, 'obj.deep.b': remedy })
})

it('does not treat a short name as a misspelling of another', async () => {
  const short = ['id', 'to', 'cc', 'k0', 'sql', 'port']
  const found = await remedies(short, ['/app/db', '/app/ttl', '/app/pw', '/app/cost'])

  expect(found).toEqual(Object.fromEntries(short.map((key) => [key, none])))
})

it.each([
  ['hots', 'host'],
  ['prot', 'port'],
  ['ID', 'id'],
  ['sq', undefined],
])('for %s suggests %s', async (key, name) => {
  const found = await remedies([key], ['/app/host', '/app/port', '/app/id', '/app/sql'])

  expect(found[key]).toContain(name === undefined ? none : `/app/${name} is stored`)
})

it('does not suggest a name in the path of another key', async () => {
  const found = await remediesOf(z.object({ login: z.object({ user: z.string() }), logins: z.string() }), [
    '/app/login',
  ])

  expect(found.logins).toBe(none)
})

it('suggests a naming rule only if it finds the other keys too', async () => {
  expect(await remedies(['dbHost', 'maxSize'], ['/app/db-host', '/app/maxSize'])).toEqual({
    dbHost: "/app/db-host is stored: name it with parameter('db-host', …)",
  })
  expect(await remedies(['dbHost', 'size'], ['/app/db-host', '/app/size'])).toEqual({
    dbHost: "/app/db-host is stored: naming: 'kebab-case' would find it",
  })
})

it('suggests no naming rule if several would find the key', async () => {
  expect(await remedies(['HOST'], ['/app/host'])).toEqual({
    HOST: "/app/host is stored: name it with parameter('host', …)",
  })
})

it('suggests a full name for a parameter under another path', async () => {
  const found = await remediesOf(z.object({ mainDb: z.object({ maxSize: z.string() }), logLevel: z.string() }), [
    '/app/main-db/max-size',
    '/app/logLevel',
  ])

  expect(found['mainDb.maxSize']).toBe(
    "/app/main-db/max-size is stored: name it with parameter('/app/main-db/max-size', …)",
  )
})
