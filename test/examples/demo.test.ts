import { describe, expect, it } from 'vitest'
import { secrets } from '../../examples/demo/store.ts'
import { localAws, put } from '../support/aws.ts'
import { runNode } from '../support/run-process.ts'

const demo = (args: readonly string[] = [], env = {}) => runNode(['examples/demo/main.ts', ...args], env)

describe('npm run demo', { timeout: 60_000 }, () => {
  it('shows a typed live config and one error for five mistakes, without a secret', async () => {
    const { code, output, errors } = await demo()

    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(output).toMatch(/│ http\.port +│ 8080 +│ number +│ \/shop\/dev\/http\/port +│ 1 +│/)
    expect(output).toMatch(/│ log\.level +│ 'debug' .*│ \/shared +│/)
    expect(output).toMatch(/│ payments\.secretKey +│ \[redacted\]/)
    expect(output).toMatch(/10 × ssm:GetParameters, 2 × ssm:GetParametersByPath; 5 decryptions/)
    expect(output).toMatch(/^change {4}log\.level: version 1 → 2, now 'warn'$/m)
    expect(output).toMatch(/^rotate {4}db\.credentials: user and password changed together$/m)
    expect(output).toMatch(/^rejected {2}liveparam: .*1 invalid/m)
    expect(output).toMatch(/^ +the port is still 8080, the state is stale \(candidate-rejected\)$/m)
    expect(output).toMatch(/^fixed {5}the port is 8081, the state is ready$/m)
    expect(output).toMatch(/^outage {4}stale \(source-error\); the log level is still 'warn', health degraded$/m)
    expect(output).toMatch(/^recovered after \d+ ms; the log level is 'error', health up$/m)
    expect(output).toMatch(/^close {5}queues left: 0; config\.current stays readable: port 8081$/m)
    expect(output).toContain('2 missing, 1 unreadable, 2 invalid')
    const codes = ['MISSING_PARAMETER', 'MISSING_JSON_KEY', 'ACCESS_DENIED', 'INVALID_VALUE', 'INVALID_JSON']
    for (const problem of codes) expect(output).toContain(`[${problem}]`)
    for (const secret of seeded) expect(output).not.toContain(secret)
  })

  it('reads another account without writing to it', async () => {
    const aws = await localAws()
    put(aws, { '/my/app/db/host': 'h', '/my/app/key': ['SecureString', 'hunter2'], '/my/list': ['StringList', 'a,b'] })
    const { code, output } = await demo(['--path', '/my', '--region', 'eu-west-1', '--endpoint', aws.endpoint])

    expect(code).toBe(0)
    expect(output).toMatch(/app\.db\.host .*'h' .*\/my\/app\/db\/host/)
    expect(output).toMatch(/app\.key .*\[redacted\]/)
    expect(output).not.toContain('hunter2')
    expect(Object.keys(aws.counts.calls)).toEqual(['ssm:GetParametersByPath'])
  })

  it('prints only the error when it may read nothing', async () => {
    const aws = await localAws()
    aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '/my/*' })
    const { code, output, errors } = await demo([
      '--path',
      '/my/app',
      '--region',
      'eu-west-1',
      '--endpoint',
      aws.endpoint,
    ])

    expect({ code, output }).toEqual({ code: 1, output: '' })
    expect(errors).toContain('/my/app  [ACCESS_DENIED]')
    expect(errors).not.toMatch(/^ +at /m)
  })

  it.each([
    ['--paht', '/my'],
    ['--region', 'eu-west-1'],
  ])('prints the usage for %s %s', async (...args) => {
    const { code, errors } = await demo(args)

    expect(code).toBe(2)
    expect(errors).toContain(args[0])
    expect(errors).toContain('npm run demo -- --path')
  })
})

const seeded = [
  secrets.mailKey,
  secrets.paymentsKey,
  secrets.database.password,
  secrets.rotatedDatabase.password,
  secrets.webhook,
  ...JSON.parse(secrets.signingKeys),
]
