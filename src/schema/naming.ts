/** The rule that spells a key of the schema as a segment of a parameter name. */
export type Naming = 'exact' | 'kebab-case' | 'snake_case' | 'PascalCase' | ((key: string) => string)

export type NamingRule = Exclude<Naming, (key: string) => string>

const rules: Record<NamingRule, (key: string) => string> = {
  exact: (key) => key,
  'kebab-case': (key) => words(key).join('-').toLowerCase(),
  snake_case: (key) => words(key).join('_').toLowerCase(),
  PascalCase: (key) =>
    words(key)
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(''),
}

export const namingRules: readonly NamingRule[] = Object.keys(rules) as NamingRule[]

/** The segment for a key. */
export function spell(key: string, naming: Naming): string {
  return typeof naming === 'function' ? naming(key) : rules[naming](key)
}

/**
 * Whether Parameter Store accepts this segment in a name.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
export function isSegment(segment: unknown): segment is string {
  return typeof segment === 'string' && /^[\w.-]+$/.test(segment)
}

/** Segments that would reach into a prototype when they become keys. */
export function isForbiddenSegment(segment: string): boolean {
  return segment === '__proto__' || segment === 'constructor' || segment === 'prototype'
}

/** The segments of a full or relative name. */
export function segmentsOf(name: string): string[] {
  return name.split('/').filter((segment) => segment !== '')
}

/** The full name for segments below a path. */
export function joinName(path: string, segments: readonly string[]): string {
  return `${path === '/' ? '' : path}/${segments.join('/')}`
}

/** Whether a full name, or a path, lies below a path. */
export function isBelow(name: string, path: string): boolean {
  return path === '/' ? name !== '/' : name.startsWith(`${path}/`)
}

function words(key: string): string[] {
  return key.split(/[_-]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/).filter((word) => word !== '')
}
