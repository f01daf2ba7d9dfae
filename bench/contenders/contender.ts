import type { RemoteAws } from '../support/local-aws.ts'
import type { Store } from '../support/store.ts'

/** A way to get everything that is stored under a path, with a new client each time. */
export type Load = (aws: RemoteAws, store: Store) => Promise<unknown>
