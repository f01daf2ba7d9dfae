import type { ConfigOptions } from '../../index.ts'
import type { EncryptionKeys, HierarchyRequest, NotificationSource } from '../../ports.ts'
import { inspectDefinition, planReading } from '../../tools/inspect-definition.ts'
import { isArn, isBelow, parseSecretId, splitSelector } from '../../tools/names.ts'
import { UsageError } from '../command.ts'
import type { Purpose } from './purposes.ts'

/** What the calls of a definition are about. */
export interface Needs {
  /** The paths that are read page by page; those that end in `/*` are everything below. */
  readonly paths: readonly string[]
  /** Full names and ARNs of parameters; those that end in `/*` are everything below. */
  readonly names: readonly string[]
  readonly secrets: readonly NeededSecret[]
  /** Whether the policies of parameters are read. */
  readonly describes: boolean
  readonly listeners: readonly NotificationSource[]
  /** The keys that encrypt what is kept outside of the process. */
  readonly encryptions: readonly EncryptionKeys[]
}

export interface NeededSecret {
  /** A name or an ARN; `*` is any text. */
  readonly id: string
  readonly selector?: string
  /** Whether it is read as a reference, by Parameter Store. */
  readonly isReference: boolean
}

/** A definition, and what the command line adds to it. */
export interface NeedsOptions {
  readonly options: ConfigOptions
  readonly purposes: readonly Purpose[]
  /** Secrets that stored references name: a name, an ARN, or a pattern. */
  readonly secrets?: readonly string[]
  readonly describes?: boolean
}

/** Derives the needs of a definition from its plan, without I/O. */
export function needsOf({ options, purposes, secrets = [], describes = false }: NeedsOptions): Needs {
  const { request } = inspectDefinition(options)
  const listeners = purposes.some(({ listens }) => listens) ? listenersOf(options) : []
  const encryptions = purposes.some(({ listens }) => listens) ? encryptionsOf(options) : []
  if (options.source !== undefined) {
    return { paths: [], names: [], secrets: [], describes: false, listeners, encryptions }
  }
  const { walks, isReference } = planReading(options, request)
  const walked = walks.flatMap(({ path, isRecursive }) => (isRecursive ? [path, below(path)] : [path]))
  const listed = purposes.some(({ lists }) => lists) ? request.hierarchies.map(({ path }) => path) : []
  const single = [...request.names, ...(options.sentinel === undefined ? [] : [options.sentinel])]
  const parsed = secrets.map((text) => ({ ...secretIn(text), binary: false }))
  return {
    paths: unique([...walked, ...listed]),
    names: unique([...request.hierarchies.flatMap(namesIn), ...single.map((name) => splitSelector(name).name)]),
    secrets: [...request.secrets, ...parsed].map((secret) => {
      const { id, selector } = secret
      const named = isReference(secret) && !isArn(id)
      return { id, ...(selector !== undefined && { selector }), isReference: named }
    }),
    describes,
    listeners,
    encryptions,
  }
}

/** Without those that are equal. */
function encryptionsOf({ sharedCache, backup }: ConfigOptions): readonly EncryptionKeys[] {
  const all = [sharedCache?.encryption, backup?.encryption].flatMap((keys) => keys ?? [])
  return [...new Map(all.map((keys) => [JSON.stringify([keys.keyIds, keys.app]), keys])).values()]
}

/** The same needs, with every name replaced by the path above it. */
export function collapseNames({ options }: Pick<NeedsOptions, 'options'>, needs: Needs): Needs {
  const paths = inspectDefinition(options).request.hierarchies.map(({ path }) => path)
  const names = needs.names.map((name) => {
    const above = paths.find((path) => isBelow(name, path) && !isArn(name))
    return above === undefined ? name : below(above)
  })
  return { ...needs, names: withoutCovered(unique(names)) }
}

/** The same needs, with the secrets of one folder replaced by the folder. */
export function collapseSecrets(needs: Needs): Needs {
  const collapsed = needs.secrets.map((secret): NeededSecret => {
    const end = secret.id.indexOf('/')
    if (isArn(secret.id) || end === -1) return secret
    return { id: `${secret.id.slice(0, end)}/*`, isReference: secret.isReference }
  })
  const keyed = new Map(collapsed.map((secret) => [JSON.stringify(secret), secret]))
  return { ...needs, secrets: [...keyed.values()] }
}

/** The keys whose stored text can be a reference to a secret that the schema does not name. */
export function keysWithReferences(options: ConfigOptions): readonly string[] {
  const { keys } = inspectDefinition(options)
  return keys.filter(({ followsReferences }) => followsReferences).map(({ key }) => key)
}

/** The sources of notifications of a definition. */
export function listenersOf({ notifications = [] }: ConfigOptions): readonly NotificationSource[] {
  return 'listen' in notifications ? [notifications] : notifications
}

/** Everything below a path. */
export function below(path: string): string {
  return `${path === '/' ? '' : path}/*`
}

function namesIn(hierarchy: HierarchyRequest): readonly string[] {
  const { path, names = [], open = [path], levels = [] } = hierarchy
  const patterns = [...open, ...levels].map(below)
  return withoutCovered([...patterns, ...names])
}

/** Without the names that a pattern of the list covers. */
function withoutCovered(names: readonly string[]): readonly string[] {
  const covering = names.filter((name) => name.endsWith('/*')).map((name) => name.slice(0, -1))
  return names.filter((name) => !covering.some((start) => name.startsWith(start) && name !== `${start}*`))
}

function secretIn(text: string): Pick<NeededSecret, 'id' | 'selector'> {
  // A `*` is no character of an id.
  const parsed = parseSecretId(text.replaceAll('*', '@'))
  if (parsed !== undefined) return { ...parsed, id: text.slice(0, parsed.id.length) }
  const message = `--secret takes the name or the ARN of a secret, and not ${JSON.stringify(text)}`
  throw new UsageError(message, '--secret prod/payments')
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
