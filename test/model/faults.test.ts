import { describe, type ExpectStatic, it } from 'vitest'
import { type ConfigState, isConfigError, isLoadError } from '../../src/index.ts'
import { passing } from '../support/passing.ts'
import { rejection } from '../support/rejection.ts'
import { sample } from '../support/suite.ts'
import { type FaultCase, type FaultWorld, faultCases, faultWorld, readCases } from './faults.ts'

const stepMs = 250
const often = { interval: 5, timeout: 20_000 }
const cases = Object.entries(readCases).flatMap(([call, read]) => {
  return Object.entries(faultCases).map(([name, fault]) => [call, name, read, fault] as const)
})
// Every fault and every call, and not each with each.
const someCases = sample(cases, Object.keys(faultCases).length + 1)

describe.concurrent('a start that meets with', () => {
  it.for(someCases)(
    '%s: %s has failed, goes on, and is ready once that is over',
    async ([, , read, { fault, code }], { expect }) => {
      const break_ = ({ breakCalls }: Pick<FaultWorld, 'breakCalls'>) => breakCalls(read.action, fault, read.isOfSecret)
      await using world = await faultWorld({ isNamed: fault === 'no name', before: break_ })
      const { config, told } = world
      await untilState('failed', world, expect)
      expect(told).toEqual(['error'])
      expect(codesIn(config.status().lastError?.message)).toContain(code)
      expect(config.health().status).toBe('down')

      world.mend()
      await untilState('ready', world, expect)
      expect(told.filter((event) => event !== 'error')).toEqual(['ready'])
      expect(config.current.a).toBe('old')
    },
  )
})

describe.concurrent('a refresh that meets with', () => {
  it.for(someCases)(
    '%s: %s keeps what it has, is stale, and recovers',
    async ([, , read, { fault, code }], { expect }) => {
      await using world = await readyWorld(fault, expect)
      const { config, told } = world
      read.change(world.aws)
      world.breakCalls(read.action, fault, read.isOfSecret)
      const failure = rejection(config.refresh())
      await untilState('stale', world, expect)
      const error = await failure
      expect(isLoadError(error) && error.problems.map((problem) => problem.code)).toContain(code)
      expect(config.status()).toMatchObject({ reason: 'source-error', revision: 1 })
      expect(config.health().status).toBe('degraded')
      expect(told).toEqual(['stale', 'error'])

      await expectRecovery(world, expect)
    },
  )
})

describe.concurrent('a hint that is followed meeting with', () => {
  // What a hint names is read by name, wherever it is stored.
  const hinted = someCases.filter(([call]) => call !== 'ssm:GetParametersByPath')

  it.for(hinted)('%s: %s is not forgotten', async ([, , read, { fault }], { expect }) => {
    await using world = await readyWorld(fault, expect)
    const { told } = world
    read.change(world.aws)
    world.breakCalls(read.action, fault, read.isOfSecret)
    world.notifier.inbox.hint(read.hint)
    await untilState('stale', world, expect)
    expect(told).toEqual(['stale', 'error'])

    await expectRecovery(world, expect)
  })
})

describe.concurrent('a close while', () => {
  it.for(someCases)('%s meets with: %s leaves nothing behind', async ([, , read, { fault }], { expect }) => {
    await using world = await readyWorld(fault, expect)
    const { aws, config, told } = world
    world.breakCalls(read.action, fault, read.isOfSecret)
    const before = aws.counts.total
    const failure = rejection(config.refresh())
    await expect.poll(() => fault === 'no name' || aws.counts.total > before, often).toBe(true)
    await config.close()

    const error = await failure
    expect(isConfigError(error) && error.code).toMatch(/^(CLOSED|LOAD_FAILED)$/)
    expect(told.at(-1)).toBe('closed')
    expect(config.current.a).toBe('old')
    // What was on its way has arrived by then.
    await fetch(aws.endpoint)
    const [calls, events] = [aws.counts.total, told.length]
    world.mend()
    await world.clock.advance(600_000)
    expect([aws.counts.total, told.length]).toEqual([calls, events])
    expect(world.clock.sleepers).toBe(0)
  })
})

const listening = ['sqs:ReceiveMessage', 'sqs:DeleteMessageBatch'].flatMap((call) => {
  return Object.entries(faultCases).map(([name, fault]) => [call, name, fault] as const)
})

describe.concurrent('a queue that meets with', () => {
  it.for(sample(listening, Object.keys(faultCases).length + 1))(
    '%s: %s takes nothing away from what is served, and is listened to again',
    async ([call, , { fault, code }], { expect }) => {
      await using world = await readyWorld(fault, expect)
      const { aws, config, clock, queueUrl } = world
      const source = () => config.status().notifications.sources[1]
      const codes = new Set<string | undefined>()
      const look = () => [...codes.add(source()?.failure?.code)]
      world.breakCalls(call, fault)
      aws.queues.send(queueUrl, 'anything')
      await expect.poll(passing(clock, stepMs, look), often).toContain(code)
      expect(config.status().state).toBe('ready')

      world.mend()
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

describe.concurrent('policies that meet with', () => {
  it.for(sample(Object.entries(faultCases), 4))(
    '%s take nothing away from what is served, and are read again',
    async ([, { fault }], { expect }) => {
      await using world = await readyWorld(fault, expect)
      const { aws, config, clock } = world
      world.breakCalls('ssm:DescribeParameters', fault)
      const warnings = () => config.explain().warnings.filter((warning) => warning.startsWith('policies: '))
      await expect
        .poll(
          passing(clock, 1_000, () => warnings().length),
          often,
        )
        .toBe(1)
      expect(warnings().join()).not.toContain('canary')
      expect(config.status().state).toBe('ready')

      world.mend()
      aws.resetCounts()
      const answered = () => config.status().usage.calls['ssm:DescribeParameters']?.answered ?? 0
      await expect.poll(passing(clock, 1_000, answered), often).toBe(1)
    },
  )
})

// Tests that run at the same time have each an `expect` of their own.
async function readyWorld(fault: FaultCase['fault'], expect: ExpectStatic): Promise<FaultWorld> {
  const world = await faultWorld({ isNamed: fault === 'no name' })
  await expect
    .poll(
      passing(world.clock, 0, () => world.config.status().state),
      often,
    )
    .toBe('ready')
  world.told.length = 0
  return world
}

async function untilState(state: ConfigState, { clock, config }: FaultWorld, expect: ExpectStatic): Promise<void> {
  const look = passing(clock, stepMs, () => config.status().state)
  await expect.poll(look, often).toBe(state)
}

async function expectRecovery(world: FaultWorld, expect: ExpectStatic): Promise<void> {
  world.mend()
  await untilState('ready', world, expect)
  expect(world.told.filter((event) => event !== 'error')).toEqual(['stale', 'change', 'recovered'])
  expect(isNew(world)).toBe(true)
}

function isNew({ config }: FaultWorld): boolean {
  const { a, open, login, blob } = config.current
  return [a, open.x, login, new TextDecoder().decode(blob)].includes('new')
}

function codesIn(message = ''): readonly string[] {
  return [...message.matchAll(/\[([A-Z_]+)\]|^ {2}([A-Z_]+)$/gm)].map(([, first, second]) => first ?? second ?? '')
}
