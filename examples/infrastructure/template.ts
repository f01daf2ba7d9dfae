import { readFileSync } from 'node:fs'
import { parse, type ScalarTag } from 'yaml'
import * as z from 'zod'

const templateSchema = z.object({
  AWSTemplateFormatVersion: z.literal('2010-09-09'),
  Description: z.string(),
  Parameters: z
    .record(
      z.string(),
      z.object({
        Type: z.literal('String'),
        Description: z.string(),
        AllowedPattern: z.string().optional(),
        Default: z.string().optional(),
      }),
    )
    .default({}),
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }),
  ),
  Outputs: z.record(z.string(), z.object({ Description: z.string(), Value: z.unknown() })),
})

/** A CloudFormation template, with its functions in their long form. */
export type Template = z.infer<typeof templateSchema>

/** The routes on which AWS can notify a service of a change; each has a template in this folder. */
export const routes = ['queue', 'topic', 'webhook', 'api-destination', 'lambda'] as const

export type Route = (typeof routes)[number]

/** Reads the template of a route, as text and parsed. */
export function readTemplate(route: Route): { readonly text: string; readonly template: Template } {
  const text = readFileSync(new URL(`${route}.yaml`, import.meta.url), 'utf8')
  return { text, template: parseTemplate(text) }
}

/** Parses a template in YAML. @throws Error if it has another form than the templates in this folder. */
export function parseTemplate(text: string): Template {
  return templateSchema.parse(parse(text, { customTags: shortForms }))
}

/** The account and region of a deployment, and its parameters. */
export interface Place {
  readonly region: string
  readonly account: string
  readonly parameters: Readonly<Record<string, string>>
  /** The name that AWS gives a resource. */
  nameOf(logicalId: string): string
}

/**
 * Returns the properties of a resource, with its references resolved as CloudFormation does.
 *
 * @throws Error if a reference names an unknown resource.
 */
export function propertiesOf(route: Route, resource: string, place: Place): Readonly<Record<string, unknown>> {
  return propertiesIn(readTemplate(route).template, resource, place)
}

/** The same for a resource of any template. */
export function propertiesIn(template: Template, resource: string, place: Place): Readonly<Record<string, unknown>> {
  typeOf(resource, template)
  const { Properties = {} } = template.Resources[resource] ?? {}
  return z.record(z.string(), z.unknown()).parse(deployed(Properties, template, place))
}

/** Resolves the references in a part of a template as CloudFormation does. */
export function deployed(part: unknown, template: Template, place: Place): unknown {
  const into = (inner: unknown): unknown => deployed(inner, template, place)
  if (Array.isArray(part)) return part.map(into)
  if (!isObject(part)) return part
  if (typeof part.Ref === 'string') return ref(part.Ref, template, place)
  const [resource, attribute] = Array.isArray(part['Fn::GetAtt']) ? part['Fn::GetAtt'] : []
  if (resource !== undefined) return getAtt(String(resource), String(attribute), template, place)
  const text = part['Fn::Sub']
  if (typeof text === 'string') return text.replace(/\$\{([^}]+)\}/g, (_, name) => ref(name, template, place))
  return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, into(inner)]))
}

const shortForms: ScalarTag[] = [
  { tag: '!Ref', resolve: (name) => ({ Ref: name }) },
  { tag: '!Sub', resolve: (text) => ({ 'Fn::Sub': text }) },
  { tag: '!GetAtt', resolve: (path) => ({ 'Fn::GetAtt': path.split('.') }) },
]

function ref(name: string, template: Template, place: Place): string {
  const { region, account, parameters } = place
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::StackName': place.nameOf('Stack'),
  }
  const given = pseudo[name] ?? parameters[name] ?? template.Parameters[name]?.Default
  if (given !== undefined) return given
  const [resource = '', attribute] = name.split('.')
  if (attribute !== undefined) return getAtt(resource, attribute, template, place)
  if (typeOf(name, template) !== 'AWS::SQS::Queue') return arnOf(name, template, place)
  return `https://sqs.${region}.amazonaws.com/${account}/${place.nameOf(name)}`
}

function getAtt(resource: string, attribute: string, template: Template, place: Place): string {
  const arn = arnOf(resource, template, place)
  if (attribute === 'ArnForPolicy') return arn
  if (attribute === 'TopicName') return arn.split(':').at(-1) ?? ''
  if (attribute !== 'Arn') throw new Error(`${resource}.${attribute} is not supported`)
  return arns[typeOf(resource, template)]?.hasId ? `${arn}/ID` : arn
}

function arnOf(resource: string, template: Template, place: Place): string {
  const type = typeOf(resource, template)
  const form = arns[type]
  if (form === undefined) throw new Error(`the ARN of a ${type} is not supported`)
  const named = template.Resources[resource]?.Properties?.Name
  const name = named === undefined ? place.nameOf(resource) : deployed(named, template, place)
  const region = form.service === 'iam' ? '' : place.region
  return `arn:aws:${form.service}:${region}:${place.account}:${form.kind}${name}`
}

const arns: Readonly<
  Record<string, { readonly service: string; readonly kind: string; readonly hasId?: boolean } | undefined>
> = {
  'AWS::SQS::Queue': { service: 'sqs', kind: '' },
  'AWS::SNS::Topic': { service: 'sns', kind: '' },
  'AWS::Events::Rule': { service: 'events', kind: 'rule/' },
  'AWS::Events::Connection': { service: 'events', kind: 'connection/', hasId: true },
  'AWS::Events::ApiDestination': { service: 'events', kind: 'api-destination/', hasId: true },
  'AWS::SecretsManager::Secret': { service: 'secretsmanager', kind: 'secret:' },
  'AWS::IAM::Role': { service: 'iam', kind: 'role/' },
  'AWS::IAM::ManagedPolicy': { service: 'iam', kind: 'policy/' },
}

function typeOf(resource: string, { Resources }: Template): string {
  const type = Resources[resource]?.Type
  if (type === undefined) throw new Error(`the template has no ${resource}`)
  return type
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
