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

/** One test case of a contract. */
export interface ContractCase<Subject = SourceUnderTest> {
  /** The requirement, as the name of a test. */
  readonly name: string
  /** Tests a new subject. @throws AssertionError when it does not meet the requirement. */
  run(setUp: () => Subject | Promise<Subject>): Promise<void>
}

/** A parameter source and the store behind it. Each test case gets an empty one. */
export interface SourceUnderTest {
  /** The source to test. */
  readonly source: ParameterSource
  /** Whether the source reads parameters by ARN. Without this, no case uses an ARN. @default true */
  readonly hasArns?: boolean
  /** Whether the store keeps the data type of each version. Without this, no case sets one. @default false */
  readonly hasDataTypes?: boolean
  /**
   * Adds a version. The type is `String` by default. As in Parameter Store, a name without a slash is at the root: `root`
   * is read as `/root`.
   */
  put(name: string, value: string, type?: ParameterType, dataType?: string): unknown
  /** Moves a label to a version, the latest by default. */
  label(name: string, label: string, version?: number): unknown
  /** Deletes a parameter with all its versions. */
  delete(name: string): unknown
  /** Adds a version, which becomes the current one. @returns The version id. */
  putSecret(id: string, value: string | Uint8Array): string | Promise<string>
}

/**
 * The test cases for a parameter source, for any test runner:
 * `for (const { name, run } of parameterSourceContract) it(name, () => run(setUp))`.
 */
