import { describe, expect, it } from 'vitest'
import { AwsCaller, type CallAttempt } from '../../src/aws/call.ts'
import { AwsCallError } from '../../src/aws/call-error.ts'
import { platform } from '../../src/platform/node.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'
import { DeadlineReached } from '../../src/time/deadline.ts'
import { rejection } from '../support/rejection.ts'

const action = 'ssm:GetParameters'
const { nextTurn } = platform

function fault(name: string, headers: object = {}, attempts = 1): Error {
  const $metadata = { httpStatusCode: name === 'InternalServerError' ? 500 : 400, attempts }
  return Object.assign(new Error(name), { name, $fault: 'client', $metadata, $response: { headers } })
}

function setUp({
  isOwn = true,
  client = {},
  clock = createFakeClock(),
}: {
  isOwn?: boolean
  client?: object
  clock?: FakeClock
} = {}) {
  const trace: string[] = []
  const controller = new AbortController()
  const onCall = ({ attempt, outcome }: CallAttempt) => trace.push(`${attempt} ${outcome} at ${clock.now()}`)
  const connections = isOwn ? { host: undefined, drop: () => trace.push('reconnect') } : undefined
  const caller = new AwsCaller({ client, connections, clock, random: () => 1, nextTurn, onCall })
  const call = (send: (signal: AbortSignal) => Promise<string>, signal = controller.signal, name = '/app/a') =>
    caller.call(action, { Names: [name] }, send, signal)
  return { clock, controller, trace, call, resumed: () => caller.resumed() }
}

function failing(error: Error, times = Number.POSITIVE_INFINITY) {
  let calls = 0
  return async () => {
    calls++
    if (calls <= times) throw error
    return 'answer'
  }
}

async function failureOf(promise: Promise<unknown>) {
  const error = await rejection(promise)
  if (!(error instanceof AwsCallError)) throw error
  return error.failure
}

const hang = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('Request aborted'))))
const ignoring = () => new Promise<never>(() => undefined)

describe('a client of our own', () => {
  it('retries transient failures with full jitter', async () => {
    const { clock, trace, call } = setUp()
    const answer = call(failing(fault('InternalServerError'), 6))
    await clock.advance(60_000)

    expect(await answer).toBe('answer')
    expect(trace).toEqual([
      '1 failed at 0',
      '2 failed at 100',
      '3 failed at 300',
      '4 failed at 700',
      '5 failed at 1500',
      '6 failed at 3100',
      '7 answered at 5100',
    ])
  })

  it('makes all calls wait after throttling', async () => {
    const { clock, trace, call } = setUp()
    const answer = call(failing(fault('ThrottlingException'), 3))
    await clock.advance(60_000)

    expect(await answer).toBe('answer')
    expect(trace).toEqual(['1 throttled at 0', '2 throttled at 750', '3 throttled at 2250', '4 answered at 3750'])
  })

  it('reports a call that was never made as throttled', async () => {
    const { clock, controller, call } = setUp()
    const refused = failureOf(call(failing(fault('ThrottlingException', { 'retry-after': '60' }))))
    await clock.advance(0)
    const waiting = failureOf(call(failing(fault('never made')), controller.signal, '/app/b'))
    await clock.advance(1_000)
    controller.abort(new DeadlineReached(1_000))

    expect(await refused).toMatchObject({ code: 'THROTTLED', attempts: 1 })
    expect(await waiting).toMatchObject({
      code: 'THROTTLED',
      attempts: 0,
      detail: 'AWS asks for fewer calls: this call was still waiting',
    })
  })

  it.each(['ThrottlingException', 'InternalServerError'])('waits as long as AWS asks after %s', async (name) => {
    const { clock, trace, call } = setUp()
    const answer = call(failing(fault(name, { 'retry-after': '5' }), 1))
    await clock.advance(60_000)
    await answer

    expect(trace.at(-1)).toBe('2 answered at 5000')
  })

  it.each([
    ['follows its signal', hang],
    ['ignores its signal', ignoring],
  ])('has 2 s for each attempt that %s', async (_, send) => {
    const { clock, trace, call, controller } = setUp()
    const failure = failureOf(call(send))
    await clock.advance(4_500)
    controller.abort(new DeadlineReached(4_500))

    expect(await failure).toMatchObject({ code: 'TIMEOUT', detail: 'no answer within 2000 ms', attempts: 3 })
    expect(trace).toEqual(['1 failed at 2000', '2 failed at 4100', '3 aborted at 4500'])
    expect(clock.sleepers).toBe(0)
  })

  it('gives up at once on a permanent failure', async () => {
    const { trace, call } = setUp()

    expect(await failureOf(call(failing(fault('ValidationException'))))).toMatchObject({
      code: 'INVALID_REQUEST',
      attempts: 1,
    })
    expect(trace).toEqual(['1 failed at 0'])
  })
})

