import { describe, expect, it } from 'vitest'
import type { ParameterSource, ParameterType, SecretRequest } from '../../src/ports.ts'
import { DeadlineReached } from '../../src/refresh/deadline.ts'
import { below, read } from '../support/reading.ts'
import { rejection } from '../support/rejection.ts'

/** A source, and the store behind it. */
export interface SourceUnderTest {
  readonly source: ParameterSource
  put(name: string, value: string, type?: ParameterType): void
  label(name: string, label: string, version?: number): void
  delete(name: string): void
  /** @returns The id of the version. */
  putSecret(id: string, value: string | Uint8Array): string
}

/** What every parameter source has to do. */
export function parameterSourceContract(name: string, setUp: () => Promise<SourceUnderTest>): void {
  describe(`${name} as a parameter source: hierarchies`, () => {
    it('reads every depth below the path, and neither the path itself nor its neighbours', async () => {
      const { source, put } = await setUp()
      for (const stored of ['/app', '/app/a', '/app/b/c/d', '/apple/a', '/other']) put(stored, stored)
      const [reading] = (await read(source, { hierarchies: [below('/app')] })).hierarchies

      expect(reading?.parameters.map(({ name, value }) => [name, value]).sort()).toEqual([
        ['/app/a', '/app/a'],
        ['/app/b/c/d', '/app/b/c/d'],
      ])
      expect(reading?.failures.size).toBe(0)
      expect(reading?.failure).toBeUndefined()
    })

    it('reads all of a long one, with types and versions', async () => {
      const { source, put } = await setUp()
      for (let index = 0; index < 33; index++) put(`/app/k${index}`, String(index))
      put('/app/list', 'a,b', 'StringList')
      put('/app/token', 'hunter1', 'SecureString')
      put('/app/token', 'hunter2', 'SecureString')
      const [reading] = (await read(source, { hierarchies: [below('/app')] })).hierarchies

      expect(reading?.parameters).toHaveLength(35)
      expect(reading?.parameters.find(({ name }) => name === '/app/token')).toMatchObject({
        type: 'SecureString',
        version: 2,
        value: 'hunter2',
      })
      expect(reading?.parameters.find(({ name }) => name === '/app/list')).toMatchObject({ type: 'StringList' })
    })

    it('keeps what is covered, and lists everything', async () => {
      const { source, put } = await setUp()
      put('/app/a', '1')
      put('/app/b', '2')
      const covers = (name: string) => name === '/app/a'
      const [reading] = (await read(source, { hierarchies: [{ path: '/app', covers }] })).hierarchies

      expect(reading?.parameters.map(({ name }) => name)).toEqual(['/app/a'])
      expect([...(reading?.listed ?? [])].sort()).toEqual(['/app/a', '/app/b'])
    })

    it('reads the version that carries the label, and nothing that lacks it', async () => {
      const { source, put, label } = await setUp()
      put('/app/a', 'old')
      label('/app/a', 'live')
      put('/app/a', 'new')
      put('/app/b', 'bare')
      const [reading] = (await read(source, { hierarchies: [{ ...below('/app'), label: 'live' }] })).hierarchies

      expect(reading?.parameters).toMatchObject([{ name: '/app/a', value: 'old', version: 1 }])
      expect(reading?.listed).toEqual(['/app/a'])
    })

    it('answers each hierarchy in its place, also where nothing is stored', async () => {
      const { source, put } = await setUp()
      put('/b/x', 'b')
      put('/a/x', 'a')
      const hierarchies = ['/b', '/none', '/a'].map((path) => below(path))
      const reading = await read(source, { hierarchies })

      expect(reading.hierarchies.map(({ parameters }) => parameters.map(({ value }) => value))).toEqual([
        ['b'],
        [],
        ['a'],
      ])
      expect(reading.hierarchies[1]).toMatchObject({ listed: [] })
      expect(reading.hierarchies[1]?.failure).toBeUndefined()
    })

    it('reads root-level parameters under their full name', async () => {
      const { source, put } = await setUp()
      put('root', 'r')
      const reading = await read(source, { hierarchies: [below('/')], names: ['/root'] })

      expect(reading.hierarchies[0]?.parameters).toMatchObject([{ name: '/root', value: 'r' }])
      expect(reading.names.get('/root')).toMatchObject({ found: { name: '/root', value: 'r' } })
    })
  })

  describe(`${name} as a parameter source: names`, () => {
    it('tells several versions and labels of one parameter apart', async () => {
      const { source, put, label } = await setUp()
      for (const value of ['one', 'two', 'three']) put('/app/a', value)
      label('/app/a', 'live', 2)
      const { names } = await read(source, { names: ['/app/a', '/app/a:1', '/app/a:live'] })

      expect([...names].map(([asked, outcome]) => [asked, outcome.kind === 'found' && outcome.found.value])).toEqual([
        ['/app/a', 'three'],
        ['/app/a:1', 'one'],
        ['/app/a:live', 'two'],
      ])
      expect(names.get('/app/a:live')).toMatchObject({ found: { name: '/app/a', version: 2 } })
    })

    it('reads by ARN, with and without a selector', async () => {
      const { source, put } = await setUp()
      put('/app/a', 'one')
      put('/app/a', 'two')
      const arn = 'arn:aws:ssm:us-east-1:123456789012:parameter/app/a'
      const { names } = await read(source, { names: [arn, `${arn}:1`] })

      expect(names.get(arn)).toMatchObject({ found: { name: '/app/a', value: 'two' } })
      expect(names.get(`${arn}:1`)).toMatchObject({ found: { name: '/app/a', value: 'one' } })
    })

    it('says which names, versions and labels are missing', async () => {
      const { source, put } = await setUp()
      put('/app/a', '1')
      const { names } = await read(source, { names: ['/app/a', '/app/b', '/app/a:7', '/app/a:live'] })

      expect([...names].map(([asked, { kind }]) => [asked, kind])).toEqual([
        ['/app/a', 'found'],
        ['/app/b', 'missing'],
        ['/app/a:7', 'missing'],
        ['/app/a:live', 'missing'],
      ])
    })

    it('reads more names than one call takes', async () => {
      const { source, put } = await setUp()
      const asked = Array.from({ length: 25 }, (_, index) => `/app/k${index}`)
      for (const full of asked) put(full, `value of ${full}`)
      const { names } = await read(source, { names: asked })

      expect([...names.keys()]).toEqual(asked)
      for (const full of asked) expect(names.get(full)).toMatchObject({ found: { value: `value of ${full}` } })
    })

    it('starts at version 1 again after a deletion', async () => {
      const { source, put, delete: remove } = await setUp()
      put('/app/a', 'one')
      put('/app/a', 'two')
      remove('/app/a')
      expect((await read(source, { names: ['/app/a'] })).names.get('/app/a')).toEqual({ kind: 'missing' })

      put('/app/a', 'again')
      expect((await read(source, { names: ['/app/a'] })).names.get('/app/a')).toMatchObject({ found: { version: 1 } })
    })
  })

  describe(`${name} as a parameter source: secrets`, () => {
    it('reads the current, the previous and any other version', async () => {
      const { source, putSecret } = await setUp()
      const first = putSecret('prod/db', 'one')
      const second = putSecret('prod/db', 'two')
      const secrets = [undefined, 'AWSCURRENT', 'AWSPREVIOUS', first].map((selector) => text('prod/db', selector))
      const found = (await read(source, { secrets })).secrets

      expect(
        found.map((outcome) => outcome.kind === 'found' && [outcome.found.value, outcome.found.versionId]),
      ).toEqual([
        ['two', second],
        ['two', second],
        ['one', first],
        ['one', first],
      ])
    })

    it('answers each in its place: what is there, what is not, and what is of the other kind', async () => {
      const { source, putSecret } = await setUp()
      putSecret('text', 'hunter2')
      putSecret('bytes', Uint8Array.of(0, 255, 7))
      const { secrets } = await read(source, {
        secrets: [
          bytes('bytes'),
          text('none'),
          text('text'),
          text('bytes'),
          bytes('text'),
          text('text', 'NOSUCHSTAGE'),
        ],
      })

      expect(secrets).toMatchObject([
        { kind: 'found', found: { value: Uint8Array.of(0, 255, 7) } },
        { kind: 'missing' },
        { kind: 'found', found: { value: 'hunter2' } },
        { kind: 'failed', failure: { code: 'BINARY_SECRET', isTransient: false } },
        { kind: 'failed', failure: { code: 'INVALID_REFERENCE', isTransient: false } },
        { kind: 'missing' },
      ])
    })
  })

  describe(`${name} as a parameter source: signals`, () => {
    it('answers a request for nothing with nothing', async () => {
      const { source } = await setUp()

      expect(await read(source, {})).toMatchObject({ hierarchies: [], names: new Map(), secrets: [] })
    })

    it('says of each thing that it was not read in time when the deadline has passed', async () => {
      const { source, put } = await setUp()
      put('/app/a', '1')
      const signal = AbortSignal.abort(new DeadlineReached(50))
      const request = { hierarchies: [below('/app')], names: ['/app/a'], secrets: [text('db')] }
      const reading = await read(source, request, signal)
      const late = { code: 'TIMEOUT', isTransient: true }

      expect(reading.hierarchies).toMatchObject([{ parameters: [], failure: late }])
      expect(reading.names.get('/app/a')).toMatchObject({ kind: 'failed', failure: late })
      expect(reading.secrets).toMatchObject([{ kind: 'failed', failure: late }])
    })

    it('rejects with the reason of a signal that aborted for anything else', async () => {
      const { source } = await setUp()
      const signal = AbortSignal.abort('closing')

      expect(await rejection(read(source, { names: ['/app/a'] }, signal))).toBe('closing')
    })
  })
}

function text(id: string, selector?: string): SecretRequest {
  return { id, binary: false, ...(selector !== undefined && { selector }) }
}

function bytes(id: string): SecretRequest {
  return { id, binary: true }
}
