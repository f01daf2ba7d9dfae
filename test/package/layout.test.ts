import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../../src', import.meta.url))
const base = ['ports.ts', 'errors.ts', 'time', 'messages', 'schema']

// What each room may import from within src. The rooms that are not named here are entry points of the package.
const rooms: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': ['messages'],
  'ports.ts': ['errors.ts'],
  platform: ['ports.ts', 'platform'],
  messages: ['errors.ts', 'messages'],
  time: ['ports.ts', 'time'],
  schema: ['ports.ts', 'errors.ts', 'messages', 'schema'],
  decode: [...base, 'decode', 'diagnostics'],
  diagnostics: [...base, 'decode', 'diagnostics'],
  snapshot: [...base, 'decode', 'snapshot'],
  refresh: [...base, 'decode', 'diagnostics', 'snapshot', 'refresh'],
  aws: [...base, 'aws'],
  notifications: [...base, 'aws', 'notifications'],
  resources: [...base, 'config', 'snapshot', 'resources'],
  config: [...base, 'aws', 'decode', 'diagnostics', 'snapshot', 'refresh', 'resources', 'platform', 'config'],
  // Entry points see a config as its users do. None of them reads AWS.
  light: ['aws', 'messages', 'platform', 'light'],
  backup: [...base, 'aws', 'snapshot', 'refresh', 'backup'],
  redis: [...base, 'aws', 'backup', 'config', 'refresh', 'snapshot', 'redis'],
  sqs: ['aws', 'notifications'],
  webhook: [...base, 'aws', 'notifications', 'webhook'],
  lambda: [...base, 'aws', 'config', 'notifications', 'lambda'],
  express: [...base, 'config', 'snapshot', 'platform', 'express'],
  otel: [...base, 'index.ts', 'source', 'otel'],
  local: ['ports.ts', 'messages', 'local'],
  // What tools need besides the public API: the plan of a definition, and AWS as a config reads it.
  tools: [...base, 'index.ts', 'aws', 'config', 'decode', 'diagnostics', 'local', 'platform', 'tools'],
  // The command line knows a config as its users do.
  cli: ['index.ts', 'ports.ts', 'errors.ts', 'messages', 'platform', 'local/index.ts', 'tools', 'cli'],
}

// What each room may import from elsewhere.
const packages: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'ports.ts': [],
  'errors.ts': [],
  messages: [],
  time: ['node:events'],
  schema: ['zod/v4/core'],
  decode: ['zod/v4/core'],
  diagnostics: ['zod/v4/core'],
  snapshot: ['node:crypto', 'node:util'],
  refresh: ['zod/v4/core'],
  resources: [],
  config: ['eventemitter3', 'node:util', 'zod/v4/core'],
  aws: ['p-retry', /^@aws-sdk\/client-(ssm|secrets-manager)$/],
  notifications: [/^@aws-sdk\/client-(sqs|sns)$/, 'node:crypto', 'node:http', 'node:https', 'node:net', 'node:stream'],
  webhook: [/^node:/],
  backup: ['@aws-sdk/client-kms', 'node:crypto', 'node:fs/promises', 'node:path'],
  redis: ['node:crypto'],
  light: ['@smithy/signature-v4', '@aws-sdk/credential-provider-node', /^node:(https?|crypto)$/],
  sqs: [],
  lambda: [/^node:/],
  express: ['express', /^node:/],
  otel: ['@opentelemetry/api'],
  local: ['yaml', /^node:/],
  tools: ['zod/v4/core'],
  cli: [/^node:/, '@aws-sdk/client-ssm', '@clack/prompts', 'yaml', 'zod/v4/core'],
}

// Text that runs in a browser, and the program of the command line, which hands on what it takes from the process.
const programs = ['express/status-page/page-script.ts', 'cli/main.ts']

interface Import {
  readonly specifier: string
  readonly isTypeOnly: boolean
  readonly isDynamic: boolean
}

interface SourceFile {
  readonly path: string
  readonly room: string
  readonly text: string
  readonly imports: readonly Import[]
}

const files: readonly SourceFile[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(join(src, path), 'utf8')
    return { path, room: path.split('/')[0] ?? path, text, imports: importsOf(text) }
  })

