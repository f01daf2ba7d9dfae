import { GetParameterCommand, GetParametersByPathCommand } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { localAws, put, ssmClient } from '../support/aws.ts'

describe('faults', () => {
  it('throttles calls by a token bucket that fills with time', async () => {
    const clock = createFakeClock(1_000)
    const aws = await localAws({ clock })
    put(aws, { '/app/a': 'x' })
    aws.faults.add({ kind: 'throttle', ratePerSecond: 10, burst: 2 })
    const ssm = ssmClient(aws)
    const read = () =>
      ssm.send(new GetParameterCommand({ Name: '/app/a' })).then(
        () => 'answered',
        (error: Error) => `${error.name}: ${error.message}`,
      )

    expect([await read(), await read(), await read()]).toEqual([
      'answered',
      'answered',
      'ThrottlingException: Rate exceeded',
    ])
    await clock.advance(100)
    expect([await read(), await read()]).toEqual(['answered', 'ThrottlingException: Rate exceeded'])
  })

  it('delays an answer on the clock of the local AWS', async () => {
    const clock = createFakeClock(1_000)
    const aws = await localAws({ clock })
    put(aws, { '/app/a': 'x' })
    aws.faults.add({ kind: 'latency', ms: 60_000 })
    const answer = ssmClient(aws).send(new GetParameterCommand({ Name: '/app/a' }))
    await expect.poll(() => clock.sleepers).toBe(1)
    await clock.advance(60_000)

    expect((await answer).Parameter?.Value).toBe('x')
  })

  it.each([
    [{ kind: 'error', status: 418, name: 'TeapotException', message: 'no coffee' } as const, 'TeapotException'],
    [{ kind: 'reset' } as const, 'TimeoutError'],
    [{ kind: 'html-503' } as const, 'SyntaxError'],
    [{ kind: 'redirect' } as const, 'Unknown'],
    [{ kind: 'not-http' } as const, 'Error'],
  ])('fails one call with %o', async (fault, name) => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    aws.faults.add({ ...fault, times: 1 })
    const ssm = ssmClient(aws)

    await expect(ssm.send(new GetParameterCommand({ Name: '/app/a' }))).rejects.toMatchObject({ name })
    expect((await ssm.send(new GetParameterCommand({ Name: '/app/a' }))).Parameter?.Value).toBe('x')
  })

  it('does not answer a hanging call until the server closes', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'hang' })
    const call = ssmClient(aws).send(new GetParameterCommand({ Name: '/app/a' }))
    const outcome = call.then(
      () => 'answered',
      () => 'cut',
    )
    await expect.poll(() => aws.counts.total).toBe(1)
    await aws.close()

    expect(await outcome).toBe('cut')
  })

  it('answers reads with the values and deletions of the past', async () => {
    const clock = createFakeClock(10_000)
    const aws = await localAws({ clock })
    put(aws, { '/app/a': 'old', '/app/b': 'gone' })
    await clock.advance(5_000)
    put(aws, { '/app/a': 'new' })
    aws.parameters.delete('/app/b')
    const stale = aws.faults.add({ kind: 'stale', forMs: 3_000 })
    const ssm = ssmClient(aws)
    const read = async () => {
      const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path: '/app' }))
      return Parameters?.map(({ Value }) => Value)
    }

    expect(await read()).toEqual(['old', 'gone'])
    stale.remove()
    expect(await read()).toEqual(['new'])
  })

  it('applies to the calls that action and when select', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x', '/app/b': 'y' })
    const when = (input: { readonly Name?: unknown }) => input.Name === '/app/a'
    aws.faults.add({ kind: 'error', status: 400, name: 'Broken', message: '', action: 'ssm:Get*', when })
    const ssm = ssmClient(aws)

    await expect(ssm.send(new GetParameterCommand({ Name: '/app/a' }))).rejects.toMatchObject({ name: 'Broken' })
    expect((await ssm.send(new GetParameterCommand({ Name: '/app/b' }))).Parameter?.Value).toBe('y')
    aws.faults.clear()
    expect((await ssm.send(new GetParameterCommand({ Name: '/app/a' }))).Parameter?.Value).toBe('x')
  })
})

