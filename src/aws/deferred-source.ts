import type { ReadFailure } from '../errors.ts'
import { moduleFailure } from '../messages/describe-thrown.ts'
import type { ParameterSource, Reading, ReadRequest } from '../ports.ts'
import type { AwsSource, AwsSourceOptions } from './aws-source.ts'
import { importSsm } from './import-ssm.ts'
import { Routes } from './routes.ts'

/** An {@link AwsSource} that loads while the config starts: a config that reads another source does not load it. */
export function deferredAwsSource(options: AwsSourceOptions): ParameterSource {
  const routes = new Routes(options)
  let loading: Promise<typeof import('./aws-source.ts')> | undefined
  let source: AwsSource | undefined
  // After a failure, the next call tries again.
  const load = async () => {
    try {
      loading ??= import('./aws-source.ts')
      const { AwsSource } = await loading
      source ??= new AwsSource(options, routes)
      return source
    } catch (error) {
      loading = undefined
      throw error
    }
  }
  // The first reading reports the failures.
  load().catch(() => undefined)
  // In parallel with the source, which needs it next.
  if (options.client === undefined) importSsm().catch(() => undefined)
  return {
    async read(request, given) {
      const loaded = await load().catch(moduleFailure)
      return 'read' in loaded ? loaded.read(request, given) : unread(request, loaded)
    },
    explain: (request) => routes.explain(request),
    usage: () => source?.usage() ?? { calls: {}, decryptions: 0 },
    place: () => source?.place(),
    where: async () => (await load().catch(() => undefined))?.where() ?? {},
    resumed: () => source?.resumed(),
    async close() {
      await loading?.catch(() => undefined)
      await source?.close()
    },
  }
}

function unread({ hierarchies, names, secrets }: ReadRequest, failure: ReadFailure): Reading {
  const failed = { kind: 'failed', failure } as const
  return {
    hierarchies: hierarchies.map(() => ({ parameters: [], failures: new Map(), failure })),
    names: new Map(names.map((name) => [name, failed])),
    secrets: secrets.map(() => failed),
    calls: 0,
  }
}
