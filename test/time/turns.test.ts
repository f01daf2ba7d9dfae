import { describe, expect, it } from 'vitest'
import { inOneGo, inTurns, limitPerTick, type Steps } from '../../src/time/turns.ts'
import { rejection } from '../support/rejection.ts'

describe('a computation in steps', () => {
  function* count(to: number): Steps<number> {
    let sum = 0
    for (let number = 1; number <= to; number++) {
      yield
      sum += number
    }
    return sum
  }

  it('gives others their turn when it is time, and comes to the same', async () => {
    let asked = 0
    let turns = 0
    const breathe = () => {
      asked++
      if (asked % 3 !== 0) return undefined
      turns++
      return Promise.resolve()
    }

    expect(await inTurns(count(10), breathe)).toBe(inOneGo(count(10)))
    expect({ asked, turns }).toEqual({ asked: 11, turns: 3 })
  })

  it('waits for what it yields, and is given what comes of it', async () => {
    function* ask(): Steps<string> {
      const answer = yield Promise.resolve('yes')
      return `${answer}!`
    }

    expect(await inTurns(ask(), () => undefined)).toBe('yes!')
  })

  it('ends with what it throws', async () => {
    function* fail(): Steps<never> {
      yield
      throw new Error('no')
    }

    expect(await rejection(inTurns(fail(), () => undefined))).toEqual(new Error('no'))
  })
})

describe('some a turn', () => {
  function setUp(count: number) {
    const waiting: (() => void)[] = []
    const enter = limitPerTick(count, () => new Promise((resolve) => waiting.push(resolve)))
    const passed: string[] = []
    const arrive = (...names: string[]) => {
      for (const name of names) void enter().then(() => passed.push(name))
    }
    const settle = () => new Promise((resolve) => setImmediate(resolve))
    const next = async () => {
      for (const resolve of waiting.splice(0)) resolve()
      await settle()
    }
    return { arrive, next, settle, passed }
  }

  it('has whoever comes later wait for a later one, in their order', async () => {
    const { arrive, next, settle, passed } = setUp(2)
    arrive('a', 'b', 'c', 'd', 'e')
    await settle()
    expect(passed).toEqual(['a', 'b'])
    await next()
    expect(passed).toEqual(['a', 'b', 'c', 'd'])
    await next()
    expect(passed).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('counts anew in each turn', async () => {
    const { arrive, next, settle, passed } = setUp(2)
    arrive('a')
    await settle()
    await next()
    arrive('b', 'c')
    await settle()
    expect(passed).toEqual(['a', 'b', 'c'])
  })
})
