import { describe, expect, it } from 'vitest'
import { describeThrown, withoutMessage } from '../../src/messages/describe-thrown.ts'

const said = 'hunter2\n    at hunter2 (file.ts:1:1)\nhunter2'

function told(thrown: unknown): string {
  const { name, message, stack } = withoutMessage(thrown)
  return [describeThrown(thrown), name, message, stack].join('\n')
}

describe('a thrown value', () => {
  it('is described by its class and its place', () => {
    expect(describeThrown(new RangeError(said))).toMatch(/^RangeError at .*thrown\.test\.ts:\d+:\d+\)?$/)
    expect(withoutMessage(new RangeError(said)).stack).toMatch(/thrown\.test\.ts/)
    expect(describeThrown(new Error())).toMatch(/^Error at .*thrown\.test\.ts:\d+:\d+\)?$/)
    expect(describeThrown('hunter2')).toBe('a value that is not an error')
  })

  // Whether a stack is written when an error is made, or when it is first read, depends on the platform.
  it.each<[string, (error: Error) => void]>([
    ['is replaced', (error) => replace(error, 'message', 'other')],
    ['is emptied', (error) => replace(error, 'message', '')],
    ['is cut', (error) => replace(error, 'message', 'hunter2')],
    ['is no text', (error) => replace(error, 'message', { length: 3 })],
    ['is given a stack that is no text', (error) => replace(error, 'stack', null)],
    ['is given a stack of its own', (error) => replace(error, 'stack', `Error: hunter2 ${said}`)],
    ['is given another constructor', (error) => replace(error, 'constructor', { name: 'hunter2' })],
    ['is given no constructor', (error) => replace(error, 'constructor', undefined)],
    ['has a getter that throws', (error) => Object.defineProperty(error, 'message', { get: () => fail() })],
    ['has a stack that throws', (error) => Object.defineProperty(error, 'stack', { get: () => fail() })],
    ['has no prototype', (error) => Object.setPrototypeOf(error, null)],
  ])('is described without its message when it %s', (_, change) => {
    const error = new Error(said)
    expect(error.stack).toContain('hunter2')
    change(error)
    expect(told(error)).not.toContain('hunter2')
  })

  it('is described without details if it is a proxy that throws', () => {
    const proxy = new Proxy(new Error(said), { getPrototypeOf: () => fail(), get: () => fail() })
    expect(told(proxy)).not.toContain('hunter2')
  })

  it('with a message as long as a secret is described quickly', () => {
    const line = `    at ${'(a:1:'.repeat(13_000)}\n`
    expect(told(new Error(line.repeat(10)))).not.toContain('(a:1:')
  })
})

function replace(error: Error, key: keyof Error | 'constructor', value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true })
}

function fail(): never {
  throw new Error('hunter2')
}
