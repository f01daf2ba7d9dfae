import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'

it('1. reads plain properties of an object that is frozen at every depth', async () => {
  const aws = await localAws()
  put(aws, { '/app/db/host': 'db.local', '/app/origins': ['StringList', 'a,b'], '/app/since': '2026-01-02' })
  const schema = z.object({ db: z.object({ host: z.string() }), origins: z.array(z.string()), since: z.date() })
  await using config = await loadConfig({ schema, path: '/app', ...at(aws) })
  const calls = aws.counts.total

  expect(config.current).toEqual({ db: { host: 'db.local' }, origins: ['a', 'b'], since: new Date('2026-01-02') })
  expect(config.current).toBe(config.current)
  expect(() => Object.assign(config.current.db, { host: 'other' })).toThrow(TypeError)
  expect(() => Reflect.apply(Array.prototype.push, config.current.origins, ['c'])).toThrow(TypeError)
  expect(Object.isFrozen(config.current)).toBe(true)
  expect(Object.isFrozen(config.current.since)).toBe(false)

  await aws.close()
  expect(config.current.db.host).toBe('db.local')
  expect(aws.counts.total).toBe(calls)
})
