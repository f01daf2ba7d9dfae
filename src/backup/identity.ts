import { createHash } from 'node:crypto'
import type { ReadingIdentity, ReadRequest } from '../ports.ts'

/** What a config reads. */
export interface IdentityParts {
  /** The name of the application. */
  readonly app: string
  /** The option `path` of the config. */
  readonly paths: readonly string[]
  /** The request that reads everything the schema covers. */
  readonly request: ReadRequest
}

// AWS KMS limits the encryption context. The fingerprint contains the paths too.
const maxPathsLength = 1_000

/**
 * The identity of the readings of a config. The schema is part of it as far as it decides what is read: names, paths,
 * labels and secrets. Other changes of the schema, such as a new check or default, keep the identity.
 */
export function identify({ app, paths, request }: IdentityParts): ReadingIdentity {
  const schema = fingerprint(request)
  const context = { app, paths: paths.join(',').slice(0, maxPathsLength) || 'none', schema }
  const hash = createHash('sha256')
    .update(JSON.stringify([app, paths, schema]))
    .digest('base64url')
  return { key: `${app}-${hash.slice(0, 32)}`, context }
}

function fingerprint({ hierarchies, names, secrets }: ReadRequest): string {
  const parts = [
    hierarchies.map(({ path, label = '', names: known = [], open = [path], levels = [] }) => {
      return [path, label, sorted(known), sorted(open), sorted(levels)]
    }),
    sorted(names),
    secrets.map(({ id, selector = '', binary }) => [id, selector, binary]),
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

function sorted(texts: readonly string[]): string[] {
  return [...texts].sort()
}
