import type { LocalAws } from '../../src/local/index.ts'
import { memorySource } from '../../src/parameters/memory.ts'
import type { SourceUnderTest } from '../contracts/parameter-source.ts'
import { parameterSourceContract } from '../contracts/parameter-source.ts'
import { localAws } from '../support/aws.ts'
import { sourceOf, ssmClient } from '../support/sources.ts'

parameterSourceContract('awsSource', async () => {
  const aws = await localAws()
  return { source: sourceOf(aws), ...storeOf(aws) }
})

parameterSourceContract('awsSource with a client that was passed in', async () => {
  const aws = await localAws()
  return { source: sourceOf(aws, { client: ssmClient(aws) }), ...storeOf(aws) }
})

parameterSourceContract('memorySource', async () => {
  const source = memorySource()
  return {
    source,
    put: (name, value, type) => source.put(name, { value, ...(type !== undefined && { type }) }),
    label: (name, label, version) => source.label(name, label, version),
    delete: (name) => source.delete(name),
    putSecret: (id, value) => source.putSecret(id, value).versionId,
  }
})

function storeOf(aws: LocalAws): Omit<SourceUnderTest, 'source'> {
  const created = new Set<string>()
  return {
    put: (name, value, type) => aws.parameters.put({ name, value, ...(type !== undefined && { type }) }),
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
