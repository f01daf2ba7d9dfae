import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type LocalAws, startLocalAws } from '../../src/local/index.ts'
import { parseSeedFile } from '../../src/local/seed-file.ts'
import { localAws } from '../support/aws.ts'

const yaml = `# The shop on a laptop.
parameters:
  /shop/port: 8080
  /shop/ratio: 1.10
  /shop/code: 0123
  /shop/on: true
  /shop/name: "a: b"
  /shop/hosts: [a.example, 8080]
  /shop/rules: '[{"a":1}]'
  /shop/key:
    value: hunter2
    type: SecureString
    tags: { team: shop }
  /shop/nets:
    value: [10, 20]
    dataType: integer
secrets:
  dev/db:
    username: app
    port: 5432
  dev/token: t0ken
  dev/more:
    value: { value: x }
    description: nested
`
const stored = {
  '/shop/port': ['String', '8080'],
  '/shop/ratio': ['String', '1.10'],
  '/shop/code': ['String', '0123'],
  '/shop/on': ['String', 'true'],
  '/shop/name': ['String', 'a: b'],
  '/shop/hosts': ['StringList', 'a.example,8080'],
  '/shop/rules': ['String', '[{"a":1}]'],
  '/shop/key': ['SecureString', 'hunter2'],
  '/shop/nets': ['StringList', '10,20'],
}

const notYaml = 'not YAML: check the indentation, the quotes and the brackets'

function file(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'liveparam-seed-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

async function parametersOf(aws: LocalAws) {
  const client = new SSMClient(aws.clientOptions)
  onTestFinished(() => client.destroy())
  const { Parameters = [] } = await client.send(
    new GetParametersByPathCommand({ Path: '/', Recursive: true, WithDecryption: true }),
  )
  return Object.fromEntries(Parameters.map(({ Name, Type, Value }) => [Name, [Type, Value]]))
}

async function secretOf(aws: LocalAws, SecretId: string) {
  const client = new SecretsManagerClient(aws.clientOptions)
  onTestFinished(() => client.destroy())
  return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString
}

describe('a seed file', () => {
  it('in YAML is stored with the text as it is written', async () => {
    const aws = await localAws({ seed: file('seed.yaml', yaml) })

    expect(await parametersOf(aws)).toEqual(stored)
    expect(await secretOf(aws, 'dev/db')).toBe('{"username":"app","port":5432}')
    expect(await secretOf(aws, 'dev/token')).toBe('t0ken')
    expect(await secretOf(aws, 'dev/more')).toBe('{"value":"x"}')
  })

  it('in JSON, named by a URL', async () => {
    const text = JSON.stringify(
      { parameters: { '/a': 1.5, '/b': { value: 'x', type: 'SecureString' } } },
      undefined,
      '\t',
    )
    const aws = await localAws({ seed: pathToFileURL(file('seed.json', text)) })

    expect(await parametersOf(aws)).toEqual({ '/a': ['String', '1.5'], '/b': ['SecureString', 'x'] })
  })

  it('may be empty', async () => {
    expect((await parseSeedFile('# nothing yet\n', 'seed.yaml')).seed).toEqual({ parameters: {}, secrets: {} })
    expect((await parseSeedFile('parameters:\nsecrets:\n', 'seed.yaml')).seed).toEqual({ parameters: {}, secrets: {} })
  })

  it.each([
    ['parameters: [a', `seed.yaml:1: ${notYaml}`],
    ['parameters:\n  /a: "hunter2\n', `seed.yaml:3: ${notYaml}`],
    ['parameters:\n  /a: hunter2\n   /b: hunter2\n', `seed.yaml:2-3: ${notYaml}`],
    ['parameters:\n  /a: hunter2\n  /a: hunter2\n', 'seed.yaml:3: this name is there twice'],
    ['- hunter2', 'seed.yaml: a seed is an object with parameters and secrets'],
    ['paramters:\n  /a: hunter2', 'seed.yaml:1: a seed has no paramters: did you mean parameters?'],
    ['secrets: {}\nparameters: hunter2', 'seed.yaml:2: parameters must be an object with an entry for each name'],
    ['parameters:\n  /a:\n', 'seed.yaml:2: /a: there is no value'],
    ['parameters:\n  /a: x\n  /b: null\n', 'seed.yaml:3: /b: there is no value'],
    [
      'parameters:\n  /a:\n    b: hunter2',
      'seed.yaml:2: /a: an object needs value: give each parameter its full name, or write JSON as one text',
    ],
    [
      'parameters:\n  /a: {valeu: hunter2, type: SecureString}',
      'seed.yaml:2: /a: there is no option valeu: did you mean value?',
    ],
    [
      'parameters:\n  /a: ["hunter2,x"]',
      'seed.yaml:2: /a: an item of a StringList cannot contain a comma: write JSON as one text',
    ],
    [
      'parameters:\n  /a: {value: {b: hunter2}}',
      'seed.yaml:2: /a: value must be a text or a list: write JSON as one text',
    ],
    ['secrets:\n  db:\n    value:\n', 'seed.yaml:2: db: there is no value'],
  ])('%j names the line of the mistake, and no value', async (text, message) => {
    const error = await parseSeedFile(text, 'seed.yaml').catch((thrown: unknown) => thrown)

    expect(error).toEqual(new TypeError(message))
  })

  it.each([
    ['parameters:\n  /a: x\n  aws/b: hunter2\n', /^seed\.yaml:3: aws\/b: .*/],
    [
      'parameters:\n  /a: { value: hunter2, typ: String }\n',
      /^seed\.yaml:2: \/a: there is no option typ: did you mean type\?$/,
    ],
    ['parameters:\n  /a: { value: hunter2, type: Secret }\n', /^seed\.yaml:2: \/a: .*type/],
    ['parameters:\n  /a: { value: hunter2, dataType: integer }\n', /^seed\.yaml:2: \/a: .*/],
  ])('%j names the line of an entry that AWS would refuse', async (text, message) => {
    const started = startLocalAws({ seed: file('seed.yaml', text) })
    const error = await started.then(
      (aws) => aws.close(),
      (thrown: unknown) => thrown,
    )

    expect(String(Object(error).message)).toMatch(message)
    expect(String(Object(error).message)).not.toContain('hunter2')
  })

  it('that does not exist is named', async () => {
    await expect(startLocalAws({ seed: 'none.yaml' })).rejects.toThrow('none.yaml: there is no such file')
  })
})
