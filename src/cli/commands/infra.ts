import type { Arguments } from '../arguments.ts'
import { type Command, type ExitCode, UsageError } from '../command.ts'
import { keysWithReferences } from '../infra/needs.ts'
import { fill, keysIn, mapTexts, type Place, placeIn, placeOptions } from '../infra/place.ts'
import { writePolicy } from '../infra/policy.ts'
import { cdk } from '../infra/print-cdk.ts'
import { cloudFormation } from '../infra/print-cloudformation.ts'
import { policyJson, stackJson } from '../infra/print-json.ts'
import { terraform } from '../infra/print-terraform.ts'
import { purposeNames, purposesOf } from '../infra/purposes.ts'
import { policyStack, type Stack } from '../infra/stack.ts'
import { moduleOptions, type OpenedDefinition, openDefinition } from '../open-definition.ts'
import { wrap } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const infra: Command = {
  name: 'infra',
  summary: 'Print the IAM policy that a definition needs, or the resources of its notifications',
  usage: '<policy|notifications> [definition]',
  examples: [
    { line: 'liveparam infra policy', means: 'the least that the role of the service needs' },
    {
      line: 'liveparam infra policy --for check --format terraform',
      means: 'what the role of a workflow needs that runs `liveparam check`',
    },
    {
      line: 'liveparam infra policy --check policy.json',
      means: 'in a workflow: fails if the file is not what the definition needs',
    },
  ],
  choices: ['policy', 'notifications'],
  most: 2,
  options: {
    format: {
      type: 'string',
      choices: ['json', 'cloudformation', 'terraform', 'cdk'],
      help: 'How to print it: documents, a template in YAML, HCL, or a construct in TypeScript',
    },
    for: {
      type: 'string',
      multiple: true,
      choices: purposeNames,
      help: 'The command that uses the policy; run is the service itself',
    },
    policies: { type: 'boolean', help: 'For check --policies: allow ssm:DescribeParameters, too' },
    secret: {
      type: 'string',
      value: '<name>',
      multiple: true,
      help: 'A secret that stored references name, by its name or ARN; * is any text',
    },
    ...moduleOptions,
    ...placeOptions,
  },
  details: [
    'Reads no account: the policy follows from the definition alone. Placeholders stand for the account and the region unless they are given. The permission to read histories, ssm:GetParameterHistory, is never part of it.',
  ],
  run: runInfra,
}

async function runInfra(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  const [kind, named] = given.positionals
  if (kind !== 'policy' && kind !== 'notifications') {
    const wrong = kind === undefined ? 'say what to print' : `there is no infra ${JSON.stringify(kind)}`
    throw new UsageError(`${wrong}: policy or notifications`, 'liveparam infra policy', 'liveparam infra notifications')
  }
  const opened = await openDefinition(named, given, terminal)
  const place = placeIn(given, opened.options.region)
  const { text, notes } = written({ given, opened, place })
  for (const note of notes)
    for (const line of wrap(`note: ${note}`, Math.min(terminal.columns, 100))) terminal.note(line)
  terminal.print(text)
  return 0
}

interface Writing {
  readonly given: Arguments
  readonly opened: OpenedDefinition
  readonly place: Place
}

function written({ given, opened, place }: Writing): { readonly text: string; readonly notes: readonly string[] } {
  const { options, file } = opened
  const names = given.texts('for')
  const secrets = given.texts('secret')
  const policy = writePolicy(
    {
      options,
      purposes: purposesOf(names.length === 0 ? ['run'] : names),
      secrets,
      describes: given.has('policies'),
    },
    place,
    keysIn(given),
  )
  if (policy.statements.length === 0) {
    throw new UsageError(`${file} makes no calls to AWS: it has a source of its own, and no policy is needed`)
  }
  const statements = mapTexts(policy.statements, (text) => fill(text, place))
  const format = given.text('format') ?? 'json'
  const following = keysWithReferences(options)
  const notes = [
    ...policy.notes,
    ...(secrets.length > 0 || following.length === 0
      ? []
      : [`${listed(following)} can hold references to secrets: name those secrets with --secret`]),
    ...(format === 'json' && (place.account === undefined || place.region === undefined)
      ? ['replace ACCOUNT and REGION, or give --account and --region']
      : []),
  ]
  if (format === 'json') return { text: policyJson(statements), notes }
  return { text: printed(policyStack(statements), format, 'ConfigPolicy'), notes }
}

function printed(stack: Stack, format: string, className: string): string {
  if (format === 'json') return stackJson(stack)
  if (format === 'cloudformation') return cloudFormation(stack)
  return format === 'terraform' ? terraform(stack) : cdk(stack, className)
}

const mostListed = 5

function listed(keys: readonly string[]): string {
  const shown = keys.slice(0, mostListed).join(', ')
  return keys.length > mostListed ? `${shown} and ${keys.length - mostListed} other keys` : shown
}