describe('rooms', () => {
  it.each(files.map((file) => [file.path, file] as const))('%s imports only what its room allows', (_, file) => {
    const allowed = rooms[file.room]
    const inside = file.imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => resolve(file, specifier))
    const isAllowed = (path: string) => allowed?.some((room) => path === room || path.startsWith(`${room}/`)) !== false
    expect(inside.filter((path) => !isAllowed(path))).toEqual([])

    const known = packages[file.room]
    const outside = file.imports.filter(({ specifier }) => !specifier.startsWith('.')).map(({ specifier }) => specifier)
    const isKnown = (name: string) =>
      known?.some((item) => (typeof item === 'string' ? item === name : item.test(name)))
    if (known !== undefined) expect(outside.filter((name) => !isKnown(name))).toEqual([])
  })

  it('have no import cycle', () => {
    const graph = new Map(files.map((file) => [file.path, runtimeImports(file)]))
    expect(findCycle(graph)).toBeUndefined()
  })

  it('take time, randomness and the process from one place', () => {
    const platform =
      /\bDate\.now\(|new Date\(\)|\bMath\.random\(|\bset(Timeout|Interval|Immediate)\(|\bprocess\.|\bconsole\./
    const offenders = files.filter(
      ({ room, path, text }) =>
        !['platform', 'local', 'testing'].includes(room) &&
        !programs.includes(path) &&
        platform.test(withoutComments(text)),
    )
    expect(offenders.map(({ path }) => path)).toEqual([])
  })
})

describe('optional and heavy modules', () => {
  it('loads no client before a config is made', () => {
    const eager = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ isTypeOnly, isDynamic }) => !isTypeOnly && !isDynamic)
        .filter(({ specifier }) => /^zod|^@aws-sdk|^p-retry$/.test(specifier))
        .filter(({ specifier }) => !specifier.startsWith('.'))
        .map(({ specifier }) => `${path}: ${specifier}`),
    )
    // Modules that are imported on demand.
    expect(eager).toEqual([])
  })

  it('loads no module that only a failure needs with the entry', () => {
    const graph = new Map(files.map((file) => [file.path, file]))
    const reached = new Set(['index.ts'])
    for (const path of reached) {
      const file = graph.get(path)
      const eager = file?.imports.filter(({ isDynamic }) => !isDynamic) ?? []
      if (file !== undefined) for (const next of runtimeImports({ ...file, imports: eager })) reached.add(next)
    }

    expect([...reached].filter((path) => path.startsWith('diagnostics/'))).toEqual([])
  })

  it('are not reached by way of what is imported where a config is used', () => {
    const graph = new Map(files.map((file) => [file.path, runtimeImports(file)]))
    const adapters = ['backup', 'express', 'lambda', 'light', 'otel', 'redis', 'sqs', 'webhook']
    const reached = new Set(files.filter(({ room }) => adapters.includes(room)).map(({ path }) => path))
    for (const path of reached) for (const next of graph.get(path) ?? []) reached.add(next)

    expect([...reached].filter((path) => /^(aws\/aws-source|config\/load-config)\.ts$/.test(path))).toEqual([])
  })

  it.each([
    ['p-retry', 'aws/retry.ts'],
    ['eventemitter3', 'config/emitter.ts'],
    ['@aws-sdk/client-secrets-manager', 'aws/'],
  ])('imports %s in one place alone', (name, place) => {
    const importers = files.filter(({ imports }) =>
      imports.some(({ specifier, isTypeOnly }) => specifier === name && !isTypeOnly),
    )
    expect(importers.filter(({ path }) => !path.startsWith(place)).map(({ path }) => path)).toEqual([])
  })
})

function importsOf(text: string): Import[] {
  const code = withoutComments(text)
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?([^'"]*?)from\s+'([^']+)'/gms)
  const named = [...statements].map(([, type, names = '', specifier = '']) => {
    const members =
      /\{([^}]*)\}/
        .exec(names)?.[1]
        ?.split(',')
        .map((member) => member.trim()) ?? []
    const areTypes =
      members.some((member) => member !== '') && members.every((member) => member === '' || member.startsWith('type '))
    return { specifier, isTypeOnly: type !== undefined || areTypes, isDynamic: false }
  })
  const dynamic = [...code.matchAll(/\bimport\('([^']+)'\)/g)].map(([, specifier = '']) => {
    return { specifier, isTypeOnly: false, isDynamic: true }
  })
  return [...named, ...dynamic]
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}

function resolve(file: SourceFile, specifier: string): string {
  return relative(src, join(src, dirname(file.path), specifier))
}

function runtimeImports(file: SourceFile): string[] {
  return file.imports
    .filter(({ specifier, isTypeOnly }) => specifier.startsWith('.') && !isTypeOnly)
    .map(({ specifier }) => resolve(file, specifier))
}

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path])
      if (cycle !== undefined) return cycle
    }
    done.add(path)
    return undefined
  }
  for (const path of graph.keys()) {
    const cycle = visit(path, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}
