import { onTestFinished } from 'vitest'
import type * as z from 'zod'
import { checkEncryption, type DataKeyLimits } from '../../src/backup/encryption-options.ts'
import { type ConfigOptions, createConfig, type LiveConfig } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import type { FleetTimes } from '../../src/redis/fleet-source.ts'
import type { RedisClient } from '../../src/redis/index.ts'
import { makeCache } from '../../src/redis/redis-cache.ts'
import { at } from './aws.ts'
import { fleetSchema, patientTimes } from './fleet-definition.ts'

export type FleetConfig = LiveConfig<z.output<typeof fleetSchema>>

/** Stores what the fleet reads: text, a SecureString, and names that the schema does not know. */
export function storeFleet(aws: LocalAws): void {
  aws.parameters.put({ name: '/fleet/greeting', value: 'hello' })
  aws.parameters.put({ name: '/fleet/token', value: 'hunter2-of-the-fleet', type: 'SecureString' })
  aws.parameters.put({ name: '/fleet/limits/jobs', value: '5' })
}

/** One instance, with a connection to Redis of its own. It is closed at the end of the test. */
export function startInstance(
  aws: LocalAws,
  client: RedisClient,
  keyId: string,
  { times, cache, ...options }: InstanceOptions = {},
): FleetConfig {
  const encryption = checkEncryption('test', { keyId, endpoint: aws.endpoint, ...(cache && { cache }) })
  const config = createConfig({
    path: '/fleet',
    schema: fleetSchema,
    logger: false,
    startup: { timeoutMs: 40_000 },
    ...(options.source === undefined && at(aws)),
    ...options,
    sharedCache: makeCache({ client, app: 'test', encryption, times: { ...patientTimes, ...times } }),
  })
  onTestFinished(() => config.close())
  return config
}

type InstanceOptions = Partial<ConfigOptions<typeof fleetSchema>> & {
  readonly times?: Partial<FleetTimes>
  readonly cache?: DataKeyLimits
}

/** The number of calls to Parameter Store and Secrets Manager. */
export function readingCalls(aws: LocalAws): number {
  return aws.requests.filter(({ action }) => /^(ssm|secretsmanager):/.test(action)).length
}
