import { Agent } from 'node:http'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SQSClient } from '@aws-sdk/client-sqs'
import { SSMClient } from '@aws-sdk/client-ssm'
import * as z from 'zod'
import { createConfig, type LiveConfig, secret } from '../../src/index.ts'
import { type Fault, type LocalAws, startLocalAws } from '../../src/local/index.ts'
import type { Hint } from '../../src/source/index.ts'
import { sqsNotifications } from '../../src/sqs/index.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'
import type { ClientAt } from '../support/clients.ts'
import { makeNotifier, type Notifier } from '../support/notifier.ts'

type DistributiveOmit<Type, Key extends PropertyKey> = Type extends unknown ? Omit<Type, Key> : never

/** A fault of a call. */
export interface FaultCase {
  readonly fault: DistributiveOmit<Fault, 'action' | 'when'> | 'no name'
  /** The code of the error. */
  readonly code: string
}

const refuse = (name: string, message: string, status = 400) => ({ kind: 'error', status, name, message }) as const

export const faultCases: Readonly<Record<string, FaultCase>> = {
  throttled: { fault: { kind: 'throttle', ratePerSecond: 0, burst: 0 }, code: 'THROTTLED' },
  'HTTP 500': { fault: refuse('InternalServerError', 'We are sorry', 500), code: 'AWS_ERROR' },
  'HTTP 503 with an HTML page': { fault: { kind: 'html-503' }, code: 'AWS_ERROR' },
  'connection reset': { fault: { kind: 'reset' }, code: 'UNREACHABLE' },
  'no answer': { fault: { kind: 'hang' }, code: 'TIMEOUT' },
  'endless answer': { fault: { kind: 'slow-body' }, code: 'TIMEOUT' },
  'truncated answer': { fault: { kind: 'half-body' }, code: 'AWS_ERROR' },
  'redirect to a login page': { fault: { kind: 'redirect' }, code: 'AWS_ERROR' },
  'answer that is not HTTP': { fault: { kind: 'not-http' }, code: 'UNREACHABLE' },
  'invalid JSON': { fault: { kind: 'body', text: 'canary {' }, code: 'AWS_ERROR' },
  'expired credentials': {
    fault: refuse('ExpiredTokenException', 'The security token is expired'),
    code: 'EXPIRED_CREDENTIALS',
  },
  'wrong clock': {
    fault: refuse('InvalidSignatureException', 'Signature expired: 1 is now earlier than 2'),
    code: 'EXPIRED_CREDENTIALS',
  },
  'access denied': { fault: refuse('AccessDeniedException', 'You are not authorized'), code: 'ACCESS_DENIED' },
  'DNS failure': { fault: 'no name', code: 'UNREACHABLE' },
}

/** A call of a reading, and the values that it reads. */
export interface ReadCase {
  readonly action: string | readonly string[]
  readonly isOfSecret?: boolean
  readonly change: (aws: LocalAws) => void
  readonly hint: Hint
}

export const readCases: Readonly<Record<string, ReadCase>> = {
  'ssm:GetParameters': {
    action: 'ssm:GetParameters',
    change: (aws) => void aws.parameters.put({ name: '/app/a', type: 'String', value: 'new' }),
    hint: { kind: 'parameter', name: '/app/a', operation: 'put' },
  },
  'ssm:GetParametersByPath': {
    action: 'ssm:GetParametersByPath',
    change: (aws) => void aws.parameters.put({ name: '/app/open/x', type: 'String', value: 'new' }),
    hint: { kind: 'parameter', name: '/app/open/x', operation: 'put' },
  },
  'ssm:GetParameters of a secret': {
    // References of a failed batch are requested one by one.
    action: ['ssm:GetParameters', 'ssm:GetParameter'],
    isOfSecret: true,
    change: (aws) => void aws.secrets.put({ id: 'login', value: 'new' }),
    hint: { kind: 'secret', name: 'login', operation: 'put' },
  },
  'secretsmanager:GetSecretValue': {
    action: 'secretsmanager:GetSecretValue',
    change: (aws) => void aws.secrets.put({ id: 'blob', value: new TextEncoder().encode('new') }),
    hint: { kind: 'secret', name: 'blob', operation: 'put' },
  },
}

