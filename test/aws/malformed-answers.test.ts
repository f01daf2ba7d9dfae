import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret } from '../../src/index.ts'
import { awsClients, type ClientAt } from '../support/clients.ts'
import { rejection } from '../support/rejection.ts'
import { scriptedAws } from '../support/scripted-aws.ts'

const region = 'eu-west-1'
const options = { poll: false, startup: { timeoutMs: 3_000 } } as const
const good = { Name: '/app/a', Type: 'String', Version: 1, Value: '1' }

async function serve(
  clientAt: ClientAt,
  strategy: 'by-name' | 'by-path',
  schema: z.core.$ZodType = z.object({ a: z.string() }),
) {
  let body: object = { Parameters: [good] }
  const { endpoint } = await scriptedAws(() => ({ body }))
  const config = await loadConfig({ schema, path: '/app', strategy, ...clientAt({ endpoint, region }), ...options })
  const answer = (next: object) => {
    body = next
  }
  return { config, answer }
}

const { Value: _, ...withoutValue } = good
const { Version: __, ...withoutVersion } = good
const { Name: ___, ...withoutName } = good
const { Type: ____, ...withoutType } = good

describe.each(awsClients)('with %s', (_client, clientAt) => {
  describe.each(['by-name', 'by-path'] as const)('%s, an answer that reports success', (strategy) => {
    it.each<[string, object, string]>([
      ['without its list', {}, 'Parameters'],
      ['with null for its list', { Parameters: null }, 'Parameters'],
      ['without a value', { Parameters: [withoutValue] }, 'Value'],
      ['without a version', { Parameters: [withoutVersion] }, 'Version of /app/a'],
      ['without a name', { Parameters: [withoutName] }, 'Name'],
      ['without a type', { Parameters: [withoutType] }, 'Type of /app/a'],
    ])('%s is malformed, and removes no value', async (_case, body, lacking) => {
      const { config, answer } = await serve(clientAt, strategy)
      answer(body)
      const error = await rejection(config.refresh())

      expect(error).toMatchObject({ unreadable: [{ code: 'AWS_ERROR', detail: expect.stringContaining(lacking) }] })
      expect(config.current).toEqual({ a: '1' })
      expect(config.status()).toMatchObject({ state: 'stale', reason: 'source-error' })
      await config.close()
    })
  })

  it('keeps all keys of a record when one of 25 has no value', async () => {
    const names = Array.from({ length: 25 }, (_item, index) => ({ ...good, Name: `/app/k${index}` }))
    const { config, answer } = await serve(clientAt, 'by-path', z.record(z.string(), z.string()))
    answer({ Parameters: names })
    await config.refresh()
    answer({ Parameters: names.map(({ Value, ...rest }, index) => (index === 7 ? rest : { ...rest, Value })) })

    await expect(config.refresh()).rejects.toThrow(/\/app\/k7/)
    expect(Object.keys(config.current as object)).toHaveLength(25)
    await config.close()
  })

  it('distinguishes a secret with an empty answer from a binary secret', async () => {
    const { endpoint } = await scriptedAws(() => ({ body: {} }))
    const schema = z.object({
      key: secret('arn:aws:secretsmanager:eu-west-1:123456789012:secret:k-a1b2c3', z.string()),
    })
    const error = await rejection(loadConfig({ schema, ...clientAt({ endpoint, region }), ...options }))

    expect(error).toMatchObject({
      unreadable: [{ code: 'AWS_ERROR', detail: expect.stringContaining('has no value') }],
    })
  })
})
