import type { Outcome, ParameterSource, ReadFailure, StoredParameter, StoredSecret } from 'liveparam/source'

/** The tables: one row per version, the latest last. */
export interface Tables {
  readonly parameters: readonly (StoredParameter & { readonly labels: readonly string[] })[]
  readonly secrets: readonly (StoredSecret & { readonly id: string; readonly stages: readonly string[] })[]
}

export function tableSource(readTables: (signal: AbortSignal) => Promise<Tables>): ParameterSource {
  return {
    async read(request, { signal }) {
      signal.throwIfAborted()
      const { parameters, secrets } = await readTables(signal)
      const find = (name: string, selector?: string) => {
        const versions = parameters.filter((row) => row.name === name)
        if (selector === undefined) return versions.at(-1)
        return versions.find(({ version, labels }) => selector === `${version}` || labels.includes(selector))
      }
      return {
        hierarchies: request.hierarchies.map(({ path, label, covers }) => {
          const names = new Set(parameters.map(({ name }) => name))
          const below = [...names].filter((name) => name.startsWith(path === '/' ? '/' : `${path}/`))
          const found = below.flatMap((name) => find(name, label) ?? [])
          const listed = found.map(({ name }) => name)
          return { parameters: found.filter(({ name }) => covers(name)), listed, failures: new Map() }
        }),
        names: new Map(request.names.map((asked) => [asked, outcomeOf(find(...split(asked)))])),
        secrets: request.secrets.map(({ id, selector = 'AWSCURRENT', binary }): Outcome<StoredSecret> => {
          const isRequested = (row: Tables['secrets'][number]) =>
            row.id === id && (row.versionId === selector || row.stages.includes(selector))
          const found = secrets.find(isRequested)
          const isWrongKind = found !== undefined && binary === (typeof found.value === 'string')
          return isWrongKind ? { kind: 'failed', failure: wrongKind(binary) } : outcomeOf(found)
        }),
      }
    },
  }
}

/** `/app/port:3` and `/app/port:live` request a version of a parameter. */
function split(asked: string): [name: string, selector?: string] {
  const [name = '', selector] = asked.split(':')
  return selector === undefined ? [name] : [name, selector]
}

function outcomeOf<Found>(found: Found | undefined): Outcome<Found> {
  return found === undefined ? { kind: 'missing' } : { kind: 'found', found }
}

function wrongKind(binary: boolean): ReadFailure {
  const [code, detail, remedy] = binary
    ? (['INVALID_REFERENCE', 'expected bytes, but the secret is text', 'remove binary: true'] as const)
    : (['BINARY_SECRET', 'expected text, but the secret is bytes', 'use secret(id, { binary: true })'] as const)
  return { code, isTransient: false, detail, remedy }
}
