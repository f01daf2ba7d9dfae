import { Document, Scalar } from 'yaml'
import { partsOf, type Stack } from './stack.ts'

/** A template in YAML 1.1, the version that CloudFormation reads. */
export function cloudFormation({ description, resources, outputs }: Stack): string {
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: description,
    Resources: Object.fromEntries(
      Object.entries(resources).map(([name, { type, properties }]) => [
        name,
        { Type: type, ...(Object.keys(properties).length > 0 && { Properties: properties }) },
      ]),
    ),
    Outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, { description: text, value }]) => [
        name,
        { Description: text, Value: value },
      ]),
    ),
  }
  return new Document(tagged(template), { version: '1.1' }).toString({ lineWidth: 0 }).trimEnd()
}

/** Texts with references become `!Ref`, `!GetAtt` and `!Sub`. */
function tagged(value: unknown): unknown {
  if (typeof value === 'string') return taggedText(value)
  if (Array.isArray(value)) return value.map(tagged)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, tagged(inner)]))
}

function taggedText(text: string): unknown {
  const parts = partsOf(text)
  const [first] = parts
  if (first === undefined || parts.every((part) => 'text' in part)) return text
  if (parts.length > 1 || !('name' in first)) return scalar('!Sub', text)
  return scalar(first.name.includes('.') ? '!GetAtt' : '!Ref', first.name)
}

function scalar(tag: string, text: string): Scalar {
  const made = new Scalar(text)
  made.tag = tag
  return made
}
