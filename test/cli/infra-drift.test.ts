import { beforeAll, describe, expect, it } from 'vitest'
import { differences, type Format, formatOf } from '../../src/cli/infra/drift.ts'
import { cdk } from '../../src/cli/infra/print-cdk.ts'
import { cloudFormation } from '../../src/cli/infra/print-cloudformation.ts'
import { formatJson, policyJson } from '../../src/cli/infra/print-json.ts'
import { terraform } from '../../src/cli/infra/print-terraform.ts'
import { policyStack } from '../../src/cli/infra/stack.ts'
import { documentOf, type Statement } from '../../src/cli/infra/statements.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject } from '../support/cli.ts'
import { shop, stackOf } from '../support/infra.ts'

const read: Statement = { Sid: 'Read', Effect: 'Allow', Action: 'ssm:GetParameters', Resource: ['arn:a', 'arn:b'] }
const decrypt: Statement = {
  Sid: 'Decrypt',
  Effect: 'Allow',
  Action: 'kms:Decrypt',
  Resource: '*',
  Condition: { StringEquals: { 'kms:ViaService': 'ssm.eu-west-1.amazonaws.com' } },
}

const printers: Readonly<Record<Format, (statements: readonly Statement[]) => string>> = {
  json: policyJson,
  cloudformation: (statements) => cloudFormation(policyStack(statements)),
  terraform: (statements) => terraform(policyStack(statements)),
  cdk: (statements) => cdk(policyStack(statements), 'ConfigPolicy'),
}
const formats = Object.entries(printers) as [Format, (statements: readonly Statement[]) => string][]

describe.each(formats)('a file as %s', (format, print) => {
  const expected = print([read, decrypt])
  const compare = (...statements: Statement[]) => differences(expected, print(statements), format)

  it('has not drifted if it is the same, or in another order', () => {
    expect(compare(read, decrypt)).toEqual([])
    expect(compare(decrypt, { ...read, Resource: ['arn:b', 'arn:a'] })).toEqual([])
  })

  it('has drifted if a statement is missing, more, or different', () => {
    expect(compare(read)).toContain('statement Decrypt is missing')
    expect(compare(read, decrypt, { ...read, Sid: 'More' })).toContain('statement More should not be there')
    for (const changed of [
      { ...read, Resource: ['arn:a'] },
      { ...read, Resource: ['arn:a', 'arn:b', 'arn:c'] },
      { ...read, Resource: ['arn:a', 'arn:bb'] },
      { ...read, Action: ['ssm:GetParameters', 'ssm:GetParameter'] },
    ]) {
      const found = compare(changed, decrypt)
      expect(found.length).toBeGreaterThan(0)
      for (const difference of found) expect(difference).toContain('statement Read')
    }
    const { Condition: _, ...anyKey } = decrypt
    expect(compare(read, anyKey).join()).toContain('statement Decrypt')
  })
})

