import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { deployed, type Place, propertiesOf, type Route, readTemplate, routes } from './template.ts'

// Capitals mark values that readers replace.
const place: Place = {
  region: 'REGION',
  account: 'ACCOUNT',
  parameters: {
    Path: '/shop/prod',
    SecretPrefix: 'prod/',
    Url: 'https://shop.example.com/config-changes',
    FunctionArn: 'arn:aws:lambda:REGION:ACCOUNT:function:FUNCTION',
  },
  nameOf: (logicalId) => logicalId.toUpperCase(),
}

const common = routes.map(statementsOf).reduce((some, others) => some.filter((one) => isIn(others, one)))

for (const route of routes) console.log(recipe(route))
console.log(`### Reading

Each \`PolicyArn\` also allows reading the configuration:

${fenced(common)}`)

function recipe(route: Route): string {
  const { template } = readTemplate(route)
  const { Description, Parameters, Outputs } = template
  const required = Object.entries(Parameters).filter(([, { Default }]) => Default === undefined)
  const overrides = required.map(([name]) => `${name}=${deployed({ Ref: name }, template, place)}`)
  const own = statementsOf(route).filter((statement) => !isIn(common, statement))
  return `### ${route}.yaml

${Description}

\`\`\`sh
aws cloudformation deploy --stack-name shop-config-${route} --template-file ${route}.yaml \\
  --capabilities CAPABILITY_IAM \\
  --parameter-overrides ${overrides.join(' ')}
\`\`\`

The rule matches

${fenced(propertiesOf(route, 'Rule', place).EventPattern)}

The role of the service needs ${own.length === 0 ? 'only [reading](#reading).' : `[reading](#reading), and\n\n${fenced(own)}`}

${Object.entries(Outputs)
  .map(([name, output]) => `- \`${name}\`: ${output.Description}`)
  .join('\n')}
`
}

function statementsOf(route: Route): readonly object[] {
  const { PolicyDocument } = propertiesOf(route, 'ServicePolicy', place)
  return z.object({ Statement: z.array(z.looseObject({})) }).parse(PolicyDocument).Statement
}

function isIn(statements: readonly object[], statement: object): boolean {
  return statements.some((one) => isDeepStrictEqual(one, statement))
}

function fenced(value: unknown): string {
  return `\`\`\`json\n${json(value)}\n\`\`\``
}

// Keeps a value on one line if it fits into 120 columns, with a comma.
function json(value: unknown, indent = '', label = ''): string {
  if (typeof value !== 'object' || value === null) return `${indent}${label}${JSON.stringify(value)}`
  const isList = Array.isArray(value)
  const write = (deeper: string) =>
    Object.entries(value).map(([key, inner]) => json(inner, deeper, isList ? '' : `${JSON.stringify(key)}: `))
  const short = isList ? `${label}[${write('').join(', ')}]` : `${label}{ ${write('').join(', ')} }`
  if (!short.includes('\n') && indent.length + short.length < 120) return indent + short
  const lines = write(`${indent}  `).join(',\n')
  return isList ? `${indent}${label}[\n${lines}\n${indent}]` : `${indent}${label}{\n${lines}\n${indent}}`
}
