import { beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { LocalAws } from '../../src/local/index.ts'
import { localAws } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject, type Project } from '../support/cli.ts'

beforeAll(assertBuilt)

const definition = configModule(`{
  host: z.string(),
  token: sensitive(z.string()),
  limits: z.record(z.string(), z.number()),
  login: secret('prod/db', z.object({ password: z.string() })),
}`)

async function shop(): Promise<{ readonly aws: LocalAws; readonly project: Project }> {
  const aws = await localAws()
  const key = aws.keys.create().arn
  for (const path of ['/shop/prod', '/shop/staging']) {
    aws.parameters.put({ name: `${path}/host`, value: 'a' })
    aws.parameters.put({ name: `${path}/token`, value: 'hunter1', type: 'SecureString', keyId: key })
    aws.parameters.put({ name: `${path}/limits/eu`, value: '5' })
  }
  aws.secrets.create({ name: 'prod/db', value: '{"password":"hunter2"}', kmsKeyId: key })
  return { aws, project: makeProject({ 'config.mjs': definition }, aws) }
}

const commands = {
  check: ['check', '--policies'],
  explain: ['explain'],
  diff: ['diff', '/shop/prod', '/shop/staging'],
  exec: ['exec', '--', 'true'],
} as const

const policySchema = z.object({ Version: z.string(), Statement: z.array(z.object({ Sid: z.string() }).loose()) })

/** What the command line prints for a command. */
async function printedFor(name: string, project: Project): Promise<z.infer<typeof policySchema>> {
  const paths = ['/shop/prod', ...(name === 'diff' ? ['/shop/staging'] : [])].flatMap((path) => ['--path', path])
  const place = ['--account', '123456789012', '--region', 'us-east-1']
  const more = name === 'check' ? ['--policies'] : []
  const { output } = await project.run('infra', 'policy', '--for', name, ...paths, ...place, ...more)
  return policySchema.parse(JSON.parse(output))
}

describe.each(Object.entries(commands))('the policy for liveparam %s', (name, args) => {
  it('allows all of its calls, and has no statement too many', { timeout: 120_000 }, async () => {
    const { aws, project } = await shop()
    const policy = await printedFor(name, project)
    const whole = await aws.policy.attach(policy)
    const { code } = await project.run(...args)

    expect({ code, refused: aws.policy.refused }).toEqual({ code: 0, refused: [] })
    expect(policy.Statement.length).toBeGreaterThan(3)
    whole.remove()
    // ReadAlone is for a reference that cannot be read.
    for (const removed of policy.Statement.filter(({ Sid }) => Sid !== 'ReadAlone')) {
      const before = aws.policy.refused.length
      const part = await aws.policy.attach({
        ...policy,
        Statement: policy.Statement.filter((statement) => statement !== removed),
      })
      await project.run(...args)
      expect({ removed: removed.Sid, isNeeded: aws.policy.refused.length > before }).toEqual({
        removed: removed.Sid,
        isNeeded: true,
      })
      part.remove()
    }
  })
})
