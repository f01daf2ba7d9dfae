import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ValidateTemplateCommand } from '@aws-sdk/client-cloudformation'
import { parse } from '@cdktf/hcl2json'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { parseTemplate, propertiesIn, routes } from '../../examples/infrastructure/template.ts'
import { writePolicy } from '../../src/cli/infra/policy.ts'
import { cdk } from '../../src/cli/infra/print-cdk.ts'
import { cloudFormation } from '../../src/cli/infra/print-cloudformation.ts'
import { terraform } from '../../src/cli/infra/print-terraform.ts'
import { purposesOf } from '../../src/cli/infra/purposes.ts'
import { policyStack, type Stack } from '../../src/cli/infra/stack.ts'
import type { AwsUnderTest } from '../contracts/workbench.ts'
import { root } from '../support/entry-points.ts'
import { shop, stackOf } from '../support/infra.ts'
import { describeWithMoto } from '../support/moto.ts'
import { runNode } from '../support/run-process.ts'
import { deploy, makeAccount } from '../support/stacks.ts'
import { place } from '../support/templates.ts'

const policy = policyStack(writePolicy({ options: shop, purposes: purposesOf(['run', 'check']) }, {}, []).statements)

const stacks: readonly (readonly [name: string, stack: Stack])[] = [
  ['policy', policy],
  ...routes.map((route) => [route, stackOf(shop, route)] as const),
]

const statementsOf = (stack: Stack, name: string) => {
  const template = parseTemplate(cloudFormation(stack))
  const { PolicyDocument } = propertiesIn(template, name, place)
  return z.object({ Statement: z.array(z.looseObject({ Sid: z.string() })) }).parse(PolicyDocument).Statement
}

describe.each(stacks)('the %s in HCL', (_, stack) => {
  const policyName = 'ConfigPolicy' in stack.resources ? 'ConfigPolicy' : 'ServicePolicy'

  it('is parsed by the parser of Terraform, and has every resource', async () => {
    const { resource = {}, output = {} } = hclSchema.parse(await parse('main.tf', terraform(stack)))
    const names = Object.values(resource).flatMap((ofType) => Object.keys(ofType))
    const expected = Object.keys(stack.resources).map(snake)
    expect(names).toEqual(expect.arrayContaining(expected))
    expect(Object.keys(output).sort()).toEqual(Object.keys(stack.outputs).map(snake).sort())
  })

  it('has the statements of the template', async () => {
    const { data = {} } = hclSchema.parse(await parse('main.tf', terraform(stack)))
    const [document] = Object.entries(data.aws_iam_policy_document ?? {}).flatMap(([name, [found]]) =>
      name === snake(policyName) && found !== undefined ? [found] : [],
    )
    const found = (document?.statement ?? []).map(({ sid, actions, resources, condition = [] }) => ({
      sid,
      actions,
      resources: resources.length,
      conditions: Object.fromEntries(condition.map(({ variable, values }) => [variable, values.length])),
    }))
    expect(found).toEqual(
      statementsOf(stack, policyName).map(({ Sid, Action, Resource, Condition = {} }) => ({
        sid: Sid,
        actions: [Action].flat(),
        resources: [Resource].flat().length,
        conditions: Object.fromEntries(
          Object.values(z.record(z.string(), z.record(z.string(), z.unknown())).parse(Condition)).flatMap((keys) =>
            Object.entries(keys).map(([key, values]) => [key, [values].flat().length]),
          ),
        ),
      })),
    )
  })
})

const block = z.object({
  sid: z.string().optional(),
  actions: z.array(z.string()),
  resources: z.array(z.string()).default([]),
  condition: z.array(z.object({ variable: z.string(), values: z.array(z.string()) })).optional(),
})

const hclSchema = z.object({
  resource: z.record(z.string(), z.record(z.string(), z.array(z.unknown()))).optional(),
  output: z.record(z.string(), z.unknown()).optional(),
  data: z
    .record(z.string(), z.record(z.string(), z.array(z.object({ statement: z.array(block).optional() }))))
    .optional(),
})

function snake(name: string): string {
  return name.replace(/(?<=.)[A-Z]/g, '_$&').toLowerCase()
}

