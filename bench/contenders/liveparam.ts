import { type ConfigOptions, loadConfig } from 'liveparam'
import type { RemoteAws } from '../support/local-aws.ts'
import type { Store } from '../support/store.ts'
import type { Load } from './contender.ts'

/** Includes the definition and the validation. */
export const load: Load = (aws, store) => loadAndClose(aws, store)

/** Only lists paths. */
export const loadByPath: Load = (aws, store) => loadAndClose(aws, store, { strategy: 'by-path' })

/** Has a minute until the deadline. */
export const loadPatiently: Load = (aws, store) => loadAndClose(aws, store, { startup: { timeoutMs: 60_000 } })

async function loadAndClose(
  aws: RemoteAws,
  { path, schema }: Store,
  options: Pick<ConfigOptions, 'strategy' | 'startup'> = {},
): Promise<void> {
  const config = await loadConfig({ path, schema, ...options, ...aws.place })
  await config.close()
}
