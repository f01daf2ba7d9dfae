import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { localAws } from '../support/aws.ts'

const examples = {
  text: { valid: ['', ' x', 'a,b'], invalid: [] },
  boolean: { valid: ['true', 'false'], invalid: ['True', 'yes', '1', ' true'] },
  integer: {
    valid: ['0', '443', '-7', '+7', '123456789012345678901234567890'],
    invalid: ['1.0', '1e3', '0x1', '1,000'],
  },
  float: { valid: ['1.5', '-0.5', '3', '1e-7', '.5'], invalid: ['1,5', 'NaN', 'Infinity', '1.5.1', '.'] },
  binary: { valid: ['aGVsbG8=', 'AAAA'], invalid: ['aGVsbG8', 'h!', 'a b='] },
  json: { valid: ['{"a":[1,null]}', '"x"', '1'], invalid: ['{a:1}', '{"a":1,}', '// x\n1'] },
  jsonc: {
    valid: ['{"a":1}', '{ // why\n "a": 1, /* b */ }', '["http://x", "/* no comment */",]', '["\\"// no", [],]'],
    invalid: ['{a:1}', '{"a":1 /* open', '"// no', '[,]', '[1,,]', '1 /*/'],
  },
  hostname: {
    valid: ['localhost', 'db-1.shop.example', 'xn--bcher-kva.example'],
    invalid: ['-a', 'a..b', 'a_b', 'a b'],
  },
  email: { valid: ['a.b+c@shop.example'], invalid: ['a', 'a@', 'a@b', 'a b@shop.example', '@shop.example'] },
  'ipv4-address': { valid: ['10.0.0.1'], invalid: ['10.0.0.256', '10.0.0', '::1', '10.0.0.1/8'] },
  'ipv6-address': { valid: ['::1', '2001:db8::1'], invalid: ['10.0.0.1', ':::', 'g::1'] },
  url: {
    valid: ['https://shop.example/a?b=c', 'postgres://db/x'],
    invalid: ['shop.example', '/a', 'https://', 'https://a b'],
  },
  'aws:region': { valid: ['eu-west-1', 'us-gov-west-1'], invalid: ['eu-west', 'EU-WEST-1', 'west'] },
  'aws:account:id': { valid: ['123456789012'], invalid: ['12345678901', '1234567890123', '12345678901x'] },
  'aws:ec2:image': { valid: ['ami-12345678', 'ami-0123456789abcdef0'], invalid: [] },
  'aws:ssm:integration': { valid: ['{"description":"x"}'], invalid: ['x', '[]'] },
} as const

async function writer(): Promise<(input: object) => Promise<unknown>> {
  const aws = await localAws()
  const ssm = new SSMClient({ ...aws.clientOptions, maxAttempts: 1 })
  onTestFinished(() => ssm.destroy())
  return async (input) => {
    const put = { Name: '/app/a', Type: 'String', Overwrite: true, ...input } as const
    await ssm.send(new PutParameterCommand({ Value: 'x', ...put }))
    return (await ssm.send(new GetParameterCommand({ Name: '/app/a', WithDecryption: true }))).Parameter
  }
}

describe.each(Object.entries(examples))('a parameter of the data type %s', (DataType, { valid, invalid }) => {
  it('takes valid values, and answers them as text', async () => {
    for (const Value of valid.filter((value) => value !== '')) {
      const write = await writer()
      expect(await write({ DataType, Value })).toMatchObject({ DataType, Value, Type: 'String' })
    }
  })

  it('refuses invalid values without repeating them', async () => {
    const write = await writer()
    for (const Value of invalid) {
      await expect(write({ DataType, Value })).rejects.toMatchObject({
        name: 'ValidationException',
        message: `The parameter value is not valid for the data type ${DataType}.`,
      })
    }
  })
})

describe('data types', () => {
  it('are checked in a SecureString', async () => {
    const write = await writer()
    const secure = { Type: 'SecureString', DataType: 'integer' }
    await expect(write({ ...secure, Value: 'hunter2' })).rejects.toThrow('is not valid for the data type integer')
    expect(await write({ ...secure, Value: '7' })).toMatchObject({
      Type: 'SecureString',
      DataType: 'integer',
      Value: '7',
    })
  })

  it('are checked for each item of a StringList', async () => {
    const write = await writer()
    const list = { Type: 'StringList', DataType: 'integer' }
    expect(await write({ ...list, Value: '1,2,3' })).toMatchObject({ Value: '1,2,3', DataType: 'integer' })
    await expect(write({ ...list, Value: '1,,3' })).rejects.toThrow(
      'Item 2 of the parameter value is not valid for the data type integer.',
    )
  })

  it('whose values contain commas are refused for a StringList', async () => {
    const write = await writer()
    for (const DataType of ['json', 'jsonc', 'binary', 'aws:ec2:image']) {
      await expect(write({ Type: 'StringList', DataType, Value: '1' })).rejects.toThrow(
        `The data type ${DataType} is not supported for parameters of type StringList.`,
      )
    }
  })

  it('apply to a new version without a data type', async () => {
    const write = await writer()
    await write({ DataType: 'integer', Value: '1' })
    expect(await write({ Value: '2' })).toMatchObject({ DataType: 'integer', Version: 2 })
    await expect(write({ Value: 'two' })).rejects.toThrow('is not valid for the data type integer')
  })
})
