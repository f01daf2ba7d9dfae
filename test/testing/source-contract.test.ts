import { AssertionError } from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import type { HierarchyReading, Outcome, ParameterSource, Reading, ReadRequest } from '../../src/source/index.ts'
import { parameterSourceContract, type SourceUnderTest } from '../../src/testing/index.ts'

const missing: Outcome<never> = { kind: 'missing' }
const nothing: HierarchyReading = { parameters: [], listed: [], failures: new Map() }
const failure = { code: 'AWS_ERROR', isTransient: false, detail: 'it is down', remedy: 'wait' } as const
const failed: Outcome<never> = { kind: 'failed', failure }

const wrongs: Readonly<Record<string, (request: ReadRequest) => Reading>> = {
  'gives no answer': () => ({ hierarchies: [], names: new Map(), secrets: [] }),
  'finds nothing': (request) => answerAll(request, nothing, missing),
  'fails at all': (request) => answerAll(request, { ...nothing, failure }, failed),
  'answers what nobody asked for': (request) => {
    const { hierarchies, names, secrets } = answerAll(request, nothing, missing)
    const more = new Map([...names, ['/other', missing] as const])
    return { hierarchies: [...hierarchies, nothing], names: more, secrets: [...secrets, missing] }
  },
}

describe('the contract of parameter sources', () => {
  it.each(parameterSourceContract)('says in words what was expected: $name', async ({ run }) => {
    const errors: unknown[] = []
    for (const wrong of Object.values(wrongs)) await run(() => storeOf(wrong)).catch((error) => errors.push(error))
    const messages = errors.map((error) => error instanceof AssertionError && !error.generatedMessage && error.message)

    expect(messages).not.toEqual([])
    expect(messages).not.toContain(false)
  })
})

function answerAll({ hierarchies, names, secrets }: ReadRequest, hierarchy: HierarchyReading, outcome: Outcome<never>) {
  return {
    hierarchies: hierarchies.map(() => hierarchy),
    names: new Map(names.map((asked) => [asked, outcome] as const)),
    secrets: secrets.map(() => outcome),
  }
}

function storeOf(answer: (request: ReadRequest) => Reading): SourceUnderTest {
  const source: ParameterSource = { read: async (request) => answer(request) }
  const ignore = () => undefined
  return { source, hasDataTypes: true, put: ignore, label: ignore, delete: ignore, putSecret: () => 'id' }
}
