import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret, sensitive } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'

it('counts calls by outcome, and decryptions as AWS does', async () => {
  const aws = await localAws()
  put(aws, { '/app/a': 'x', '/app/b': ['SecureString', 'y'], '/app/more/m': ['SecureString', 'z'] })
  const { arn } = aws.secrets.create({ name: 'login', value: 'p' })
  aws.faults.add({ kind: 'throttle', action: 'ssm:GetParameters', ratePerSecond: 0, burst: 0, times: 1 })
  aws.faults.add({ kind: 'reset', action: 'ssm:GetParametersByPath', times: 1 })
  const schema = z.object({
    a: z.string(),
    b: sensitive(z.string()),
    more: z.record(z.string(), z.string()),
    login: secret('login', z.string()),
    byArn: secret(arn, z.string()),
  })
  await using config = await loadConfig({ schema, path: '/app', poll: false, ...at(aws) })
  const { calls, decryptions } = config.status().usage

  expect(calls).toEqual({
    'ssm:GetParameters': { answered: 2, throttled: 1, failed: 0, aborted: 0 },
    'ssm:GetParametersByPath': { answered: 1, throttled: 0, failed: 1, aborted: 0 },
    'secretsmanager:GetSecretValue': { answered: 1, throttled: 0, failed: 0, aborted: 0 },
  })
  expect(decryptions).toBe(4)
  await config.refresh()
  expect(config.status().usage.decryptions).toBe(aws.counts.decryptions)
})
