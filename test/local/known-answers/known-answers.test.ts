import { describe, expect, it } from 'vitest'
import type { LocalAws } from '../../../src/local/index.ts'
import { localAws } from '../../support/aws.ts'
import { type Call, type KnownAnswer, sources } from './known-answer.ts'
import { parameterAnswers } from './parameters.ts'
import { referenceAnswers } from './references.ts'
import { secretAnswers } from './secrets.ts'

const targets: Readonly<Record<string, string>> = {
  ssm: 'AmazonSSM',
  secretsmanager: 'secretsmanager',
  kms: 'TrentService',
}

async function send(aws: LocalAws, [action, input]: Call): Promise<{ status: number; body: unknown }> {
  const [service = '', operation] = action.split(':')
  const headers = { 'x-amz-target': `${targets[service]}.${operation}` }
  const response = await fetch(aws.endpoint, { method: 'POST', headers, body: JSON.stringify(input) })
  return { status: response.status, body: await response.json() }
}

describe.each([
  ['parameters', parameterAnswers],
  ['references', referenceAnswers],
  ['secrets', secretAnswers],
] as const)('what AWS is known to answer: %s', (_, answers) => {
  it.each(answers.map((known): [string, KnownAnswer] => [`${known.about} (${sources[known.source]})`, known]))(
    '%s',
    async (_about, { before = [], call, status, answer }) => {
      const aws = await localAws()
      for (const earlier of before) expect(await send(aws, earlier)).toMatchObject({ status: 200 })

      expect(await send(aws, call)).toEqual({ status, body: answer })
    },
  )
})
