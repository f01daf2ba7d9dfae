import { describe, it } from 'vitest'
import { type Tables, tableSource } from '../../examples/own-source/source.ts'
import { parameterSourceContract, type SourceUnderTest } from '../../src/testing/index.ts'

type ParameterRow = Tables['parameters'][number]
type SecretRow = Tables['secrets'][number]

describe('a source of tables', () => {
  for (const { name, run } of parameterSourceContract) it(name, () => run(setUp))
})

function setUp(): SourceUnderTest {
  let parameters: readonly ParameterRow[] = []
  let secrets: readonly SecretRow[] = []
  const versionsOf = (name: string) => parameters.filter((row) => row.name === name).length
  return {
    source: tableSource(async () => ({ parameters, secrets })),
    hasArns: false,
    put(name, value, type = 'String') {
      const full = name.startsWith('/') ? name : `/${name}`
      parameters = [...parameters, { name: full, type, version: versionsOf(full) + 1, value, labels: [] }]
    },
    label(name, label, version = versionsOf(name)) {
      parameters = parameters.map((row) => {
        if (row.name !== name) return row
        const others = row.labels.filter((other) => other !== label)
        return { ...row, labels: row.version === version ? [...others, label] : others }
      })
    },
    delete(name) {
      parameters = parameters.filter((row) => row.name !== name)
    },
    putSecret(id, value) {
      const versionId = `version-${secrets.length}`
      const age = (row: SecretRow) => {
        if (row.id !== id) return row
        return { ...row, stages: row.stages.includes('AWSCURRENT') ? ['AWSPREVIOUS'] : [] }
      }
      secrets = [...secrets.map(age), { id, versionId, value, stages: ['AWSCURRENT'] }]
      return versionId
    },
  }
}