describe('a file', () => {
  it('names what differs in a statement', () => {
    const given = policyJson([{ ...read, Resource: ['arn:a', 'arn:c'] }, decrypt])
    expect(differences(policyJson([read, decrypt]), given, 'json')).toEqual([
      'statement Read: Resource lacks arn:b',
      'statement Read: Resource should not have arn:c',
    ])
  })

  it('may be written by hand: lists of one, other functions of CloudFormation, JSON', () => {
    const byHand = { ...decrypt, Action: ['kms:Decrypt'], Resource: ['*'] }
    expect(differences(policyJson([decrypt]), formatJson(documentOf([byHand])), 'json')).toEqual([])
    const region = `\${AWS::Region}`
    const here = { ...decrypt, Resource: `arn:aws:kms:${region}:x` }
    const template = cloudFormation(policyStack([here]))
    const rewritten = template
      .replace(/!Sub (.*)/, (_, text) => `{ "Fn::Sub": "${text}" }`)
      .replace('"2012-10-17"', '2012-10-17')
      .replace('!Ref ConfigPolicy', '\n      Ref: ConfigPolicy')
    expect(rewritten).not.toBe(template)
    expect(differences(template, rewritten, 'cloudformation')).toEqual([])
  })

  it('may be formatted: quotes, commas, line breaks and comments', () => {
    const written = cdk(stackOf(shop, 'api-destination'), 'ConfigNotifications')
    const formatted = written
      .replaceAll("'", '"')
      .replace(/,\n(\s*[}\]])/g, '\n$1')
      .replace(/: (["`])/g, ':\n        $1')
      .replace('super(scope, id)', 'super(\n      scope,\n      id,\n    ); // first')
      .replace('{\n    const', '{ /* here */\n\n    const')
    expect(formatted).not.toBe(written)
    expect(differences(written, formatted, 'cdk')).toEqual([])
    const module = terraform(stackOf(shop, 'topic'))
    const spaced = module
      .replace(/ +=/g, ' =')
      .replaceAll('# For', '// Of')
      .replace(/",\n(\s*)\]/g, '"\n$1]')
    expect(spaced).not.toBe(module)
    expect(differences(module, spaced, 'terraform')).toEqual([])
  })

  it('names the block that differs', () => {
    const module = terraform(stackOf(shop, 'topic'))
    expect(differences(module, module.replace('1209600', '60'), 'terraform')).toEqual([
      'resource aws_sqs_queue dead_letters differs',
    ])
    const template = cloudFormation(stackOf(shop, 'topic'))
    expect(differences(template, template.replace('/shop/prod/\n', '/shop/\n'), 'cloudformation').join()).toContain(
      'Resources: Rule: Properties: EventPattern',
    )
    expect(differences(template, template.replace('1209600', '60'), 'cloudformation')).toEqual([
      'Resources: DeadLetters: Properties: MessageRetentionPeriod differs',
    ])
  })

  it('has a format by its ending', () => {
    expect(['a.json', 'a.yaml', 'a.yml', 'a.template', 'a.tf', 'lib/a.ts', 'a.txt'].map(formatOf)).toEqual([
      'json',
      'cloudformation',
      'cloudformation',
      'cloudformation',
      'terraform',
      'cdk',
      undefined,
    ])
  })
})

describe('liveparam infra policy --check', () => {
  beforeAll(assertBuilt)

  it('passes the file that it printed, and fails once the schema has changed', async () => {
    const project = makeProject({ 'config.ts': configModule('{ a: z.string() }') })
    const printed = await project.run('infra', 'policy', '--for', 'exec')
    project.write('policy.json', printed.output)
    const checked = await project.run('infra', 'policy', '--check', 'policy.json')
    expect(checked).toEqual({ code: 0, output: '✓ policy.json is what the definition needs\n', errors: '' })
    project.write('config.ts', configModule('{ a: z.string(), b: z.string() }'))
    const { code, output } = await project.run(
      'infra',
      'policy',
      'config.ts',
      '--check',
      'policy.json',
      '--for',
      'exec',
    )
    expect(code).toBe(1)
    expect(output.split('\n')).toEqual([
      '✗ policy.json is not what the definition needs',
      '  statement ReadByName: Resource lacks arn:aws:ssm:REGION:ACCOUNT:parameter/shop/prod/b',
      '  statement DecryptParameters: Condition: StringLike: kms:EncryptionContext:PARAMETER_ARN lacks',
      '  arn:aws:ssm:REGION:ACCOUNT:parameter/shop/prod/b',
      expect.stringMatching(/^ {2}→ .*liveparam infra policy config.ts --for exec > policy.json$/),
      '',
    ])
  })

  it('takes the account and the region from the file if no option names them', async () => {
    const project = makeProject({ 'config.ts': configModule('{ a: z.string() }') })
    const place = ['--account', '111122223333', '--region', 'eu-west-1']
    project.write('policy.json', (await project.run('infra', 'policy', ...place)).output)
    expect(await project.run('infra', 'policy', '--check', 'policy.json')).toMatchObject({ code: 0, errors: '' })
    const other = await project.run('infra', 'policy', '--check', 'policy.json', '--region', 'us-east-1')
    expect(other.code).toBe(1)

    project.write('config.ts', configModule('{ a: z.string(), b: z.string() }'))
    const { output } = await project.run('infra', 'policy', 'config.ts', '--check', 'policy.json')
    expect(output).toContain('Resource lacks arn:aws:ssm:eu-west-1:111122223333:parameter/shop/prod/b\n')
    expect(output).not.toContain('parameter/shop/prod/a')
    expect(output).toContain('--account 111122223333 --region eu-west-1 > policy.json')
  })

  it('takes neither from a comment', async () => {
    const project = makeProject({ 'config.ts': configModule('{ a: z.string() }') })
    const { output } = await project.run('infra', 'policy', '--format', 'terraform')
    project.write('policy.tf', `# as arn:aws:ssm:eu-west-1:111122223333:parameter/a\n${output}`)

    const place = ['--account', '111122223333', '--region', 'eu-west-1']
    expect(await project.run('infra', 'policy', ...place, '--check', 'policy.tf')).toMatchObject({ code: 1 })
    expect(await project.run('infra', 'policy', '--check', 'policy.tf')).toMatchObject({ code: 0, errors: '' })
  })

  it('refuses a file that it cannot read', async () => {
    const project = makeProject({ 'config.ts': configModule('{ a: z.string() }'), 'bad.json': '{ "Version": ' })
    const missing = await project.run('infra', 'policy', '--check', 'none.json')
    expect(missing.code).toBe(2)
    expect(missing.errors).toContain('cannot read none.json')
    const bad = await project.run('infra', 'policy', '--check', 'bad.json')
    expect(bad.code).toBe(2)
    expect(bad.errors).toContain('bad.json:1 is neither JSON nor YAML')
  })

  it.each(['seed.yaml', 'package.json', 'config.ts', 'main.tf'])(
    'does not print over another file: %s',
    async (file) => {
      const files = { 'config.ts': configModule('{ a: z.string() }'), 'seed.yaml': 'parameters: { /a: b }' }
      const project = makeProject({ ...files, 'main.tf': 'provider "aws" { region = "eu-west-1" }' })
      const { code, errors } = await project.run('infra', 'policy', '--check', file)

      expect(code).toBe(2)
      expect(errors.replaceAll('\n', ' ')).toContain(`${file} has nothing of what this command prints`)
      expect(errors).not.toContain(`> ${file}`)
    },
  )
})
