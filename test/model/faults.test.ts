import { describe, type ExpectStatic, it } from 'vitest'
import { type ConfigState, isConfigError, isLoadError } from '../../src/index.ts'
import { awsClients, type ClientAt } from '../support/clients.ts'
import { passing } from '../support/passing.ts'
import { rejection } from '../support/rejection.ts'
import { sample } from '../support/suite.ts'
import { type FaultCase, type FaultWorld, faultCases, faultWorld, readCases } from './faults.ts'

const stepMs = 250
const often = { interval: 5, timeout: 20_000 }
const cases = Object.entries(readCases).flatMap(([call, read]) => {
  return Object.entries(faultCases).flatMap(([name, fault]) =>
    // Only clients of the SDK take a function that resolves host names.
    awsClients
      .filter(([client]) => client === 'the AWS SDK' || fault.fault !== 'no name')
      .map(([client, clientAt]) => [client, call, name, read, { ...fault, clientAt }] as const),
  )
})
// Every fault, every call and every client, and not each with each.
const someCases = sample(cases, Object.keys(faultCases).length * 2 + 1)

describe.concurrent('a start', () => {
  it.for(someCases)(
    'with %s fails on %s: %s, retries, and is ready after the fault',
    async ([, , , read, { fault, code, clientAt }], { expect }) => {
      const break_ = ({ breakCalls }: Pick<FaultWorld, 'breakCalls'>) => breakCalls(read.action, fault, read.isOfSecret)
      await using world = await faultWorld({ isNamed: fault === 'no name', clientAt, before: break_ })
      const { config, events } = world
      await untilState('failed', world, expect)
      expect(events).toEqual(['error'])
      expect(codesIn(config.status().lastError?.message)).toContain(code)
      expect(config.health().status).toBe('down')

      world.repair()
      await untilState('ready', world, expect)
      expect(events.filter((event) => event !== 'error')).toEqual(['ready'])
      expect(config.current.a).toBe('old')
    },
  )
})

describe.concurrent('a refresh', () => {
  it.for(someCases)(
    'with %s keeps the snapshot on %s: %s, is stale, and recovers',
    async ([, , , read, { fault, code, clientAt }], { expect }) => {
      await using world = await readyWorld({ fault, clientAt }, expect)
      const { config, events } = world
      read.change(world.aws)
      world.breakCalls(read.action, fault, read.isOfSecret)
      const failure = rejection(config.refresh())
      await untilState('stale', world, expect)
      const error = await failure
      expect(isLoadError(error) && error.problems.map((problem) => problem.code)).toContain(code)
      expect(config.status()).toMatchObject({ reason: 'source-error', revision: 1 })
      expect(config.health().status).toBe('degraded')
      expect(events).toEqual(['stale', 'error'])

      await expectRecovery(world, expect)
    },
  )
})

describe.concurrent('a hint', () => {
  // Hinted names are read by name.
  const hinted = someCases.filter(([, call]) => call !== 'ssm:GetParametersByPath')

  it.for(hinted)('with %s is not lost on %s: %s', async ([, , , read, { fault, clientAt }], { expect }) => {
    await using world = await readyWorld({ fault, clientAt }, expect)
    const { events } = world
    read.change(world.aws)
    world.breakCalls(read.action, fault, read.isOfSecret)
    world.notifier.inbox.hint(read.hint)
    await untilState('stale', world, expect)
    expect(events).toEqual(['stale', 'error'])

    await expectRecovery(world, expect)
  })
})

describe.concurrent('close()', () => {
  it.for(someCases)(
    'with %s leaves nothing behind during %s: %s',
    async ([, , , read, { fault, clientAt }], { expect }) => {
      await using world = await readyWorld({ fault, clientAt }, expect)
      const { aws, config, events } = world
      world.breakCalls(read.action, fault, read.isOfSecret)
      const before = aws.counts.total
      const failure = rejection(config.refresh())
      await expect.poll(() => fault === 'no name' || aws.counts.total > before, often).toBe(true)
      await config.close()

      const error = await failure
      expect(isConfigError(error) && error.code).toMatch(/^(CLOSED|LOAD_FAILED)$/)
      expect(events.at(-1)).toBe('closed')
      expect(config.current.a).toBe('old')
      // The calls that were running have arrived by then.
      await fetch(aws.endpoint)
      const [calls, count] = [aws.counts.total, events.length]
      world.repair()
      await world.clock.advance(600_000)
      expect([aws.counts.total, events.length]).toEqual([calls, count])
      expect(world.clock.sleepers).toBe(0)
    },
  )
})

const listening = ['sqs:ReceiveMessage', 'sqs:DeleteMessageBatch'].flatMap((call) => {
  return Object.entries(faultCases).map(([name, fault]) => [call, name, fault] as const)
})

describe.concurrent('a queue', () => {
  it.for(sample(listening, Object.keys(faultCases).length + 1))(
    'that fails on %s: %s does not affect the snapshot, and recovers',
    async ([call, , { fault, code }], { expect }) => {
      await using world = await readyWorld({ fault, clientAt: (place) => place }, expect)
      const { aws, config, clock, queueUrl } = world
      const source = () => config.status().notifications.sources[1]
      const codes = new Set<string | undefined>()
      const poll = () => [...codes.add(source()?.failure?.code)]
      world.breakCalls(call, fault)
      aws.queues.send(queueUrl, 'anything')
      await expect.poll(passing(clock, stepMs, poll), often).toContain(code)
      expect(config.status().state).toBe('ready')

      world.repair()
      const left = () => Object.values(aws.queues.messages(queueUrl)).reduce((sum, count) => sum + count, 0)
      await expect
        .poll(
          passing(clock, 1_000, () => [source()?.isHealthy, left()]),
          often,
        )
        .toEqual([true, 0])
    },
  )
})

// Concurrent tests need their own `expect`.
async function readyWorld(
  { fault, clientAt }: Pick<FaultCase, 'fault'> & { readonly clientAt: ClientAt },
  expect: ExpectStatic,
): Promise<FaultWorld> {
  const world = await faultWorld({ isNamed: fault === 'no name', clientAt })
  await expect
    .poll(
      passing(world.clock, 0, () => world.config.status().state),
      often,
    )
    .toBe('ready')
  world.events.length = 0
  return world
}

async function untilState(state: ConfigState, { clock, config }: FaultWorld, expect: ExpectStatic): Promise<void> {
  const poll = passing(clock, stepMs, () => config.status().state)
  await expect.poll(poll, often).toBe(state)
}

async function expectRecovery(world: FaultWorld, expect: ExpectStatic): Promise<void> {
  world.repair()
  await untilState('ready', world, expect)
  expect(world.events.filter((event) => event !== 'error')).toEqual(['stale', 'change', 'recovered'])
  expect(isNew(world)).toBe(true)
}

function isNew({ config }: FaultWorld): boolean {
  const { a, open, login, blob } = config.current
  return [a, open.x, login, new TextDecoder().decode(blob)].includes('new')
}

function codesIn(message = ''): readonly string[] {
  return [...message.matchAll(/\[([A-Z_]+)\]|^ {2}([A-Z_]+)$/gm)].map(([, first, second]) => first ?? second ?? '')
}
