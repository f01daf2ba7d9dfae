import * as samples from '../notifications/samples.ts'

/** An event of EventBridge. */
export interface AwsEvent {
  readonly source: string
  readonly 'detail-type': string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

type Events = Readonly<Record<string, AwsEvent>>

/** What AWS tells of a parameter. */
export function parameterEvents(name: string) {
  const resources = [`arn:aws:ssm:us-east-1:123456789012:parameter${name.startsWith('/') ? '' : '/'}${name}`]
  const of = (sample: AwsEvent) => ({ ...sample, resources, detail: { ...sample.detail, name } })
  return {
    'a parameter that was created': of(samples.created),
    'a parameter that was updated': of(samples.updated),
    'a parameter that was deleted': of(samples.deleted),
    'an image that is none': of(samples.failedImage),
    'a label that was moved': of(samples.labelled),
    'a policy that came due': {
      ...samples.unchanged,
      resources,
      detail: { ...samples.unchanged.detail, 'parameter-name': name },
    },
  } satisfies Events
}

/** What AWS tells of a secret by itself. */
export function secretEvents(name: string) {
  const { detail } = samples.stageMoved
  const resources = [`arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-a1b2c3`]
  return {
    'a stage that was moved': { ...samples.stageMoved, resources, detail: { ...detail, name } },
  } satisfies Events
}

/** What CloudTrail tells of secrets, where there is a trail. */
export const trailEvents: Events = { 'a call': samples.secretPut, 'a rotation': samples.rotated }

export function parameterUpdated(name: string): AwsEvent {
  return parameterEvents(name)['a parameter that was updated']
}

export function stageMoved(name: string): AwsEvent {
  return secretEvents(name)['a stage that was moved']
}
