import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'

const schema = z.object({ host: z.string(), token: z.string() })

it('2. reports the contents of a snapshot and the origin of each value', async () => {
  const aws = await localAws({ clock: createFakeClock(1_000) })
  put(aws, { '/shared/host': 'old', '/app/host': 'new', '/app/token': ['SecureString', 'hunter2'] })
  await using config = await loadConfig({ schema, path: ['/shared', '/app'], ...at(aws) })
  const snapshot = config.pin()

  expect(snapshot).toMatchObject({ revision: 1, origin: 'remote', loadedAt: snapshot.verifiedAt })
  expect(snapshot.value).toBe(config.current)
  expect(snapshot.keys).toEqual([
    {
      key: 'host',
      parameter: '/app/host',
      layer: '/app',
      type: 'String',
      dataType: 'text',
      version: '1',
      modifiedAt: 1_000,
      isSensitive: false,
      overridden: [
        {
          parameter: '/shared/host',
          layer: '/shared',
          type: 'String',
          dataType: 'text',
          version: '1',
          modifiedAt: 1_000,
        },
      ],
    },
    {
      key: 'token',
      parameter: '/app/token',
      layer: '/app',
      type: 'SecureString',
      dataType: 'text',
      version: '1',
      modifiedAt: 1_000,
      isSensitive: true,
      overridden: [],
    },
  ])
  expect(Object.isFrozen(snapshot)).toBe(true)
})

it('2. derives the id of a snapshot from names and versions, never from values', async () => {
  const [one, other] = [await localAws({ clock: createFakeClock(1) }), await localAws({ clock: createFakeClock(1) })]
  put(one, { '/app/host': 'a', '/app/token': 'b' })
  put(other, { '/app/host': 'c', '/app/token': 'd' })
  await using first = await loadConfig({ schema, path: '/app', ...at(one) })
  await using second = await loadConfig({ schema, path: '/app', ...at(other) })
  put(other, { '/app/host': 'c' })
  await using third = await loadConfig({ schema, path: '/app', ...at(other) })

  expect(second.pin().id).toBe(first.pin().id)
  expect(third.pin().id).not.toBe(first.pin().id)
})