describeWithMoto((start) => {
  describe('a printed template', () => {
    let moto: AwsUnderTest | undefined
    let count = 0

    beforeAll(async () => {
      moto = await start()
    })
    afterAll(() => moto?.close())

    const account = () => {
      if (moto === undefined) throw new Error('moto is not running')
      return makeAccount(`i${count++}`, moto.endpoint)
    }

    it.each(stacks)('passes cfn-lint: %s', async (_, stack) => {
      const { cloudFormation: client } = account()
      const body = cloudFormation(stack)
      const { Description } = await client.send(new ValidateTemplateCommand({ TemplateBody: body }))
      expect(Description).toBe(stack.description)
    })

    it('deploys the policy', async () => {
      const aws = account()
      const { outputs } = await deploy(aws.cloudFormation, {
        name: 'policy',
        body: cloudFormation(policy),
        parameters: {},
      })
      expect(outputs.PolicyArn).toMatch(/^arn:aws:iam::123456789012:policy\//)
    })

    it.each(['queue', 'topic', 'webhook'] as const)('deploys the rule and its target: %s', async (route) => {
      const aws = account()
      const stack = stackOf(shop, route)
      const body = cloudFormation(stack)
      const deployed = await deploy(aws.cloudFormation, { name: `printed-${route}`, body, parameters: {} })
      const { EventPattern } = propertiesIn(parseTemplate(body), 'Rule', deployed.where)
      const { pattern, targets } = await aws.ruleOf(deployed)
      expect(pattern).toEqual(EventPattern)
      expect(targets).toEqual([
        {
          Id: route === 'queue' ? 'queue' : 'topic',
          Arn: expect.stringContaining(`:${deployed.where.nameOf(route === 'queue' ? 'Queue' : 'Topic')}`),
          DeadLetterConfig: { Arn: expect.stringContaining(`:${deployed.where.nameOf('DeadLetters')}`) },
        },
      ])
      expect(Object.keys(deployed.outputs).sort()).toEqual(Object.keys(stack.outputs).sort())
    })
  })
})

const folder = join(root, 'examples/infrastructure/cdk')
const install = 'npm install --prefix examples/infrastructure/cdk'

describe('a printed construct', { timeout: 120_000 }, () => {
  const isInstalled = existsSync(join(folder, 'node_modules/aws-cdk-lib'))
  if (!isInstalled && process.env.LIVEPARAM_REQUIRE_ALL !== '1') {
    it.skip(`aws-cdk-lib is not installed: ${install}`, () => undefined)
    return
  }

  it('compiles, and synthesizes the template', async () => {
    const work = mkdtempSync(join(folder, 'printed-'))
    onTestFinished(() => rmSync(work, { recursive: true }))
    const names = stacks.map(([name]) => name)
    for (const [name, stack] of stacks) writeFileSync(join(work, `${name}.ts`), cdk(stack, 'Printed'))
    const imports = names.map((name, index) => `import { Printed as P${index} } from './${name}.ts'`)
    const made = names.map((name, index) => `make('${name}', P${index})`)
    writeFileSync(
      join(work, 'main.ts'),
      `import { App, Stack } from 'aws-cdk-lib'
      import type { Construct } from 'constructs'
      ${imports.join('\n')}
      const app = new App({ analyticsReporting: false })
      const make = (name: string, Made: new (scope: Construct, id: string) => Construct) => new Made(new Stack(app, name), 'It')
      ${made.join('\n')}
      console.log(JSON.stringify(app.synth().stacks.map((stack) => [stack.stackName, stack.template.Resources])))`,
    )
    writeFileSync(
      join(work, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          module: 'nodenext',
          target: 'es2022',
          skipLibCheck: true,
          allowImportingTsExtensions: true,
          types: ['node'],
        },
      }),
    )
    const [compiled, ran] = await Promise.all([
      runNode([join(root, 'node_modules/typescript/bin/tsc'), '-p', work]),
      runNode([join(work, 'main.ts')]),
    ])
    expect(compiled).toMatchObject({ code: 0, output: '' })
    expect(ran).toMatchObject({ code: 0 })
    const synthesized = z
      .array(
        z.tuple([z.string(), z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() }))]),
      )
      .parse(JSON.parse(ran.output))
    for (const [name, resources] of synthesized) {
      const [, stack] = stacks.find(([known]) => known === name) ?? []
      const found = Object.values(resources).filter(({ Type }) => Type !== 'AWS::CDK::Metadata')
      const types = found.map(({ Type }) => Type)
      expect(types.sort()).toEqual(
        Object.values(stack?.resources ?? {})
          .map(({ type }) => type)
          .sort(),
      )
      const [{ Properties } = { Properties: undefined }] = found.filter(
        ({ Type }) => Type === 'AWS::IAM::ManagedPolicy',
      )
      const { PolicyDocument } = z.object({ PolicyDocument: z.looseObject({}) }).parse(Properties)
      const expected = Object.values(stack?.resources ?? {}).find(({ type }) => type === 'AWS::IAM::ManagedPolicy')
      expect(joined({ PolicyDocument })).toEqual(joined(expected?.properties))
    }
  })
})

/** A template of CDK with its functions as texts, and without the names that CDK makes. */
function joined(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\$\{(?!AWS)[^}]*\}/g, '(a resource)')
  if (Array.isArray(value)) return value.map(joined)
  if (typeof value !== 'object' || value === null) return value
  const { Ref, 'Fn::Join': join, 'Fn::GetAtt': attribute } = Object(value)
  if (typeof Ref === 'string') return Ref.startsWith('AWS::') ? `\${${Ref}}` : '(a resource)'
  if (attribute !== undefined) return '(a resource)'
  if (Array.isArray(join)) return join[1].map(joined).join('')
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, joined(inner)]))
}
