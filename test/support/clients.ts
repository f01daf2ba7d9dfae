import { onTestFinished } from 'vitest'
import type { ConfigOptions } from '../../src/index.ts'
import { type LightClientOptions, lightClient } from '../../src/light/index.ts'

/** Where AWS is. */
export interface Place {
  readonly endpoint: string
  readonly region: string
}

/** Makes the options with which a config reads the AWS at a place. */
export type ClientAt = (place: Place) => Pick<ConfigOptions, 'client' | 'endpoint' | 'region'>

/** Both clients that liveparam makes: every rule about calls holds for both. */
export const awsClients: readonly (readonly [name: string, clientAt: ClientAt])[] = [
  ['the AWS SDK', (place) => place],
  ['lightClient()', (place) => ({ client: lightClientOf(place) })],
]

/** A light client that lives as long as the test. */
export function lightClientOf(options: LightClientOptions): ReturnType<typeof lightClient> {
  const client = lightClient(options)
  onTestFinished(() => client.destroy())
  return client
}
