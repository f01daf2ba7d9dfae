import { expect } from 'vitest'
import type { Clock } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import type { NotificationSource } from '../../src/source/index.ts'
import { load } from './changes.ts'

/** A config that listens; its first sweep comes after that share of ten minutes. */
export async function loaded(
  aws: LocalAws,
  notifications: NotificationSource,
  { clock, chance }: { readonly clock: Clock; readonly chance: number },
) {
  const { config } = await load(aws, notifications, { clock, random: () => chance })
  await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(true)
  return config
}

/** The name of a queue whose instance has died. */
export async function leftBehind(
  aws: LocalAws,
  notifications: NotificationSource,
  clock: Clock,
  chance = 0.1,
): Promise<string> {
  const denials = ['sqs:DeleteQueue', 'sns:Unsubscribe'].map((action) => aws.policy.deny({ action, resource: '*' }))
  const config = await loaded(aws, notifications, { clock, chance })
  await config.close()
  for (const denial of denials) denial.remove()
  return aws.queues.names.at(-1) ?? ''
}
