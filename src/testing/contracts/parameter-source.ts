import assert from 'node:assert/strict'
import type {
  HierarchyReading,
  HierarchyRequest,
  Outcome,
  ParameterSource,
  ParameterType,
  Reading,
  ReadOptions,
  ReadRequest,
  SecretRequest,
  StoredParameter,
} from '../../ports.ts'
import type { ContractCase } from './contract-case.ts'

/** A source, and the store behind it. Each case asks for an empty one. */
export interface SourceUnderTest {
  /** What is tested. */
  readonly source: ParameterSource
  /** Adds a version; `String` unless a type is named. */
  put(name: string, value: string, type?: ParameterType): unknown
  /** Moves a label to a version, the latest by default. */
  label(name: string, label: string, version?: number): unknown
  /** Deletes a parameter with all its versions. */
  delete(name: string): unknown
  /** Adds a version, which becomes the current one. @returns Its id. */
  putSecret(id: string, value: string | Uint8Array): string | Promise<string>
}

/**
 * What every parameter source has to do, for the test runner of your choice:
 * `for (const { name, run } of parameterSourceContract) it(name, () => run(setUp))`.
 */
export const parameterSourceContract: readonly ContractCase[] = [
  rule('reads every depth below a path, and neither the path itself nor its neighbours', async (store) => {
    for (const stored of ['/app', '/app/a', '/app/b/c/d', '/apple/a', '/other']) await store.put(stored, stored)
    const reading = await readPath(store, below('/app'))

    assert.deepEqual(valuesOf(reading), { '/app/a': '/app/a', '/app/b/c/d': '/app/b/c/d' })
    assert.equal(reading.failures.size, 0)
    assert.equal(reading.failure, undefined)
  }),

  rule('reads all of a long path, with types and versions', async (store) => {
    for (let index = 0; index < 33; index++) await store.put(`/app/k${index}`, String(index))
    await store.put('/app/list', 'a,b', 'StringList')
    await store.put('/app/token', 'hunter1', 'SecureString')
    await store.put('/app/token', 'hunter2', 'SecureString')
    const { parameters } = await readPath(store, below('/app'))
    const find = (name: string) => parameters.find((parameter) => parameter.name === name)

    assert.equal(parameters.length, 35)
    assert.deepEqual(shown(find('/app/token')), ['SecureString', 2, 'hunter2'])
    assert.deepEqual(shown(find('/app/list')), ['StringList', 1, 'a,b'])
  }),

  rule('keeps what is covered, and lists everything', async (store) => {
    await store.put('/app/a', '1')
    await store.put('/app/b', '2')
    const reading = await readPath(store, { path: '/app', covers: (name) => name === '/app/a' })

    assert.deepEqual(valuesOf(reading), { '/app/a': '1' })
    assert.deepEqual([...(reading.listed ?? [])].sort(), ['/app/a', '/app/b'])
  }),

  rule('reads the version that carries the label, and nothing that lacks it', async (store) => {
    await store.put('/app/a', 'old')
    await store.label('/app/a', 'live')
    await store.put('/app/a', 'new')
    await store.put('/app/b', 'bare')
    const reading = await readPath(store, { ...below('/app'), label: 'live' })

    assert.deepEqual(reading.parameters.map(shown), [['String', 1, 'old']])
    assert.deepEqual(reading.listed, ['/app/a'])
  }),

  rule('answers each path in its place, also where nothing is stored', async (store) => {
    await store.put('/b/x', 'b')
    await store.put('/a/x', 'a')
    const { hierarchies } = await read(store, { hierarchies: ['/b', '/none', '/a'].map(below) })

    assert.deepEqual(hierarchies.map(valuesOf), [{ '/b/x': 'b' }, {}, { '/a/x': 'a' }])
    assert.deepEqual(hierarchies[1]?.listed, [])
    assert.equal(hierarchies[1]?.failure, undefined)
  }),

  rule('reads root-level parameters under their full name', async (store) => {
    await store.put('root', 'r')
    const { hierarchies, names } = await read(store, { hierarchies: [below('/')], names: ['/root'] })

    assert.deepEqual(hierarchies.map(valuesOf), [{ '/root': 'r' }])
    assert.equal(foundAt(names, '/root')?.name, '/root')
  }),

  rule('tells several versions and labels of one parameter apart', async (store) => {
    for (const value of ['one', 'two', 'three']) await store.put('/app/a', value)
    await store.label('/app/a', 'live', 2)
    const { names } = await read(store, { names: ['/app/a', '/app/a:1', '/app/a:live'] })

    assert.deepEqual(shown(foundAt(names, '/app/a')), ['String', 3, 'three'])
    assert.deepEqual(shown(foundAt(names, '/app/a:1')), ['String', 1, 'one'])
    assert.deepEqual(shown(foundAt(names, '/app/a:live')), ['String', 2, 'two'])
    assert.equal(foundAt(names, '/app/a:live')?.name, '/app/a')
  }),

  rule('reads by ARN, with and without a selector', async (store) => {
    await store.put('/app/a', 'one')
    await store.put('/app/a', 'two')
    const arn = 'arn:aws:ssm:us-east-1:123456789012:parameter/app/a'
    const { names } = await read(store, { names: [arn, `${arn}:1`] })

    assert.deepEqual([foundAt(names, arn)?.name, foundAt(names, arn)?.value], ['/app/a', 'two'])
    assert.deepEqual([foundAt(names, `${arn}:1`)?.name, foundAt(names, `${arn}:1`)?.value], ['/app/a', 'one'])
  }),

  rule('says which names, versions and labels are missing', async (store) => {
    await store.put('/app/a', '1')
    const { names } = await read(store, { names: ['/app/a', '/app/b', '/app/a:7', '/app/a:live'] })

    assert.deepEqual(
      [...names].map(([asked, { kind }]) => [asked, kind]),
      [
        ['/app/a', 'found'],
        ['/app/b', 'missing'],
        ['/app/a:7', 'missing'],
        ['/app/a:live', 'missing'],
      ],
    )
  }),

  rule('reads more names than one call takes', async (store) => {
    const asked = Array.from({ length: 25 }, (_, index) => `/app/k${index}`)
    for (const name of asked) await store.put(name, `value of ${name}`)
    const { names } = await read(store, { names: asked })

    assert.deepEqual([...names.keys()], asked)
    for (const name of asked) assert.equal(foundAt(names, name)?.value, `value of ${name}`)
  }),

  rule('starts at version 1 again after a deletion', async (store) => {
    await store.put('/app/a', 'one')
    await store.put('/app/a', 'two')
    await store.delete('/app/a')
    assert.deepEqual((await read(store, { names: ['/app/a'] })).names.get('/app/a'), { kind: 'missing' })

    await store.put('/app/a', 'again')
    assert.equal(foundAt((await read(store, { names: ['/app/a'] })).names, '/app/a')?.version, 1)
  }),

  rule('gives the latest version, whatever is known of earlier ones', async (store) => {
    await store.put('/app/a', 'one', 'SecureString')
    await store.put('/app/b', 'one', 'SecureString')
    await store.put('/app/a', 'two', 'SecureString')
    const known = (_: string, { version }: { readonly version: number }) => (version === 1 ? 'one' : undefined)
    const request = { hierarchies: [below('/app')], names: ['/app/a'] }
    const { hierarchies, names } = await read(store, request, { known })

    assert.deepEqual(hierarchies.map(valuesOf), [{ '/app/a': 'two', '/app/b': 'one' }])
    assert.deepEqual(shown(foundAt(names, '/app/a')), ['SecureString', 2, 'two'])
  }),

  rule('reads the current, the previous and any other version of a secret', async (store) => {
    const first = await store.putSecret('prod/db', 'one')
    const second = await store.putSecret('prod/db', 'two')
    const secrets = [undefined, 'AWSCURRENT', 'AWSPREVIOUS', first].map((selector) => text('prod/db', selector))
    const outcomes = (await read(store, { secrets })).secrets

    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind === 'found' && [outcome.found.value, outcome.found.versionId]),
      [
        ['two', second],
        ['two', second],
        ['one', first],
        ['one', first],
      ],
    )
  }),

  rule('answers each secret in its place: what is there, what is not, and what is of the other kind', async (store) => {
    await store.putSecret('text', 'hunter2')
    await store.putSecret('bytes', Uint8Array.of(0, 255, 7))
    const asked = [
      bytes('bytes'),
      text('none'),
      text('text'),
      text('bytes'),
      bytes('text'),
      text('text', 'NOSUCHSTAGE'),
    ]
    const { secrets } = await read(store, { secrets: asked })

    assert.deepEqual(secrets.map(describeOutcome), [
      [0, 255, 7],
      'missing',
      'hunter2',
      'BINARY_SECRET',
      'INVALID_REFERENCE',
      'missing',
    ])
  }),

  rule('answers a request for nothing with nothing', async (store) => {
    const { hierarchies, names, secrets } = await read(store, {})

    assert.deepEqual([hierarchies, [...names], secrets], [[], [], []])
  }),

  rule('rejects with the reason of a signal that has aborted', async (store) => {
    const signal = AbortSignal.abort('closing')

    await assert.rejects(
      read(store, { names: ['/app/a'] }, { signal }),
      (reason: unknown) => reason === 'closing',
      'it is to reject with the reason of the signal',
    )
  }),
]

