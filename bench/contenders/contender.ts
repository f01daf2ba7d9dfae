import type { RemoteAws } from '../support/local-aws.ts'
import type { Store } from '../support/store.ts'

/** Reads every parameter under a path, with a new client each time. */
export type Load = (aws: RemoteAws, store: Store) => Promise<unknown>
