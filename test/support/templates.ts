import * as z from 'zod'
import * as templates from '../../examples/infrastructure/template.ts'

/** The account and region of the local AWS. Resources are called as in the template, a rule also when it is named. */
export const place: templates.Place = {
  region: 'us-east-1',
  account: '123456789012',
  parameters: {
    Path: '/shop/prod',
    SecretPrefix: 'prod/',
    Url: 'https://shop.example.com/changes',
    FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:changes',
  },
  nameOf: (logicalId) => (logicalId === 'Stack' ? 'Rule' : logicalId),
}

/** What a resource of a template is deployed with. */
export function propertiesOf(
  route: templates.Route,
  resource: string,
  where: templates.Place = place,
): Readonly<Record<string, unknown>> {
  return templates.propertiesOf(route, resource, where)
}

/** The event pattern of the rule of a route. */
export function patternOf(route: templates.Route, where: templates.Place = place): object {
  return z.looseObject({}).parse(propertiesOf(route, 'Rule', where).EventPattern)
}
