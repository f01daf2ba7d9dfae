import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { shop } from '../../examples/demo/definition.ts'
import { fillStore } from '../../examples/demo/store.ts'
import { definition as server } from '../../examples/express-server/config.ts'
import { definition as lambda } from '../../examples/lambda/definition.ts'
import { definition as worker } from '../../examples/worker/config.ts'
import { fill, mapTexts } from '../../src/cli/infra/place.ts'
import { writePolicy } from '../../src/cli/infra/policy.ts'
import { purposesOf } from '../../src/cli/infra/purposes.ts'
import { documentOf, type Statement } from '../../src/cli/infra/statements.ts'
import { type ConfigOptions, defineConfig, loadConfig, parameter, secret, sensitive } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { snsNotifications, sqsNotifications } from '../../src/sqs/index.ts'
import { at, localAws } from '../support/aws.ts'
import { bootstrap } from '../support/bootstrap-definition.ts'

const place = { account: '123456789012', region: 'us-east-1', partition: 'aws' }

interface Store {
  readonly parameters: Pick<LocalAws['parameters'], 'put'>
  readonly secrets: Pick<LocalAws['secrets'], 'create'>
}

/** A definition, what it reads, and how it changes. */
interface Subject {
  readonly route: keyof typeof listeners
  readonly definition: Omit<ConfigOptions, 'validate' | 'prepare'>
  fill(store: Store): void
  /** A text that is a SecureString. */
  readonly changing: string
  readonly secret?: string
  /** Secrets that stored references name. */
  readonly secrets?: readonly string[]
}

const subjects: Readonly<Record<string, Subject>> = {
  'examples/bootstrap': {
    route: 'queue',
    definition: bootstrap,
    fill({ parameters, secrets }) {
      const stored = { port: '8080', greeting: 'hello', 'mail/from': 'shop@example.com', 'mail/apiKey': 'hunter1' }
      for (const [name, value] of Object.entries(stored)) parameters.put({ name: `/shop/dev/${name}`, value })
      secrets.create({ name: 'dev/db', value: '{"username":"shop","password":"hunter2"}' })
    },
    changing: '/shop/dev/greeting',
    secret: 'dev/db',
  },
  'examples/demo': {
    route: 'topic',
    definition: shop,
    fill: fillStore,
    changing: '/shop/dev/mail/apiKey',
    secret: 'dev/shop/db',
    secrets: ['dev/shop/payments'],
  },
  'examples/express-server': {
    route: 'queue',
    definition: server,
    fill({ parameters, secrets }) {
      for (const [name, value] of Object.entries({ currency: 'EUR', taxPercent: '20', checkoutEnabled: 'true' })) {
        parameters.put({ name: `/shop/dev/${name}`, value })
      }
      secrets.create({ name: 'dev/shop/operator', value: 'example-operator-token' })
    },
    changing: '/shop/dev/currency',
    secret: 'dev/shop/operator',
  },
  'examples/lambda': {
    route: 'queue',
    definition: lambda,
    fill({ parameters, secrets }) {
      parameters.put({ name: '/shop/prod/greeting', value: 'Welcome' })
      parameters.put({ name: '/shop/prod/checkoutEnabled', value: 'true' })
      secrets.create({ name: 'prod/mail', value: 'hunter2' })
    },
    changing: '/shop/prod/greeting',
    secret: 'prod/mail',
  },
  'examples/worker': {
    route: 'queue',
    definition: worker,
    fill({ parameters }) {
      for (const [name, value] of Object.entries({ currency: 'EUR', taxPercent: '20', pauseMs: '1' })) {
        parameters.put({ name: `/shop/dev/worker/${name}`, value })
      }
    },
    changing: '/shop/dev/worker/currency',
  },
  'a definition that reads paths, and both services': {
    route: 'topic',
    definition: defineConfig({
      path: '/app',
      strategy: 'by-path',
      secretsVia: 'secrets-manager',
      sentinel: '/app/sentinel',
      schema: z.object({
        a: sensitive(z.string()),
        more: z.record(z.string(), z.string()),
        deep: z.looseObject({}),
        elsewhere: parameter('/other/x:live', z.string()).optional(),
        login: secret('app/login', z.string()),
      }),
    }),
    fill({ parameters, secrets }) {
      for (const name of ['/app/a', '/app/more/one', '/app/deep/er/two', '/app/sentinel', '/other/x']) {
        parameters.put({ name, value: 'EUR' })
      }
      secrets.create({ name: 'app/login', value: 'p' })
    },
    changing: '/app/a',
    secret: 'app/login',
  },
}

