import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { freeze, reveal } from '../../src/snapshot/freeze.ts'

class Connection {
  readonly url = 'x'
}

describe('what is published', () => {
  it('is frozen at every depth, and the schema keeps its own', () => {
    const made = { list: [{ a: 1 }], nested: { b: 2 } }
    const published = freeze(made, []) as typeof made

    expect(published).toEqual(made)
    expect([published, published.list, published.list[0], published.nested].every(Object.isFrozen)).toBe(true)
    expect(Object.isFrozen(made)).toBe(false)
  })

  it('hands over what is not plain as it is', () => {
    const made = { date: new Date(0), map: new Map([['a', 1]]), bytes: Uint8Array.of(1), connection: new Connection() }
    const published = freeze(made, []) as typeof made

    for (const key of ['date', 'map', 'bytes', 'connection'] as const) expect(published[key]).toBe(made[key])
    published.map.set('b', 2)
    expect(published.map.size).toBe(2)
  })

  it('keeps cycles, shared objects, symbols, getters and objects without a prototype', () => {
    const tag = Symbol('tag')
    const shared = { a: 1 }
    const made: Record<PropertyKey, unknown> = { one: shared, two: shared, [tag]: 'x', bare: Object.create(null) }
    made.self = made
    Object.defineProperty(made, 'lazy', { get: () => 'computed', enumerable: true })
    const published = freeze(made, []) as typeof made

    expect(published.self).toBe(published)
    expect(published.one).toBe(published.two)
    expect(published[tag]).toBe('x')
    expect(published.lazy).toBe('computed')
    expect(Object.getPrototypeOf(published.bare)).toBeNull()
  })

  it('is not walked into a prototype by a key of that name', () => {
    const made = JSON.parse('{"__proto__":{"polluted":true},"list":[]}')
    const published = freeze(made, [['list']])

    expect(Object.getOwnPropertyNames(published)).toContain('__proto__')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

describe('what is sensitive', () => {
  const made = () => ({ db: { host: 'h', password: 'hunter2', pool: [{ key: 'hunter2' }] }, list: ['hunter2', 'b'] })
  const paths = [
    ['db', 'password'],
    ['db', 'pool'],
    ['list', 0],
  ]

  it('is redacted wherever it is shown, and nowhere else', () => {
    const published = freeze(made(), paths)
    const expected = { db: { host: 'h', password: '[redacted]', pool: '[redacted]' }, list: ['[redacted]', 'b'] }

    expect(JSON.parse(JSON.stringify(published))).toEqual(expected)
    expect(inspect(published, { breakLength: Infinity, depth: 9 })).toBe(
      inspect(expected, { breakLength: Infinity, depth: 9 }),
    )
    expect(published).toEqual(made())
  })

  it('stays so for each part that is passed around', () => {
    const published = freeze(made(), paths) as ReturnType<typeof made>

    for (const part of [published.db, published.db.pool, published.db.pool[0], published.list, [published.list]]) {
      expect(JSON.stringify(part) + inspect(part)).not.toContain('hunter2')
    }
  })

  it('leaves no trace among the keys', () => {
    const published = freeze(made(), paths) as ReturnType<typeof made>

    expect(Object.keys(published.db)).toEqual(['host', 'password', 'pool'])
    expect({ ...published.db }).toEqual(made().db)
    expect(structuredClone(reveal(published))).toEqual(made())
  })

  it('is shown by what reveal() makes, which is plain and free', () => {
    const revealed = reveal(freeze(made(), paths)) as ReturnType<typeof made>
    revealed.db.host = 'other'

    expect(JSON.stringify(revealed)).toContain('hunter2')
    expect(Object.getOwnPropertyNames(revealed.db)).toEqual(['host', 'password', 'pool'])
  })

  it('is redacted also next to a stored key called toJSON', () => {
    const published = freeze({ toJSON: 'stored', password: 'hunter2' }, [['password']])

    expect(JSON.stringify(published) + inspect(published)).not.toContain('hunter2')
    expect(Reflect.get(published as object, 'toJSON')).toBe('stored')
  })
})
