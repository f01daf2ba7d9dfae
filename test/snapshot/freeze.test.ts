import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { freeze, reveal } from '../../src/snapshot/freeze.ts'

class Connection {
  readonly url = 'x'
}

describe('a published value', () => {
  it('is frozen at every depth, and does not freeze the value of the schema', () => {
    const made = { list: [{ a: 1 }], nested: { b: 2 } }
    const published = freeze(made, []) as typeof made

    expect(published).toEqual(made)
    expect([published, published.list, published.list[0], published.nested].every(Object.isFrozen)).toBe(true)
    expect(Object.isFrozen(made)).toBe(false)
  })

  it('passes values that are not plain through', () => {
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

  it('keeps a key named __proto__ as an own key', () => {
    const made = JSON.parse('{"__proto__":{"polluted":true},"list":[]}')
    const published = freeze(made, [['list']])

    expect(Object.getOwnPropertyNames(published)).toContain('__proto__')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

describe('a sensitive value', () => {
  const made = () => ({ db: { host: 'h', password: 'hunter2', pool: [{ key: 'hunter2' }] }, list: ['hunter2', 'b'] })
  const paths = [
    ['db', 'password'],
    ['db', 'pool'],
    ['list', 0],
  ]

  it('is redacted when shown, and readable in code', () => {
    const published = freeze(made(), paths)
    const expected = { db: { host: 'h', password: '[redacted]', pool: '[redacted]' }, list: ['[redacted]', 'b'] }

    expect(JSON.parse(JSON.stringify(published))).toEqual(expected)
    expect(inspect(published, { breakLength: Infinity, depth: 9 })).toBe(
      inspect(expected, { breakLength: Infinity, depth: 9 }),
    )
    expect(published).toEqual(made())
  })

  it('is redacted in each part of the configuration', () => {
    const published = freeze(made(), paths) as ReturnType<typeof made>

    for (const part of [published.db, published.db.pool, published.db.pool[0], published.list, [published.list]]) {
      expect(JSON.stringify(part) + inspect(part)).not.toContain('hunter2')
    }
  })

  it('adds no enumerable keys', () => {
    const published = freeze(made(), paths) as ReturnType<typeof made>

    expect(Object.keys(published.db)).toEqual(['host', 'password', 'pool'])
    expect({ ...published.db }).toEqual(made().db)
    expect(structuredClone(reveal(published))).toEqual(made())
  })

  it('is visible in the result of reveal(), which is plain and not frozen', () => {
    const revealed = reveal(freeze(made(), paths)) as ReturnType<typeof made>
    revealed.db.host = 'other'

    expect(JSON.stringify(revealed)).toContain('hunter2')
    expect(Object.getOwnPropertyNames(revealed.db)).toEqual(['host', 'password', 'pool'])
  })

  it('is redacted beside a stored key named toJSON', () => {
    const published = freeze({ toJSON: 'stored', password: 'hunter2' }, [['password']])

    expect(JSON.stringify(published) + inspect(published)).not.toContain('hunter2')
    expect(Reflect.get(published as object, 'toJSON')).toBe('stored')
  })
})
