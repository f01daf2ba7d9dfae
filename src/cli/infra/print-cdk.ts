import { lowerFirst, namesIn, partsOf, policyType, rawProperties, referenceIn, referTo, type Stack } from './stack.ts'

/** A module in TypeScript with one construct. */
export function cdk({ description, resources, outputs }: Stack, className: string): string {
  const order = inOrder(resources)
  const modules = new Set(order.map((name) => moduleOf(resources[name]?.type ?? '')))
  const policy = order.find((name) => resources[name]?.type === policyType)
  const context = { resources, isPolicy: (name: string) => name === policy }
  const used = new Set(namesIn([resources, outputs]))
  const tokens = Object.entries(pseudo).flatMap(([name, token]) => (used.has(name) ? [token] : []))
  // The policy itself has its ARN.
  const fields = Object.entries(outputs).filter(([, { value }]) => value !== referTo(policy ?? ''))
  const lines = [
    "import { Stack } from 'aws-cdk-lib'",
    ...[...modules].sort().map((name) => `import * as ${name} from 'aws-cdk-lib/aws-${name}'`),
    "import { Construct } from 'constructs'",
    '',
    `/** ${description}. */`,
    `export class ${className} extends Construct {`,
    ...(policy === undefined
      ? []
      : ['  /** Attach it to the role of the service. */', '  readonly policy: iam.ManagedPolicy']),
    ...fields.flatMap(([name, { description: text }]) => [
      `  /** ${text}. */`,
      `  readonly ${lowerFirst(name)}: string`,
    ]),
    '',
    '  constructor(scope: Construct, id: string) {',
    '    super(scope, id)',
    ...(tokens.length === 0 ? [] : [`    const { ${tokens.join(', ')} } = Stack.of(this)`]),
    ...order.flatMap((name) => creation(name, context)),
    ...fields.map(([name, { value }]) => `    this.${lowerFirst(name)} = ${literal(value, context)}`),
    '  }',
    '}',
  ]
  return (tokens.length === 0 ? lines.slice(1) : lines).join('\n')
}

interface Context {
  readonly resources: Stack['resources']
  isPolicy(name: string): boolean
}

const pseudo: Readonly<Record<string, string>> = {
  'AWS::AccountId': 'account',
  'AWS::Partition': 'partition',
  'AWS::Region': 'region',
}

function creation(name: string, context: Context): readonly string[] {
  const { type = '', properties = {} } = context.resources[name] ?? {}
  const indent = '    '
  if (context.isPolicy(name)) {
    const document = literal(properties.PolicyDocument, context, `${indent}  `)
    return [
      `${indent}this.policy = new iam.ManagedPolicy(this, '${name}', {`,
      `${indent}  document: iam.PolicyDocument.fromJson(${document}),`,
      `${indent}})`,
    ]
  }
  const created = `new ${moduleOf(type)}.Cfn${type.split('::')[2]}(this, '${name}', ${props(properties, context, indent)})`
  const isUsed = Object.values(context.resources).some((other) =>
    namesIn(other.properties).some((used) => referenceIn(used)[0] === name),
  )
  return [`${indent}${isUsed || isOutput(name) ? `const ${lowerFirst(name)} = ` : ''}${created}`]
}

function isOutput(name: string): boolean {
  return ['Queue', 'Topic', 'DeadLetters', 'Key'].includes(name)
}

/** The properties of an L1 construct: those of CloudFormation in camel case, but for documents. */
function props(value: unknown, context: Context, indent: string): string {
  if (typeof value !== 'object' || value === null) return literal(value, context, indent)
  if (Array.isArray(value)) {
    return value.every((item) => typeof item !== 'object')
      ? literal(value, context, indent)
      : `[${value.map((item) => props(item, context, indent)).join(', ')}]`
  }
  const deeper = `${indent}  `
  const lines = Object.entries(value).map(([key, inner]) => {
    const shown = rawProperties.includes(key) ? literal(inner, context, deeper) : props(inner, context, deeper)
    return `${deeper}${lowerFirst(key)}: ${shown},`
  })
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`
}

function literal(value: unknown, context: Context, indent: string = ''): string {
  if (typeof value === 'string') return textLiteral(value, context)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isList = Array.isArray(value)
  const deeper = `${indent}  `
  if (isList && value.length === 1 && typeof value[0] !== 'object') return `[${literal(value[0], context, indent)}]`
  const lines = Object.entries(value).map(([key, inner]) => {
    const label = isList ? '' : `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)}: `
    return `${deeper}${label}${literal(inner, context, deeper)},`
  })
  return `${isList ? '[' : '{'}\n${lines.join('\n')}\n${indent}${isList ? ']' : '}'}`
}

function textLiteral(text: string, context: Context): string {
  const parts = partsOf(text)
  const [first] = parts
  if (parts.length === 1 && first !== undefined && 'name' in first) return expression(first.name, context)
  if (parts.every((part) => 'text' in part)) return quoted(text)
  const inner = parts.map((part) => {
    if ('name' in part) return `\${${expression(part.name, context)}}`
    return part.text.replace(/[\\`]/g, '\\$&')
  })
  return `\`${inner.join('')}\``
}

function expression(name: string, context: Context): string {
  const token = pseudo[name]
  if (token !== undefined) return token
  const [resource, attribute] = referenceIn(name)
  if (context.isPolicy(resource)) return 'this.policy.managedPolicyArn'
  return `${lowerFirst(resource)}.${attribute === '' ? 'ref' : `attr${attribute}`}`
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

function moduleOf(type: string): string {
  return (type.split('::')[1] ?? '').toLowerCase()
}

/** The names of the resources, each after those that it refers to. */
function inOrder(resources: Stack['resources']): readonly string[] {
  const ordered = new Set<string>()
  const visit = (name: string) => {
    if (ordered.has(name) || resources[name] === undefined) return
    for (const used of namesIn(resources[name].properties)) visit(referenceIn(used)[0])
    ordered.add(name)
  }
  for (const name of Object.keys(resources)) visit(name)
  return [...ordered]
}