function rule(name: string, check: (store: SourceUnderTest) => Promise<void>): ContractCase {
  return { name, run: async (setUp) => check(await setUp()) }
}

function read(
  { source }: SourceUnderTest,
  { hierarchies = [], names = [], secrets = [] }: Partial<ReadRequest>,
  options: Partial<ReadOptions> = {},
): Promise<Reading> {
  return source.read({ hierarchies, names, secrets }, { signal: new AbortController().signal, ...options })
}

async function readPath(store: SourceUnderTest, hierarchy: HierarchyRequest): Promise<HierarchyReading> {
  const [reading] = (await read(store, { hierarchies: [hierarchy] })).hierarchies
  assert.ok(reading, 'there is to be an answer for each path')
  return reading
}

function below(path: string): HierarchyRequest {
  return { path, covers: () => true }
}

function valuesOf({ parameters }: HierarchyReading): Record<string, string> {
  const sorted = [...parameters].sort((a, b) => (a.name < b.name ? -1 : 1))
  return Object.fromEntries(sorted.map(({ name, value }) => [name, value]))
}

function shown(parameter: StoredParameter | undefined): unknown {
  return parameter && [parameter.type, parameter.version, parameter.value]
}

function foundAt(names: Reading['names'], asked: string): StoredParameter | undefined {
  const outcome = names.get(asked)
  return outcome?.kind === 'found' ? outcome.found : undefined
}

function describeOutcome(outcome: Outcome<{ readonly value: string | Uint8Array }>): unknown {
  if (outcome.kind === 'failed') return outcome.failure.code
  if (outcome.kind === 'missing') return outcome.kind
  const { value } = outcome.found
  return typeof value === 'string' ? value : [...value]
}

function text(id: string, selector?: string): SecretRequest {
  return { id, binary: false, ...(selector !== undefined && { selector }) }
}

function bytes(id: string): SecretRequest {
  return { id, binary: true }
}
