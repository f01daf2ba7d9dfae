import * as z from 'zod'
import { writePattern } from '../../src/cli/infra/event-pattern.ts'
import { listenersOf } from '../../src/cli/infra/needs.ts'
import { type NotificationRoute, notificationStack } from '../../src/cli/infra/notification-stack.ts'
import { writePolicy } from '../../src/cli/infra/policy.ts'
import { purposesOf } from '../../src/cli/infra/purposes.ts'
import type { Stack } from '../../src/cli/infra/stack.ts'
import { type ConfigOptions, defineConfig, secret } from '../../src/index.ts'

export type Definition = Omit<ConfigOptions, 'validate' | 'prepare'>

/** A definition with what the templates of examples/infrastructure cover. */
export const shop: Definition = defineConfig({
  path: '/shop/prod',
  schema: z.object({ a: z.string(), more: z.record(z.string(), z.string()), login: secret('prod/login', z.string()) }),
})

/** The stack of a definition, as `liveparam infra notifications` prints it. */
export function stackOf(options: Definition, route: NotificationRoute, secrets: readonly string[] = []): Stack {
  const [listener] = listenersOf(options)
  const own = { ...options, notifications: [] }
  return notificationStack({
    route,
    pattern: writePattern(options, secrets).pattern,
    statements: writePolicy({ options: own, purposes: purposesOf(['run']), secrets }, {}, []).statements,
    listener,
    name: 'liveparam-shop-prod',
    url: 'https://shop.example.com/changes',
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:changes',
  })
}
