import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { shownValue } from '../../src/express/status-page/shown-value.ts'
import { json } from '../../src/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'

describe('shownValue', () => {
  it.each<[string, unknown, string | undefined]>([
    ['text', 'plain', 'plain'],
    ['a number', 5432, '5432'],
    ['a bigint', 12n, '12n'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a URL', new URL('https://a.example/x'), 'https://a.example/x'],
    ['a set', new Set([1]), 'Set(1) { 1 }'],
    ['a long text, cut', 'x'.repeat(300), `${'x'.repeat(200)}…`],
    ['undefined as nothing', undefined, undefined],
    ['null', null, 'null'],
    [
      'nothing for an object that throws on inspection',
      { [Symbol.for('nodejs.util.inspect.custom')]: () => fail() },
      undefined,
    ],
  ])('shows %s', (_, value, text) => {
    expect(shownValue({ a: [{ 'b.c': value }] }, 'a[0]["b.c"]')).toBe(text)
  })

  it('shows no sensitive value of a configuration', async () => {
    const schema = z.object({
      plain: json(z.object({ list: z.array(z.number()) })),
      // This key replaces the toJSON method that redacts objects.
      odd: z.record(z.string(), z.string()),
      merged: z.object({ a: z.string(), b: z.string() }).transform(({ a, b }) => ({ a: b, b: a })),
    })
    const secure = { type: 'SecureString', value: 'hunter2' } as const
    const { current } = await createTestConfig(
      { path: '/app', schema },
      {
        values: { plain: { list: [1, 2] }, odd: { toJSON: 'x', other: 'y' } },
        parameters: { '/app/odd/secure': secure, '/app/merged/a': secure, '/app/merged/b': 'plain' },
      },
    )

    expect(shownValue(current, 'plain')).toBe('{ list: [ 1, 2 ] }')
    expect(shownValue(current, 'odd.secure')).toBeUndefined()
    expect(shownValue(current, 'odd.other')).toBeUndefined()
    expect(shownValue(current, 'merged.b')).toBeUndefined()
    expect(shownValue(current, 'constructor')).toBeUndefined()
  })
})

function fail(): never {
  throw new Error('no')
}
