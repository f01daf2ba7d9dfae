import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { shop } from '../support/bootstrap.ts'
import { callsOf } from '../support/calls.ts'
import { allows, type Call, grantsOf, statementsIn } from '../support/iam.ts'
import { runProgram, startService } from '../support/service.ts'

const main = ['examples/bootstrap/commonjs/main.cjs']
const policy = readFileSync(new URL('../../examples/bootstrap/policy.json', import.meta.url), 'utf8')
const statements = statementsIn(
  JSON.parse(policy.replaceAll('REGION', 'us-east-1').replaceAll('ACCOUNT', '123456789012')),
)

describe('examples/bootstrap/policy.json', { timeout: 60_000 }, () => {
  it('allows exactly the calls of the examples', async () => {
    const calls = [...(await callsOfGoodStart()), ...(await callsOfFailedStart())]

    expect(calls.filter((call) => !statements.some((statement) => allows(statement, call)))).toEqual([])
    expect(statements.flatMap(grantsOf).filter((grant) => !calls.some((call) => allows(grant, call)))).toEqual([])
  })

  it('allows no call for another environment', async () => {
    const elsewhere = (await callsOfGoodStart()).map(
      (call): Call => JSON.parse(JSON.stringify(call).replaceAll('/dev/', '/devil/').replaceAll(':dev/', ':devil/')),
    )

    expect(elsewhere.filter((call) => statements.some((statement) => allows(statement, call)))).toEqual([])
  })
})

async function callsOfGoodStart(): Promise<readonly Call[]> {
  const { aws, env } = await shop()
  await (await startService(main, { env })).end()
  return callsOf(aws)
}

// A failed start lists the path for suggestions, and reads each secret alone.
async function callsOfFailedStart(): Promise<readonly Call[]> {
  const { aws, env } = await shop()
  aws.parameters.delete('/shop/dev/greeting')
  aws.secrets.delete({ id: 'dev/db', force: true })
  await runProgram(main, { env })
  return callsOf(aws)
}