describe('a client that was passed in', () => {
  it('keeps its own retries: a failure that remains is reported', async () => {
    const { trace, call } = setUp({ isOwn: false })

    expect(await failureOf(call(failing(fault('InternalServerError', {}, 3))))).toMatchObject({
      code: 'AWS_ERROR',
      isTransient: true,
      attempts: 3,
    })
    expect(trace).toEqual(['1 failed at 0'])
  })

  it('is retried after throttling until the deadline', async () => {
    const { clock, call, controller } = setUp({ isOwn: false })
    const failure = failureOf(call(failing(fault('ThrottlingException', {}, 3))))
    await clock.advance(5_000)
    controller.abort(new DeadlineReached(5_000))

    expect(await failure).toMatchObject({ code: 'THROTTLED', isTransient: true, attempts: 12 })
  })

  it('keeps its own time limits', async () => {
    const { clock, trace, call, controller } = setUp({ isOwn: false })
    const failure = failureOf(call(hang))
    await clock.advance(9_999)
    expect(trace).toEqual([])

    controller.abort(new DeadlineReached(10_000))
    expect(await failure).toMatchObject({ code: 'TIMEOUT', detail: 'no answer within 10000 ms', attempts: 1 })
  })
})

describe('the end of a call', () => {
  it('at a deadline reports the last failure', async () => {
    const { clock, call, controller } = setUp()
    const failure = failureOf(call(failing(fault('InternalServerError'))))
    await clock.advance(1_000)
    controller.abort(new DeadlineReached(1_000))

    expect(await failure).toMatchObject({ code: 'AWS_ERROR', isTransient: true, attempts: 4 })
    expect(clock.sleepers).toBe(0)
  })

  it('for any other reason is a rejection with that reason', async () => {
    const { clock, trace, call, controller } = setUp()
    const ended = rejection(call(hang))
    await clock.advance(0)
    controller.abort('closing')

    expect(await ended).toBe('closing')
    expect(trace).toEqual(['1 aborted at 0'])
    expect(clock.sleepers).toBe(0)
  })

  it('comes before the first attempt under a signal that has aborted', async () => {
    const { trace, call, controller } = setUp()
    controller.abort('too late')

    expect(await rejection(call(hang))).toBe('too late')
    expect(trace).toEqual([])
  })
})

