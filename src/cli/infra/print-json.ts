import { mapTexts } from './place.ts'
import { partsOf, type Stack, wordsOf } from './stack.ts'
import { documentOf, type Statement } from './statements.ts'

/** The policy document. Capitals mark what is not known. */
export function policyJson(statements: readonly Statement[]): string {
  return formatJson(documentOf(mapTexts(statements, (text) => withCapitals(text))))
}

/** The properties of every resource, by its name. */
export function stackJson({ resources }: Stack): string {
  const properties = Object.entries(resources).map(([name, resource]) => [name, resource.properties])
  // The reference to a queue is its URL, to anything else an ARN.
  const named = (name: string) => {
    const type = resources[name]?.type
    return type === undefined ? name : `${name}.${type === 'AWS::SQS::Queue' ? 'Url' : 'Arn'}`
  }
  return formatJson(mapTexts(Object.fromEntries(properties), (text) => withCapitals(text, named)))
}

const pseudo: Readonly<Record<string, string>> = {
  'AWS::AccountId': 'ACCOUNT',
  'AWS::Region': 'REGION',
  'AWS::Partition': 'aws',
}

function withCapitals(text: string, named: (name: string) => string = (name) => name): string {
  return partsOf(text)
    .map((part) => ('text' in part ? part.text : (pseudo[part.name] ?? capitals(named(part.name)))))
    .join('')
}

/** `QUEUE_ARN` for `Queue.Arn`. */
function capitals(name: string): string {
  return name
    .split('.')
    .flatMap((part) => wordsOf(part))
    .join('_')
    .toUpperCase()
}

/** JSON as formatters write it: a list of texts stands on one line if it fits into 120 columns. */
export function formatJson(value: unknown, indent: string = '', taken: number = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
  const isList = Array.isArray(value)
  if (entries.length === 0) return isList ? '[]' : '{}'
  const isFlat = isList && value.every((item) => typeof item !== 'object' || item === null)
  const short = isFlat ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]` : ''
  if (isFlat && indent.length + taken + short.length < 120) return short
  const deeper = `${indent}  `
  const lines = entries.map(([key, inner]) => {
    const label = isList ? '' : `${JSON.stringify(key)}: `
    return `${deeper}${label}${formatJson(inner, deeper, label.length)}`
  })
  return `${isList ? '[' : '{'}\n${lines.join(',\n')}\n${indent}${isList ? ']' : '}'}`
}