const schema = z.object({
  a: z.string(),
  open: z.record(z.string(), z.string()),
  login: secret('login', z.string()),
  blob: secret('blob', { binary: true }),
})

/** A config that makes all of these calls, with its own clock. */
export interface FaultWorld extends AsyncDisposable {
  readonly aws: LocalAws
  readonly config: LiveConfig<z.output<typeof schema>>
  readonly clock: FakeClock
  readonly notifier: Notifier
  /** The events in order. */
  readonly events: string[]
  readonly queueUrl: string
  breakCalls(action: string | readonly string[], given: FaultCase['fault'], isOfSecret?: boolean): void
  repair(): void
}

export interface WorldOptions {
  /** Whether the clients resolve host names through a function that can fail. */
  readonly isNamed: boolean
  /** Makes the client that reads, unless the clients resolve host names. */
  readonly clientAt: ClientAt
  /** Runs before the first call. */
  readonly before?: (world: Pick<FaultWorld, 'breakCalls'>) => void
}

export async function faultWorld({ isNamed, clientAt, before }: WorldOptions): Promise<FaultWorld> {
  const [clock, notifier] = [createFakeClock(Date.now()), makeNotifier()]
  const aws = await startLocalAws({ clock })
  aws.parameters.put({ name: '/app/a', type: 'String', value: 'old' })
  aws.parameters.put({ name: '/app/open/x', type: 'String', value: 'old' })
  aws.secrets.create({ name: 'login', value: 'old' })
  aws.secrets.create({ name: 'blob', value: new TextEncoder().encode('old') })
  const queue = aws.queues.create('changes')
  const names = nameService()
  const breakCalls: FaultWorld['breakCalls'] = (action, given, isOfSecret = false) => {
    if (given === 'no name') names.isBroken = true
    else aws.faults.add({ ...given, action, when: (input) => isOfReference(input) === isOfSecret })
  }
  before?.({ breakCalls })
  const clients = isNamed ? names.clientsOf(aws) : undefined
  const place = { region: 'us-east-1', endpoint: aws.endpoint }
  const config = createConfig({
    schema,
    path: '/app',
    clock,
    random: () => 0.5,
    poll: false,
    startup: { mode: 'background', timeoutMs: 4_000 },
    notifications: [
      notifier,
      sqsNotifications({ queueUrl: queue.url, ...(clients === undefined ? place : { client: clients.queues }) }),
    ],
    ...(clients === undefined ? clientAt(place) : { client: clients.client, secretsClient: clients.secretsClient }),
  })
  const events: string[] = []
  for (const event of [
    'ready',
    'change',
    'stale',
    'error',
    'recovered',
    'rejected',
    'listenerError',
    'closed',
  ] as const) {
    config.on(event, () => events.push(event))
  }
  return {
    aws,
    config,
    clock,
    notifier,
    events,
    queueUrl: queue.url,
    breakCalls,
    repair() {
      aws.faults.clear()
      names.isBroken = false
    },
    async [Symbol.asyncDispose]() {
      await config.close()
      for (const client of Object.values(clients ?? {})) client.destroy()
      await aws.close()
    },
  }
}

function isOfReference({ Name, Names = [Name] }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(Names) && Names.some((name) => String(name).startsWith('/aws/reference/'))
}

// Clients that find their endpoint by its name, as those of AWS do: a name server that fails is nothing an endpoint can do.
function nameService() {
  const service = {
    isBroken: false,
    clientsOf(aws: LocalAws) {
      const agent = new Agent({
        keepAlive: false,
        lookup(hostname, _options, answer) {
          const failure = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' })
          if (service.isBroken) answer(failure, '', 4)
          else answer(null, [{ address: '127.0.0.1', family: 4 }])
        },
      })
      const endpoint = aws.endpoint.replace('127.0.0.1', 'aws.test')
      const options = { ...aws.clientOptions, endpoint, maxAttempts: 1, requestHandler: { httpAgent: agent } }
      return {
        client: new SSMClient(options),
        secretsClient: new SecretsManagerClient(options),
        queues: new SQSClient(options),
      }
    },
  }
  return service
}
