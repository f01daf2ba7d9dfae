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
  /** Whether parameters are found by their ARN, too; if not, nothing is asked for by one. @default true */
  readonly hasArns?: boolean
  /** Whether the store keeps the data type of each version; if not, no data type is put. @default false */
  readonly hasDataTypes?: boolean
  /**
   * Adds a version; `String` unless a type is named, and with the data type if one is given. As in Parameter Store, a
   * name without a slash stands at the root: `root` is read as `/root`.
   */
  put(name: string, value: string, type?: ParameterType, dataType?: string): unknown
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

    const expected = { '/app/a': '/app/a', '/app/b/c/d': '/app/b/c/d' }
    assert.deepEqual(valuesOf(reading), expected, '/app has /app/a and /app/b/c/d, not /app itself nor /apple/a')
    assert.equal(reading.failures.size, 0, 'failures names what could not be read: nothing, here')
    assert.equal(reading.failure, undefined, 'failure is for a path that could not be read, which /app can be')
  }),

  rule('reads all of a long path, with types and versions', async (store) => {
    for (let index = 0; index < 33; index++) await store.put(`/app/k${index}`, String(index))
    await store.put('/app/list', 'a,b', 'StringList')
    await store.put('/app/token', 'hunter1', 'SecureString')
    await store.put('/app/token', 'hunter2', 'SecureString')
    const { parameters } = await readPath(store, below('/app'))
    const find = (name: string) => parameters.find((parameter) => parameter.name === name)

    assert.equal(parameters.length, 35, 'all 35 parameters below /app are read, however many that are')
    const token = 'type, version and value are those of the latest version: a SecureString at version 2, decrypted'
    assert.deepEqual(shown(find('/app/token')), ['SecureString', 2, 'hunter2'], token)
    const list = 'a StringList comes as such, and as the one text that was put'
    assert.deepEqual(shown(find('/app/list')), ['StringList', 1, 'a,b'], list)
  }),

  rule('keeps what is covered, and lists everything', async (store) => {
    await store.put('/app/a', '1')
    await store.put('/app/b', '2')
    const reading = await readPath(store, { path: '/app', covers: (name) => name === '/app/a' })

    assert.deepEqual(valuesOf(reading), { '/app/a': '1' }, 'parameters holds what covers() accepts, and nothing else')
    const listed = 'listed has every name below the path, those that covers() does not accept included'
    assert.deepEqual([...(reading.listed ?? [])].sort(), ['/app/a', '/app/b'], listed)
  }),

  rule('reads the version that carries the label, and nothing that lacks it', async (store) => {
    await store.put('/app/a', 'old')
    await store.label('/app/a', 'live')
    await store.put('/app/a', 'new')
    await store.put('/app/b', 'bare')
    const reading = await readPath(store, { ...below('/app'), label: 'live' })

    const labelled = 'with a label, parameters holds the version that carries it, and no parameter that lacks it'
    assert.deepEqual(reading.parameters.map(shown), [['String', 1, 'old']], labelled)
    assert.deepEqual(reading.listed, ['/app/a'], 'with a label, listed has the names that carry it')
  }),

  rule('answers each path in its place, also where nothing is stored', async (store) => {
    await store.put('/b/x', 'b')
    await store.put('/a/x', 'a')
    const { hierarchies } = await read(store, { hierarchies: ['/b', '/none', '/a'].map(below) })

    const inPlace = 'there is one answer for each path, in the order of the request'
    assert.deepEqual(hierarchies.map(valuesOf), [{ '/b/x': 'b' }, {}, { '/a/x': 'a' }], inPlace)
    assert.deepEqual(hierarchies[1]?.listed, [], 'listed is empty where nothing is stored')
    assert.equal(hierarchies[1]?.failure, undefined, 'a path below which nothing is stored has not failed')
  }),

  rule('reads root-level parameters under their full name', async (store) => {
    await store.put('root', 'r')
    const { hierarchies, names } = await read(store, { hierarchies: [below('/')], names: ['/root'] })

    const isBelow = 'what was put as root is read below the path / as /root'
    assert.deepEqual(hierarchies.map(valuesOf), [{ '/root': 'r' }], isBelow)
    assert.equal(foundAt(names, '/root')?.name, '/root', 'what was put as root is found by the name /root')
  }),

  rule('tells several versions and labels of one parameter apart', async (store) => {
    for (const value of ['one', 'two', 'three']) await store.put('/app/a', value)
    await store.label('/app/a', 'live', 2)
    const { names } = await read(store, { names: ['/app/a', '/app/a:1', '/app/a:live'] })

    assert.deepEqual(shown(foundAt(names, '/app/a')), ['String', 3, 'three'], 'a bare name is the latest version')
    assert.deepEqual(shown(foundAt(names, '/app/a:1')), ['String', 1, 'one'], 'name:1 is version 1')
    const labelled = 'name:label is the version that carries the label'
    assert.deepEqual(shown(foundAt(names, '/app/a:live')), ['String', 2, 'two'], labelled)
    const bare = 'an answer stands under what was asked for, and its name is without the selector'
    assert.equal(foundAt(names, '/app/a:live')?.name, '/app/a', bare)
  }),

  rule('reads the data type of each version, where the store keeps it', async (store) => {
    if (store.hasDataTypes !== true) return
    await store.put('/app/port', '80', 'String', 'integer')
    await store.put('/app/port', '80', 'String', 'float')
    const asked = ['/app/port', '/app/port:1']
    const { hierarchies, names } = await read(store, { hierarchies: [below('/app')], names: asked })

    const own = 'dataType is that of the version that is read (or leave out hasDataTypes)'
    assert.deepEqual(
      asked.map((name) => foundAt(names, name)?.dataType),
      ['float', 'integer'],
      own,
    )
    assert.deepEqual(
      hierarchies[0]?.parameters.map(({ dataType }) => dataType),
      ['float'],
      own,
    )
  }),

  rule('reads by ARN, with and without a selector', async (store) => {
    if (store.hasArns === false) return
    await store.put('/app/a', 'one')
    await store.put('/app/a', 'two')
    const arn = 'arn:aws:ssm:us-east-1:123456789012:parameter/app/a'
    const { names } = await read(store, { names: [arn, `${arn}:1`] })

    const found = [arn, `${arn}:1`].map((asked) => [foundAt(names, asked)?.name, foundAt(names, asked)?.value])
    const latest = 'an ARN is found under the ARN, and has the name of the parameter (or set hasArns: false)'
    assert.deepEqual(found[0], ['/app/a', 'two'], latest)
    assert.deepEqual(found[1], ['/app/a', 'one'], 'an ARN with :1 is version 1 of its parameter')
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
      'names has an answer for each name that was asked for: missing where the name, version or label is not there',
    )
  }),

  rule('reads more names than one call takes', async (store) => {
    const asked = Array.from({ length: 25 }, (_, index) => `/app/k${index}`)
    for (const name of asked) await store.put(name, `value of ${name}`)
    const { names } = await read(store, { names: asked })

    assert.deepEqual([...names.keys()], asked, 'names has the 25 names that were asked for, in that order')
    for (const name of asked) {
      assert.equal(foundAt(names, name)?.value, `value of ${name}`, `${name} is found, with its own value`)
    }
  }),

  rule('starts at version 1 again after a deletion', async (store) => {
    await store.put('/app/a', 'one')
    await store.put('/app/a', 'two')
    await store.delete('/app/a')
    const deleted = (await read(store, { names: ['/app/a'] })).names.get('/app/a')
    assert.deepEqual(deleted, { kind: 'missing' }, 'what was deleted is missing')

    await store.put('/app/a', 'again')
    const { names } = await read(store, { names: ['/app/a'] })
    assert.equal(foundAt(names, '/app/a')?.version, 1, 'what is put after it was deleted is at version 1')
  }),

  rule('gives the latest version, whatever is known of earlier ones', async (store) => {
    await store.put('/app/a', 'one', 'SecureString')
    await store.put('/app/b', 'one', 'SecureString')
    await store.put('/app/a', 'two', 'SecureString')
    const known = (_: string, { version }: { readonly version: number }) => (version === 1 ? 'one' : undefined)
    const request = { hierarchies: [below('/app')], names: ['/app/a'] }
    const { hierarchies, names } = await read(store, request, { known })

    const latest = 'what is known of version 1 is no answer where version 2 is stored'
    assert.deepEqual(hierarchies.map(valuesOf), [{ '/app/a': 'two', '/app/b': 'one' }], latest)
    assert.deepEqual(shown(foundAt(names, '/app/a')), ['SecureString', 2, 'two'], latest)
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
      'without a selector and as AWSCURRENT, a secret is the latest; as AWSPREVIOUS the one before; by id, that version',
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

    const [found, none, ...others] = secrets.map(describeOutcome)
    assert.deepEqual([found, others[0]], [[0, 255, 7], 'hunter2'], 'each secret is found, as bytes or as text')
    assert.deepEqual(
      [none, others[3]],
      ['missing', 'missing'],
      'a secret, or a stage of one, that is not there is missing',
    )
    assert.equal(others[1], 'BINARY_SECRET', 'bytes that are asked for as text have failed with BINARY_SECRET')
    assert.equal(others[2], 'INVALID_REFERENCE', 'text that is asked for as bytes has failed with INVALID_REFERENCE')
    assert.equal(secrets.length, asked.length, 'there is one answer for each secret, in the order of the request')
  }),

  rule('answers a request for nothing with nothing', async (store) => {
    const { hierarchies, names, secrets } = await read(store, {})

    assert.deepEqual([hierarchies, [...names], secrets], [[], [], []], 'nobody asked for anything')
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