const listeners = {
  topic: (aws: LocalAws) => {
    const topic = aws.topics.create('changes')
    aws.events.route({ source: ['aws.ssm'] }, topic.arn)
    return snsNotifications({ topicArn: topic.arn, ...at(aws) })
  },
  queue: (aws: LocalAws) => {
    const queue = aws.queues.create('changes')
    aws.events.route({ source: ['aws.ssm'] }, queue.arn)
    return sqsNotifications({ queueUrl: queue.url, ...at(aws) })
  },
}

describe.each(Object.entries(subjects))('the policy of %s', (_, subject) => {
  it('allows what a service does, and has no statement too many', { timeout: 60_000 }, async () => {
    const { statements } = await settle(subject)
    expect(statements.length).toBeGreaterThanOrEqual(3)
    for (const removed of statements) {
      const others = statements.filter((statement) => statement !== removed)
      const { refused } = await settle(subject, others)
      expect({ removed: removed.Sid, isNeeded: refused.length > 0 }).toEqual({ removed: removed.Sid, isNeeded: true })
    }
  })
})

/** Runs a life with these statements, by default those of the policy. With fewer, it ends at the first refused call. */
async function settle(subject: Subject, fewer?: readonly Statement[]) {
  const aws = await localAws()
  const key = aws.keys.create().arn
  subject.fill(encrypting(aws, key))
  const notifications = listeners[subject.route](aws)
  const definition = { ...subject.definition, notifications, logger: false } as const
  const given = { options: definition, purposes: purposesOf(['run']), secrets: subject.secrets ?? [] }
  const written = writePolicy(given, place, [key])
  const statements = mapTexts(written.statements, (text) => fill(text, place))
  await aws.policy.attach(documentOf(fewer ?? statements))
  const life = live(subject, definition, aws)
  if (fewer === undefined) {
    await life
    expect(aws.policy.refused).toEqual([])
  } else {
    await Promise.race([life.catch(() => undefined), expect.poll(() => aws.policy.refused.length).toBeGreaterThan(0)])
  }
  return { statements, refused: aws.policy.refused }
}

/** Start, refresh, a change that is notified, and a secret that cannot be read. */
async function live({ changing, secret: id }: Subject, definition: ConfigOptions, aws: LocalAws): Promise<void> {
  // The queues of dead instances are swept at once.
  const random = () => 0
  const config = await loadConfig({ ...definition, ...at(aws), random, poll: false, startup: { timeoutMs: 20_000 } })
  onTestFinished(() => config.close())
  let changes = 0
  config.on('change', () => changes++)
  await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(true)
  await config.refresh()
  aws.parameters.put({ name: changing, value: 'USD' })
  await expect.poll(() => changes).toBeGreaterThan(0)
  await expect.poll(() => aws.counts.calls['sqs:DeleteMessageBatch'] ?? 0).toBeGreaterThan(0)
  if (id === undefined) return
  aws.secrets.delete({ id })
  await config.refresh().catch(() => undefined)
  await config.close()
}

/** Stores everything that can be encrypted with a key of the account. */
function encrypting({ parameters, secrets }: LocalAws, key: string): Store {
  return {
    parameters: {
      put(given) {
        const isList = given.type === 'StringList'
        return parameters.put(isList ? given : { ...given, type: 'SecureString', keyId: key })
      },
    },
    secrets: { create: (given) => secrets.create({ ...given, kmsKeyId: key }) },
  }
}
