import { expect, it } from 'vitest'
import type { ReadFailure } from '../../src/errors.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { memorySource } from '../../src/testing/memory-source.ts'
import { below, read } from '../support/reading.ts'

const denied: ReadFailure = { code: 'ACCESS_DENIED', isTransient: false, detail: 'no', remedy: 'allow it' }

it('starts with the given contents, versions and times', async () => {
  const source = memorySource({
    parameters: { '/app/a': 'text', '/app/b': { value: 'x', type: 'SecureString', version: 7, modifiedAt: 1_000 } },
    secrets: { db: 'hunter2', key: Uint8Array.of(1), old: { value: 'x', versionId: 'v1', stage: 'AWSPREVIOUS' } },
  })
  const reading = await read(source, {
    names: ['/app/a', '/app/b'],
    secrets: [
      { id: 'db', binary: false },
      { id: 'key', binary: true },
      { id: 'old', selector: 'AWSPREVIOUS', binary: false },
    ],
  })

  expect(reading.names.get('/app/a')).toEqual({
    kind: 'found',
    found: { name: '/app/a', type: 'String', version: 1, value: 'text' },
  })
  expect(reading.names.get('/app/b')).toEqual({
    kind: 'found',
    found: { name: '/app/b', type: 'SecureString', version: 7, value: 'x', modifiedAt: 1_000 },
  })
  expect(reading.secrets).toMatchObject([{ kind: 'found' }, { kind: 'found' }, { found: { versionId: 'v1' } }])
})

it('takes times from its clock, and keeps the type of the previous version', async () => {
  const clock = createFakeClock(5)
  const source = memorySource({ clock })
  source.put('/app/a', { value: '1', type: 'SecureString' })
  await clock.advance(10)

  expect(source.put('/app/a', '2')).toEqual({ version: 2 })
  expect((await read(source, { names: ['/app/a'] })).names.get('/app/a')).toMatchObject({
    found: { type: 'SecureString', version: 2, modifiedAt: 15 },
  })
})

it('fails reads of a path, a name or a secret until the failure is removed', async () => {
  const source = memorySource({ parameters: { '/app/a': '1', '/app/b': '2', '/shared/a': '3' }, secrets: { db: 'x' } })
  const request = {
    hierarchies: [below('/app'), below('/shared')],
    names: ['/app/b:1'],
    secrets: [{ id: 'db', binary: false }],
  }
  const failures = ['/shared', '/app/b', 'db'].map((subject) => source.fail(subject, denied))
  const failing = await read(source, request)

  expect(failing.hierarchies).toMatchObject([{ parameters: [{ name: '/app/a' }] }, { parameters: [], failure: denied }])
  expect([...(failing.hierarchies[0]?.failures ?? [])]).toEqual([['/app/b', denied]])
  expect(failing.names.get('/app/b:1')).toEqual({ kind: 'failed', failure: denied })
  expect(failing.secrets).toEqual([{ kind: 'failed', failure: denied }])

  for (const failure of failures) failure.remove()
  const recovered = await read(source, request)
  expect(recovered.hierarchies.map(({ parameters }) => parameters.length)).toEqual([2, 1])
  expect(recovered.secrets).toMatchObject([{ kind: 'found' }])
})

it('reports a deleted secret as missing', async () => {
  const source = memorySource({ secrets: { db: 'x' } })
  source.deleteSecret('db')

  expect((await read(source, { secrets: [{ id: 'db', binary: false }] })).secrets).toEqual([{ kind: 'missing' }])
})

it('rejects a label for a version that does not exist', () => {
  const source = memorySource({ parameters: { '/app/a': '1' } })

  expect(() => source.label('/app/a', 'live', 2)).toThrow(TypeError)
})
