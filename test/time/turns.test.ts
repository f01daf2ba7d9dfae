import { describe, expect, it } from 'vitest'
import { limitPerTick } from '../../src/time/turns.ts'

describe('a limit per turn', () => {
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

  it('lets later callers through in later turns, in their order', async () => {
    const { arrive, next, settle, passed } = setUp(2)
    arrive('a', 'b', 'c', 'd', 'e')
    await settle()
    expect(passed).toEqual(['a', 'b'])
    await next()
    expect(passed).toEqual(['a', 'b', 'c', 'd'])
    await next()
    expect(passed).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('starts to count again in each turn', async () => {
    const { arrive, next, settle, passed } = setUp(2)
    arrive('a')
    await settle()
    await next()
    arrive('b', 'c')
    await settle()
    expect(passed).toEqual(['a', 'b', 'c'])
  })
})