describe('an invalid argument', () => {
  const calls = (aws: LocalAws) => ({
    deny: (given: object) => Reflect.apply(aws.policy.deny, aws.policy, [given]),
    add: (given: object) => Reflect.apply(aws.faults.add, aws.faults, [given]),
    put: (given: object) => Reflect.apply(aws.parameters.put, aws.parameters, [given]),
    label: (given: object) => Reflect.apply(aws.parameters.label, aws.parameters, [given]),
    createSecret: (given: object) => Reflect.apply(aws.secrets.create, aws.secrets, [given]),
    putSecret: (given: object) => Reflect.apply(aws.secrets.put, aws.secrets, [given]),
    deleteSecret: (given: object) => Reflect.apply(aws.secrets.delete, aws.secrets, [given]),
  })

  it.each([
    ['deny', { actions: 'ssm:*', resource: '*' }, 'deny(): there is no option actions: did you mean action?'],
    ['deny', { action: 'GetParameters', resource: '*' }, 'deny(): action must be an action such as'],
    ['deny', { action: 'ssm:*' }, 'deny(): resource must be a string'],
    [
      'deny',
      { action: 'ssm:GetParamters', resource: '*' },
      'deny(): no operation has the action ssm:GetParamters: did you mean ssm:GetParameters?',
    ],
    [
      'deny',
      { action: ['ssm:*', 'secretmanager:GetSecretValue'], resource: '*' },
      'deny(): no operation has the action secretmanager:GetSecretValue: did you mean secretsmanager:GetSecretValue?',
    ],
    [
      'deny',
      { action: 'sns:*Everything', resource: '*' },
      'deny(): no operation has the action sns:*Everything: use one of sns:CreateTopic',
    ],
    [
      'deny',
      { action: 'sts:GetCallerIdentity', resource: '*' },
      'deny(): no operation has the action sts:GetCallerIdentity: use one of sqs:*',
    ],
    [
      'add',
      { kind: 'hang', action: 'ssm:Put' },
      'add(): no operation has the action ssm:Put: use one of ssm:PutParameter',
    ],
    [
      'add',
      { kind: 'hang', action: 's3:GetObject' },
      'add(): no operation has the action s3:GetObject: use one of sqs:*',
    ],
    ['add', { kind: 'throtle' }, 'add(): kind must be one of latency, throttle,'],
    ['add', { kind: 'error' }, 'add(): error: status must be an HTTP status'],
    ['add', { kind: 'error', status: 500, message: '' }, 'add(): error: name must be the name of an error'],
    ['add', { kind: 'latency' }, 'add(): latency: ms must be a number, 0 or more'],
    ['add', { kind: 'hang', time: 1 }, 'add(): hang: there is no option time: did you mean times?'],
    ['put', { Name: '/app/a', value: 'x' }, 'put(): there is no option Name: did you mean name?'],
    ['put', { name: '/app/a' }, 'put(): value must be a string'],
    [
      'put',
      { name: '/app/a', value: 'x', dataTyp: 'integer' },
      'put(): there is no option dataTyp: did you mean dataType?',
    ],
    ['label', { name: '/app/a', label: ['x'] }, 'label(): there is no option label: did you mean labels?'],
    ['label', { name: '/app/a', labels: ['ok', '1st'] }, 'label(): 1st is not a valid label: use letters'],
    ['createSecret', { name: 'a', value: 1 }, 'create(): value must be a string or bytes'],
    [
      'createSecret',
      { name: 'a', value: 'x', keyId: 'k' },
      'create(): there is no option keyId: use one of name, value, description, kmsKeyId',
    ],
    ['putSecret', { secretId: 'a', value: 'x' }, 'put(): there is no option secretId: use one of id, value, stages'],
    ['deleteSecret', { id: 'a', forced: true }, 'delete(): there is no option forced: did you mean force?'],
  ] as const)('is refused by %s(%j)', async (call, given, message) => {
    const aws = await localAws()

    expect(() => calls(aws)[call](given)).toThrow(TypeError)
    expect(() => calls(aws)[call](given)).toThrow(message)
  })
})
