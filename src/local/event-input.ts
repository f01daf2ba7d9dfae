import { validation } from './aws-error.ts'
import { type Input, isInput, optionalText, textMap } from './input.ts'
import { isJson } from './json.ts'

/** An event, and the rule that it matches. */
export interface MatchedEvent {
  readonly envelope: Readonly<Record<string, unknown>>
  readonly ruleArn: string
  readonly ruleName: string
  readonly ingestedAt: number
}

/** Makes the body that a target receives. AWS delivers nothing if there is no body. */
export type BodyOf = (matchedEvent: MatchedEvent) => string | undefined

/**
 * Compiles the input settings of a target: the whole event, a part of it, a constant or a template.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function bodyOfTarget(target: Input, id: string): BodyOf {
  const [constant, path] = [optionalText(target, 'Input'), optionalText(target, 'InputPath')]
  const transformer = target.InputTransformer ?? undefined
  if ([constant, path, transformer].filter((given) => given !== undefined).length > 1) {
    throw validation(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`)
  }
  if (constant !== undefined) return constantBody(constant, id)
  if (isInput(transformer)) return templateBody(transformer, id)
  const read = pathReader(path ?? '$', id)
  return ({ envelope }) => JSON.stringify(read(envelope))
}

function constantBody(constant: string, id: string): BodyOf {
  if (!isJson(constant)) throw validation(`JSON syntax error in input for target ${id}.`)
  return () => constant
}

// The variables that a template can use without a path.
const predefined: Readonly<Record<string, (matchedEvent: MatchedEvent) => unknown>> = {
  'aws.events.rule-arn': ({ ruleArn }) => ruleArn,
  'aws.events.rule-name': ({ ruleName }) => ruleName,
  'aws.events.event.ingestion-time': ({ ingestedAt }) => new Date(ingestedAt).toISOString(),
  'aws.events.event': ({ envelope: { detail: _, 'detail-type': detailType, ...rest } }) => ({ ...rest, detailType }),
  'aws.events.event.json': ({ envelope }) => envelope,
}

function templateBody(transformer: Input, id: string): BodyOf {
  const template = optionalText(transformer, 'InputTemplate') ?? ''
  const paths = textMap(transformer, 'InputPathsMap')
  const values = new Map(Object.entries(predefined))
  for (const [name, path] of Object.entries(paths)) {
    const read = pathReader(path, id)
    values.set(name, ({ envelope }) => read(envelope))
  }
  const unknown = placeholdersOf(template).find((name) => !values.has(name))
  if (unknown !== undefined) {
    throw validation(`InputTemplate for target ${id} contains invalid placeholder ${unknown}.`)
  }
  return (matchedEvent) => fill(template, (name) => values.get(name)?.(matchedEvent))
}

function placeholdersOf(template: string): string[] {
  return [...template.matchAll(/<([\w.-]+)>/g)].map(([, name = '']) => name)
}

/** @returns `undefined` if the filled template is neither JSON nor lines of JSON strings. */
function fill(template: string, valueFor: (name: string) => unknown): string | undefined {
  const isText = template.trimStart().startsWith('"')
  let isQuoted = false
  const filled = template.replace(/\\.|"|<([\w.-]+)>/g, (token, name: string | undefined) => {
    if (token === '"') isQuoted = !isQuoted
    if (name === undefined) return token
    const value = valueFor(name)
    return isQuoted ? quoted(value, isText) : JSON.stringify(value ?? '')
  })
  const documents = isText ? filled.split('\n').filter((line) => line.trim() !== '') : [filled]
  return documents.every(isJson) ? filled : undefined
}

// An object loses its quotes in a text. In a JSON document it keeps them, which breaks the document, as on AWS.
function quoted(value: unknown, isText: boolean): string {
  if (typeof value === 'string') return JSON.stringify(value).slice(1, -1)
  const json = JSON.stringify(value) ?? ''
  return isText ? json.replaceAll('"', '') : json
}

/** Compiles a JSON path, for example `$.detail.name` or `$.resources[0]`. */
function pathReader(path: string, id: string): (event: unknown) => unknown {
  if (!/^\$(\.[\w-]+|\[(\d+|'[^']+'|"[^"]+")\])*$/.test(path)) throw validation(`Invalid jsonPath for target ${id}.`)
  const steps = [...path.matchAll(/\.([\w-]+)|\[(?:(\d+)|'([^']+)'|"([^"]+)")\]/g)].map(([, ...names]) => {
    return names.find((name) => name !== undefined) ?? ''
  })
  return (event) => steps.reduce(step, event)
}

function step(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value[Number(name)]
  return isInput(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