export const parameterSourceContract: readonly ContractCase[] = [
  testCase('reads all levels below a path, but not the path itself or its siblings', async (store) => {
    for (const stored of ['/app', '/app/a', '/app/b/c/d', '/apple/a', '/other']) await store.put(stored, stored)
    const reading = await readPath(store, below('/app'))

    const expected = { '/app/a': '/app/a', '/app/b/c/d': '/app/b/c/d' }
    assert.deepEqual(valuesOf(reading), expected, '/app contains /app/a and /app/b/c/d, but not /app or /apple/a')
    assert.equal(reading.failures.size, 0, 'failures must be empty: all parameters can be read')
    assert.equal(reading.failure, undefined, 'failure must be absent: the path /app can be read')
  }),

  testCase('reads all parameters of a large path, with types and versions', async (store) => {
    for (let index = 0; index < 33; index++) await store.put(`/app/k${index}`, String(index))
    await store.put('/app/list', 'a,b', 'StringList')
    await store.put('/app/token', 'hunter1', 'SecureString')
    await store.put('/app/token', 'hunter2', 'SecureString')
    const { parameters } = await readPath(store, below('/app'))
    const find = (name: string) => parameters.find((parameter) => parameter.name === name)

    assert.equal(parameters.length, 35, 'parameters must hold all 35 parameters below /app')
    const token = 'a SecureString must have the type, version and decrypted value of its latest version'
    assert.deepEqual(shown(find('/app/token')), ['SecureString', 2, 'hunter2'], token)
    const list = 'a StringList must keep its type, and its value as one string'
    assert.deepEqual(shown(find('/app/list')), ['StringList', 1, 'a,b'], list)
  }),

  testCase('returns covered parameters, and lists all names', async (store) => {
    await store.put('/app/a', '1')
    await store.put('/app/b', '2')
    const reading = await readPath(store, { path: '/app', covers: (name) => name === '/app/a' })

    assert.deepEqual(valuesOf(reading), { '/app/a': '1' }, 'parameters must hold covered names only')
    const listed = 'listed must hold every name below the path, with or without covers()'
    assert.deepEqual([...(reading.listed ?? [])].sort(), ['/app/a', '/app/b'], listed)
  }),

  testCase('reads the version with the label, and omits parameters without it', async (store) => {
    await store.put('/app/a', 'old')
    await store.label('/app/a', 'live')
    await store.put('/app/a', 'new')
    await store.put('/app/b', 'bare')
    const reading = await readPath(store, { ...below('/app'), label: 'live' })

    const labelled = 'with a label, parameters must hold the labelled versions only'
    assert.deepEqual(reading.parameters.map(shown), [['String', 1, 'old']], labelled)
    assert.deepEqual(reading.listed, ['/app/a'], 'with a label, listed must hold the labelled names only')
  }),

  testCase('answers paths in the order of the request, empty paths included', async (store) => {
    await store.put('/b/x', 'b')
    await store.put('/a/x', 'a')
    const { hierarchies } = await read(store, { hierarchies: ['/b', '/none', '/a'].map(below) })

    const order = 'hierarchies must have one answer per path, in the order of the request'
    assert.deepEqual(hierarchies.map(valuesOf), [{ '/b/x': 'b' }, {}, { '/a/x': 'a' }], order)
    assert.deepEqual(hierarchies[1]?.listed, [], 'listed must be empty for an empty path')
    assert.equal(hierarchies[1]?.failure, undefined, 'an empty path is not a failure')
  }),

  testCase('reads root-level parameters by their full name', async (store) => {
    await store.put('root', 'r')
    const { hierarchies, names } = await read(store, { hierarchies: [below('/')], names: ['/root'] })

    const root = 'the parameter put as root must be read below / as /root'
    assert.deepEqual(hierarchies.map(valuesOf), [{ '/root': 'r' }], root)
    assert.equal(foundAt(names, '/root')?.name, '/root', 'the parameter put as root must be found by the name /root')
  }),

  testCase('distinguishes versions and labels of one parameter', async (store) => {
    for (const value of ['one', 'two', 'three']) await store.put('/app/a', value)
    await store.label('/app/a', 'live', 2)
    const { names } = await read(store, { names: ['/app/a', '/app/a:1', '/app/a:live'] })

    assert.deepEqual(
      shown(foundAt(names, '/app/a')),
      ['String', 3, 'three'],
      'a bare name must give the latest version',
    )
    assert.deepEqual(shown(foundAt(names, '/app/a:1')), ['String', 1, 'one'], 'name:1 must give version 1')
    const labelled = 'name:label must give the version with the label'
    assert.deepEqual(shown(foundAt(names, '/app/a:live')), ['String', 2, 'two'], labelled)
    const bare = 'an answer must have the requested name as its key, and its own name without the selector'
    assert.equal(foundAt(names, '/app/a:live')?.name, '/app/a', bare)
  }),

  testCase('reads the data type of each version, if the store keeps data types', async (store) => {
    if (store.hasDataTypes !== true) return
    await store.put('/app/port', '80', 'String', 'integer')
    await store.put('/app/port', '80', 'String', 'float')
    const requested = ['/app/port', '/app/port:1']
    const { hierarchies, names } = await read(store, { hierarchies: [below('/app')], names: requested })

    const own = 'dataType must belong to the version that is read (or omit hasDataTypes)'
    assert.deepEqual(
      requested.map((name) => foundAt(names, name)?.dataType),
      ['float', 'integer'],
      own,
    )
    assert.deepEqual(
      hierarchies[0]?.parameters.map(({ dataType }) => dataType),
      ['float'],
      own,
    )
  }),

  testCase('reads by ARN, with and without a selector', async (store) => {
    if (store.hasArns === false) return
    await store.put('/app/a', 'one')
    await store.put('/app/a', 'two')
    const arn = 'arn:aws:ssm:us-east-1:123456789012:parameter/app/a'
    const { names } = await read(store, { names: [arn, `${arn}:1`] })

    const found = [arn, `${arn}:1`].map((name) => [foundAt(names, name)?.name, foundAt(names, name)?.value])
    const latest = 'an answer must have the ARN as its key, and the name of the parameter (or set hasArns: false)'
    assert.deepEqual(found[0], ['/app/a', 'two'], latest)
    assert.deepEqual(found[1], ['/app/a', 'one'], 'an ARN with :1 must give version 1')
  }),

  testCase('reports missing names, versions and labels', async (store) => {
    await store.put('/app/a', '1')
    const { names } = await read(store, { names: ['/app/a', '/app/b', '/app/a:7', '/app/a:live'] })

    assert.deepEqual(
      [...names].map(([requested, { kind }]) => [requested, kind]),
      [
        ['/app/a', 'found'],
        ['/app/b', 'missing'],
        ['/app/a:7', 'missing'],
        ['/app/a:live', 'missing'],
      ],
      'names must have an answer for each requested name: missing for an absent name, version or label',
    )
  }),

  testCase('reads more names than fit into one call', async (store) => {
    const requested = Array.from({ length: 25 }, (_, index) => `/app/k${index}`)
    for (const name of requested) await store.put(name, `value of ${name}`)
    const { names } = await read(store, { names: requested })

    assert.deepEqual([...names.keys()], requested, 'names must have the requested names, in order')
    for (const name of requested) {
      assert.equal(foundAt(names, name)?.value, `value of ${name}`, `${name} must be found with its own value`)
    }
  }),

  testCase('restarts at version 1 after a deletion', async (store) => {
    await store.put('/app/a', 'one')
    await store.put('/app/a', 'two')
    await store.delete('/app/a')
    const deleted = (await read(store, { names: ['/app/a'] })).names.get('/app/a')
    assert.deepEqual(deleted, { kind: 'missing' }, 'a deleted parameter must be missing')

    await store.put('/app/a', 'again')
    const { names } = await read(store, { names: ['/app/a'] })
    assert.equal(foundAt(names, '/app/a')?.version, 1, 'a parameter that is put after its deletion must have version 1')
  }),

  testCase('reads the latest version although an earlier one is known', async (store) => {
    await store.put('/app/a', 'one', 'SecureString')
    await store.put('/app/b', 'one', 'SecureString')
    await store.put('/app/a', 'two', 'SecureString')
    const known = (_: string, { version }: { readonly version: number }) => (version === 1 ? 'one' : undefined)
    const request = { hierarchies: [below('/app')], names: ['/app/a'] }
    const { hierarchies, names } = await read(store, request, { known })

    const latest = 'the known value of version 1 must not replace version 2'
    assert.deepEqual(hierarchies.map(valuesOf), [{ '/app/a': 'two', '/app/b': 'one' }], latest)
    assert.deepEqual(shown(foundAt(names, '/app/a')), ['SecureString', 2, 'two'], latest)
  }),

  testCase('reads a secret by stage and by version id', async (store) => {
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
      'no selector and AWSCURRENT must give the latest version, AWSPREVIOUS the one before, and an id its version',
    )
  }),

  testCase('answers secrets in the order of the request: found, missing or of the wrong kind', async (store) => {
    await store.putSecret('text', 'hunter2')
    await store.putSecret('bytes', Uint8Array.of(0, 255, 7))
    const requested = [
      bytes('bytes'),
      text('none'),
      text('text'),
      text('bytes'),
      bytes('text'),
      text('text', 'NOSUCHSTAGE'),
    ]
    const { secrets } = await read(store, { secrets: requested })

    const [found, none, ...others] = secrets.map(describeOutcome)
    assert.deepEqual([found, others[0]], [[0, 255, 7], 'hunter2'], 'a secret must be found as bytes or as text')
    assert.deepEqual([none, others[3]], ['missing', 'missing'], 'an absent secret or stage must be missing')
    assert.equal(others[1], 'BINARY_SECRET', 'bytes requested as text must fail with BINARY_SECRET')
    assert.equal(others[2], 'INVALID_REFERENCE', 'text requested as bytes must fail with INVALID_REFERENCE')
    assert.equal(secrets.length, requested.length, 'secrets must have one answer per secret')
  }),

  testCase('answers an empty request with empty lists', async (store) => {
    const { hierarchies, names, secrets } = await read(store, {})

    assert.deepEqual([hierarchies, [...names], secrets], [[], [], []], 'the answer to an empty request must be empty')
  }),

  testCase('rejects with the reason of an aborted signal', async (store) => {
    const signal = AbortSignal.abort('closing')

    await assert.rejects(
      read(store, { names: ['/app/a'] }, { signal }),
      (reason: unknown) => reason === 'closing',
      'read() must reject with the reason of the signal',
    )
  }),
]

function testCase(name: string, check: (store: SourceUnderTest) => Promise<void>): ContractCase {
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
  assert.ok(reading, 'hierarchies must have one answer per path')
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

function foundAt(names: Reading['names'], requested: string): StoredParameter | undefined {
  const outcome = names.get(requested)
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
