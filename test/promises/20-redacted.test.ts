import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, redacted, reveal, secret, sensitive } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'

it('20. shows secrets as [redacted], except to a read or reveal()', async () => {
  const aws = await localAws()
  aws.secrets.create({ name: 'db', value: '{"user":"app","password":"hunter2"}' })
  put(aws, {
    '/app/host': 'db.local',
    '/app/token': ['SecureString', 'hunter2'],
    '/app/keys': ['StringList', 'hunter2,b'],
  })
  const schema = z.object({
    host: z.string(),
    token: z.string(),
    keys: sensitive(z.array(z.string())),
    login: secret('db', z.object({ user: z.string(), password: z.string() })),
    url: secret(
      'db',
      z.object({ password: z.string() }).transform(({ password }) => `pg://${password}`),
    ),
  })
  await using config = await loadConfig({ schema, path: '/app', ...at(aws) })
  const shown = { host: 'db.local', token: '[redacted]', keys: '[redacted]', login: '[redacted]', url: '[redacted]' }

  expect(JSON.parse(JSON.stringify(config.current))).toEqual(shown)
  expect(redacted(config.current)).toEqual(shown)
  expect({ ...config.pin() }).not.toHaveProperty('value')
  for (const object of [
    config,
    config.current,
    config.current.login,
    config.current.keys,
    config.pin(),
    config.explain(),
  ]) {
    expect(inspect(object, { depth: null, showHidden: false })).not.toContain('hunter2')
    expect(JSON.stringify(object)).not.toContain('hunter2')
  }
  expect(config.current.token).toBe('hunter2')
  expect(config.current.url).toBe('pg://hunter2')
  expect(reveal(config.current.login)).toEqual({ user: 'app', password: 'hunter2' })
  expect(JSON.stringify(reveal(config.current))).toContain('hunter2')
})
