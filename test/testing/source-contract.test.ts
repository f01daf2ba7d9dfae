import { AssertionError } from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import type { HierarchyReading, Outcome, ParameterSource, Reading, ReadRequest } from '../../src/source/index.ts'
import { parameterSourceContract, type SourceUnderTest } from '../../src/testing/index.ts'

const missing: Outcome<never> = { kind: 'missing' }
const empty: HierarchyReading = { parameters: [], listed: [], failures: new Map() }
const failure = { code: 'AWS_ERROR', isTransient: false, detail: 'it is down', remedy: 'wait' } as const
const failed: Outcome<never> = { kind: 'failed', failure }

const wrongAnswers: Readonly<Record<string, (request: ReadRequest) => Reading>> = {
  'gives no answer': () => ({ hierarchies: [], names: new Map(), secrets: [] }),
  'finds no parameter': (request) => answerAll(request, empty, missing),
  'always fails': (request) => answerAll(request, { ...empty, failure }, failed),
  'gives answers without a request': (request) => {
    const { hierarchies, names, secrets } = answerAll(request, empty, missing)
    const more = new Map([...names, ['/other', missing] as const])
    return { hierarchies: [...hierarchies, empty], names: more, secrets: [...secrets, missing] }
  },
}

describe('the contract of parameter sources', () => {
  it.each(parameterSourceContract)('explains the expectation of each assertion: $name', async ({ run }) => {
    const errors: unknown[] = []
    for (const answer of Object.values(wrongAnswers))
      await run(() => storeOf(answer)).catch((error) => errors.push(error))
    const messages = errors.map((error) => error instanceof AssertionError && !error.generatedMessage && error.message)

    expect(messages).not.toEqual([])
    expect(messages).not.toContain(false)
  })
})

function answerAll({ hierarchies, names, secrets }: ReadRequest, hierarchy: HierarchyReading, outcome: Outcome<never>) {
  return {
    hierarchies: hierarchies.map(() => hierarchy),
    names: new Map(names.map((name) => [name, outcome] as const)),
    secrets: secrets.map(() => outcome),
  }
}

function storeOf(answer: (request: ReadRequest) => Reading): SourceUnderTest {
  const source: ParameterSource = { read: async (request) => answer(request) }
  const ignore = () => undefined
  return { source, hasDataTypes: true, put: ignore, label: ignore, delete: ignore, putSecret: () => 'id' }
}
