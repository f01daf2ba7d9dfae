import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { isDefinitionError, loadConfig } from '../../src/index.ts'
import { at, localAws } from '../support/aws.ts'
import { loadError, rejection } from '../support/rejection.ts'

const schema = z.object({ a: z.string() })

describe('one readable block reports', () => {
  it('an endpoint without a server', async () => {
    const start = loadConfig({
      schema,
      path: '/app',
      region: 'eu-west-1',
      endpoint: 'http://127.0.0.1:9',
      startup: { timeoutMs: 2_000 },
    })

    expect(await loadError(start)).toMatchObject({
      problems: [
        {
          code: 'UNREACHABLE',
          parameter: expect.stringMatching(/^\/app/),
          detail: expect.stringContaining('ECONNREFUSED'),
        },
      ],
    })
  })

  it('missing credentials', async ({ onTestFinished }) => {
    const aws = await localAws()
    const before = { ...process.env }
    onTestFinished(() => {
      process.env = before
    })
    process.env = { ...before, HOME: '/nowhere', AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' }
    delete process.env.AWS_ACCESS_KEY_ID
    delete process.env.AWS_SECRET_ACCESS_KEY
    const error = await loadError(loadConfig({ schema, path: ['/app', '/other'], ...at(aws) }))

    expect(error.problems.map(({ code }) => code)).toEqual(['NO_CREDENTIALS', 'NO_CREDENTIALS'])
    expect(error.message.match(/IAM role/g)).toHaveLength(1)
    expect(aws.counts.total).toBe(0)
  })

  it('credentials that stay expired', async () => {
    const aws = await localAws()
    const message = 'The security token included in the request is expired'
    aws.faults.add({ kind: 'error', status: 400, name: 'ExpiredTokenException', message })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws), startup: { timeoutMs: 2_000 } }))

    expect(error.problems).toMatchObject([{ code: 'EXPIRED_CREDENTIALS', detail: message }])
  })

  it.each([
    ['', 'it is empty'],
    ['app', 'it does not start with a slash'],
    ['/app//x', 'single slashes'],
  ])('the path %j', async (path, reason) => {
    const error = await rejection(loadConfig({ schema, path }))

    expect(isDefinitionError(error) && error.problems).toMatchObject([{ code: 'INVALID_PATH', key: 'path' }])
    expect(error).toMatchObject({ message: expect.stringContaining(reason) })
  })
})
