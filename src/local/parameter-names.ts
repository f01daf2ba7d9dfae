import { validation } from './aws-error.ts'
import { invalidName } from './parameter-errors.ts'

/** The name of a parameter in a request. */
export interface RequestedName {
  /** The name, or the ARN of a parameter that another account or region shares. */
  readonly name: string
  /** A version or label. */
  readonly selector: string | undefined
}

const publicPrefix = '/aws/service/'

/** Whether AWS publishes the parameter. */
export function isPublic(name: string): boolean {
  return name.startsWith(publicPrefix)
}

/** Whether another account or region shares the parameter. Such a parameter is stored under its ARN. */
export function isShared(name: string): boolean {
  return name.startsWith('arn:')
}

/** The name in responses: for a shared parameter, the name inside its ARN. */
export function plainName(name: string): string {
  return isShared(name) ? name.slice(name.indexOf(':parameter/') + ':parameter'.length) : name
}

/** @param arnPrefix The ARN of a parameter in this account and region, up to and without the slash before the name. */
export function parseName(requested: string, arnPrefix: string): RequestedName {
  const trimmed = requested.trim()
  if (!isShared(trimmed)) return { ...splitSelector(trimmed, trimmed), name: trimmed.split(':', 1)[0] ?? '' }
  const [, partition, service, region, account, resource = '', ...selector] = trimmed.split(':')
  const arn = ['arn', partition, service, region, account, resource].join(':')
  if (service !== 'ssm' || !resource.startsWith('parameter/')) throw invalidName()
  const own = arn.startsWith(`${arnPrefix}/`)
  const name = resource.slice('parameter'.length)
  const isOwnPublic = account === '' && isPublic(name) && region === arnPrefix.split(':')[3]
  return { ...splitSelector(trimmed, ['', ...selector].join(':')), name: own || isOwnPublic ? name : arn }
}

/** Whether a parameter can have the name. */
export function isWellFormed(name: string): boolean {
  const plain = plainName(name)
  return /^[\w.-]+$/.test(plain) || /^(\/[\w.-]+)+$/.test(plain)
}

/** @throws AwsError For a name that no parameter can have. */
export function checkReadable(name: string): void {
  if (!isWellFormed(name)) throw invalidName()
}

function splitSelector(requested: string, text: string): { readonly selector: string | undefined } {
  const [, selector, ...more] = text.split(':')
  if (selector === '' || more.length > 0 || requested.endsWith(':')) throw badSelector()
  return { selector }
}

export function badSelector(): Error {
  return validation(
    'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>',
  )
}