describe('callers of one client', () => {
  it('share a running call', async () => {
    const client = {}
    const clock = createFakeClock()
    let sent = 0
    const send = async () => {
      sent++
      await clock.sleep(100)
      return 'answer'
    }
    const answers = Promise.all(Array.from({ length: 20 }, () => setUp({ client, clock }).call(send)))
    await clock.advance(100)

    expect(await answers).toEqual(Array(20).fill('answer'))
    expect(sent).toBe(1)
  })

  it('share its failures, and leave it at their own deadlines', async () => {
    const client = {}
    const clock = createFakeClock()
    const [hasty, patient] = [setUp({ client, clock }), setUp({ client, clock })]
    const send = failing(fault('InternalServerError'), 4)
    const failure = failureOf(hasty.call(send))
    const answer = patient.call(send)
    await clock.advance(500)
    hasty.controller.abort(new DeadlineReached(500))

    expect(await failure).toMatchObject({ code: 'AWS_ERROR', attempts: 3 })
    await clock.advance(60_000)
    expect(await answer).toBe('answer')
  })

  it('wait together when one of them is throttled', async () => {
    const client = {}
    const clock = createFakeClock()
    const [one, other] = [setUp({ client, clock }), setUp({ client, clock })]
    const throttled = one.call(failing(fault('ThrottlingException', { 'retry-after': '3' }), 1))
    await clock.advance(0)
    const later = new AwsCaller({ client, clock, random: () => 1, nextTurn })
    const answered = later
      .call(action, { Names: ['/app/b'] }, async () => 'answer', other.controller.signal)
      .then(() => clock.now())
    await clock.advance(10_000)

    expect(await answered).toBe(3_000)
    expect(await throttled).toBe('answer')
  })

  it('are independent of the callers of another client', async () => {
    const clock = createFakeClock()
    const [one, other] = [setUp({ clock }), setUp({ clock })]
    const throttled = one.call(failing(fault('ThrottlingException', { 'retry-after': '3' }), 1))
    await clock.advance(0)

    expect(await other.call(async () => 'answer')).toBe('answer')
    expect(clock.now()).toBe(0)
    await clock.advance(3_000)
    await throttled
  })
})

describe('after the process was frozen', () => {
  const reset = () => Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' })

  it('repeats a call on a dead connection at once, and counts no failure', async () => {
    const { clock, trace, call, resumed } = setUp()
    resumed()
    const answer = call(failing(reset(), 1))
    await clock.advance(0)

    expect(await answer).toBe('answer')
    expect(trace).toEqual(['reconnect', '1 answered at 0'])
  })

  it('does so only for the first attempt of a call, and drops the connections once', async () => {
    const { clock, trace, call, resumed } = setUp()
    resumed()
    const answer = call(failing(reset(), 3))
    await clock.advance(10_000)

    expect(await answer).toBe('answer')
    expect(trace).toEqual(['reconnect', '1 failed at 0', '2 failed at 100', '3 answered at 300'])
    await call(failing(reset(), 1))
    expect(trace.slice(4)).toEqual(['1 answered at 10000'])
  })

  it('treats a silent connection as dead', async () => {
    const { clock, trace, call, resumed } = setUp()
    resumed()
    let calls = 0
    const answer = call((signal) => (++calls === 1 ? hang(signal) : Promise.resolve('answer')))
    await clock.advance(2_000)

    expect(await answer).toBe('answer')
    expect(trace).toEqual(['reconnect', '1 answered at 2000'])
  })

  it('counts an error of AWS as a failure', async () => {
    const { clock, trace, call, resumed } = setUp()
    resumed()
    const answer = call(failing(fault('InternalServerError'), 1))
    await clock.advance(1_000)

    expect(await answer).toBe('answer')
    expect(trace).toEqual(['1 failed at 0', '2 answered at 100'])
  })

  it('counts a connection that breaks later as a failure', async () => {
    const { clock, trace, call, resumed } = setUp()
    resumed()
    await clock.advance(10_001)
    const answer = call(failing(reset(), 1))
    await clock.advance(1_000)

    expect(await answer).toBe('answer')
    expect(trace).toEqual(['1 failed at 10001', '2 answered at 10101'])
  })

  it('repeats no call for a caller that has left', async () => {
    const { clock, trace, controller, call, resumed } = setUp()
    resumed()
    const answer = rejection(call(hang))
    await clock.advance(10)
    controller.abort(new Error('gone'))

    expect(await answer).toEqual(new Error('gone'))
    expect(trace).toEqual(['1 aborted at 10'])
  })
})
