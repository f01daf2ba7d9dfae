import { describe, expect, it } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { memorySource, parameterSourceContract, type SourceUnderTest } from '../../src/testing/index.ts'
import { DeadlineReached } from '../../src/time/deadline.ts'
import { at, localAws } from '../support/aws.ts'
import { lightClientOf } from '../support/clients.ts'
import { below, read } from '../support/reading.ts'
import { sourceOf, ssmClient } from '../support/sources.ts'

const sources: Readonly<Record<string, () => Promise<SourceUnderTest>>> = {
  async awsSource() {
    const aws = await localAws()
    return { source: sourceOf(aws), ...storeOf(aws) }
  },
  async 'awsSource with a client that was passed in'() {
    const aws = await localAws()
    return { source: sourceOf(aws, { client: ssmClient(aws) }), ...storeOf(aws) }
  },
  async 'awsSource with lightClient()'() {
    const aws = await localAws()
    return { source: sourceOf(aws, { client: lightClientOf(at(aws)) }), ...storeOf(aws) }
  },
  async memorySource() {
    const source = memorySource()
    return {
      source,
      hasDataTypes: true,
      put: (name, value, type, dataType) =>
        source.put(name, { value, ...(type !== undefined && { type }), ...(dataType !== undefined && { dataType }) }),
      label: (name, label, version) => source.label(name, label, version),
      delete: (name) => source.delete(name),
      putSecret: (id, value) => source.putSecret(id, value).versionId,
    }
  },
}

describe.each(Object.entries(sources))('%s', (_, setUp) => {
  for (const { name, run } of parameterSourceContract) it(name, () => run(setUp))

  it('reports each parameter and secret as not read in time after the deadline', async () => {
    const { source, put } = await setUp()
    put('/app/a', '1')
    const signal = AbortSignal.abort(new DeadlineReached(50))
    const secrets = [{ id: 'db', binary: false }]
    const reading = await read(source, { hierarchies: [below('/app')], names: ['/app/a'], secrets }, signal)
    const late = { code: 'TIMEOUT', isTransient: true }

    expect(reading.hierarchies).toMatchObject([{ parameters: [], failure: late }])
    expect(reading.names.get('/app/a')).toMatchObject({ kind: 'failed', failure: late })
    expect(reading.secrets).toMatchObject([{ kind: 'failed', failure: late }])
  })
})

function storeOf(aws: LocalAws): Omit<SourceUnderTest, 'source'> {
  const created = new Set<string>()
  return {
    hasDataTypes: true,
    put: (name, value, type, dataType) =>
      aws.parameters.put({
        name,
        value,
        ...(type !== undefined && { type }),
        ...(dataType !== undefined && { dataType }),
      }),
    label: (name, label, version) =>
      aws.parameters.label({ name, labels: [label], ...(version !== undefined && { version }) }),
    delete: (name) => aws.parameters.delete(name),
    putSecret(id, value) {
      if (created.has(id)) return aws.secrets.put({ id, value }).versionId
      created.add(id)
      return aws.secrets.create({ name: id, value }).versionId
    },
  }
}
