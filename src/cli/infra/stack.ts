import { documentOf, type Statement } from './statements.ts'

/**
 * What is created in an account. Types and properties are those of CloudFormation. A text refers to a resource as
 * `${Queue.Arn}`, and to the account as `${AWS::AccountId}`.
 */
export interface Stack {
  readonly description: string
  readonly resources: Readonly<Record<string, Resource>>
  readonly outputs: Readonly<Record<string, Output>>
}

export interface Resource {
  readonly type: string
  readonly properties: Readonly<Record<string, unknown>>
}

export interface Output {
  readonly description: string
  readonly value: string
}

export const policyType = 'AWS::IAM::ManagedPolicy'

/** The properties that hold JSON with names of its own. */
export const rawProperties: readonly string[] = [
  'PolicyDocument',
  'AssumeRolePolicyDocument',
  'EventPattern',
  'RedrivePolicy',
]

export function policyStack(statements: readonly Statement[]): Stack {
  return {
    description: 'What liveparam needs to read the configuration',
    resources: { ConfigPolicy: { type: policyType, properties: { PolicyDocument: documentOf(statements) } } },
    outputs: { PolicyArn: { description: 'Attach it to the role of the service', value: referTo('ConfigPolicy') } },
  }
}

/** A text that refers to a resource, such as `Queue`, or to an attribute, such as `Queue.Arn`. */
export function referTo(name: string): string {
  return `\${${name}}`
}

/** A part of a text: plain text, or the name in `${…}`. */
export type TextPart = { readonly text: string } | { readonly name: string }

export function partsOf(text: string): readonly TextPart[] {
  const [start = '', ...others] = text.split('${')
  const parts = others.flatMap((part): TextPart[] => {
    const end = part.indexOf('}')
    return [{ name: part.slice(0, end) }, { text: part.slice(end + 1) }]
  })
  return [{ text: start }, ...parts].filter((part) => !('text' in part) || part.text !== '')
}

/** The resource and the attribute of a name such as `Queue.Arn`. The attribute is empty for the resource itself. */
export function referenceIn(name: string): readonly [resource: string, attribute: string] {
  const [resource = '', attribute = ''] = name.split('.')
  return [resource, attribute]
}

/** The names in all texts of a value. */
export function namesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return partsOf(value).flatMap((part) => ('name' in part ? [part.name] : []))
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(namesIn)
}

/** `DeadLettersPolicy` in the words `dead`, `letters` and `policy`. */
export function wordsOf(name: string): readonly string[] {
  return name.split(/(?=[A-Z])/).map((word) => word.toLowerCase())
}

export function lowerFirst(name: string): string {
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`
}
