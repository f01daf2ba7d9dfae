import { expect, it } from 'vitest'
import { LoadError, type Problem } from '../../src/errors.ts'

const missing = (key: string): Problem => ({
  code: 'MISSING_PARAMETER',
  key,
  parameter: `/app/${key}`,
  expected: 'string',
  detail: 'nothing is stored',
  remedy: 'store it',
})
const invalid = (key: string, detail: string): Problem => ({
  code: 'INVALID_VALUE',
  key,
  parameter: `/app/${key}`,
  detail,
  remedy: 'correct it',
})
const empty: Problem = {
  code: 'EMPTY_PATH',
  parameter: '/empty',
  detail: 'nothing is stored under this path',
  remedy: 'check it',
}

function block(parts: {
  readonly missing?: Problem[]
  readonly unreadable?: Problem[]
  readonly invalid?: Problem[]
}): string[] {
  const { message } = new LoadError({
    missing: [],
    unreadable: [],
    invalid: [],
    ...parts,
    attempts: 1,
    elapsedMs: 5,
    isServing: false,
  })
  return message.split('\n')
}

it('describes keys that are wrong alike once, below their names', () => {
  expect(block({ missing: [empty, missing('a'), missing('b')], invalid: [invalid('c', 'one')] })).toEqual([
    'liveparam: could not load the configuration: 2 missing, 1 empty, 1 invalid (in 5 ms)',
    '',
    'Missing',
    '  /empty  [EMPTY_PATH]',
    '      nothing is stored under this path',
    '      → check it',
    '  2 keys  [MISSING_PARAMETER]',
    '    - a  /app/a',
    '    - b  /app/b',
    '      expected string: nothing is stored',
    '      → store it',
    '',
    'Invalid',
    '  c  /app/c  [INVALID_VALUE]',
    '      one',
    '      → correct it',
  ])
})

it('lists and counts a key with two problems once', () => {
  expect(block({ invalid: [invalid('a', 'one'), invalid('b', 'one'), invalid('a', 'two')] })).toEqual([
    'liveparam: could not load the configuration: 2 invalid (in 5 ms)',
    '',
    'Invalid',
    '  a  /app/a  [INVALID_VALUE]',
    '      one',
    '      two',
    '      → correct it',
    '  b  /app/b  [INVALID_VALUE]',
    '      one',
    '      → correct it',
  ])
})

it('names every missing key up to fifty', () => {
  const keys = Array.from({ length: 60 }, (_, index) => missing(`k${index}`))
  const lines = block({ missing: keys })

  expect(lines.filter((line) => line.startsWith('    - '))).toHaveLength(50)
  expect(lines).toContain('    … and 10 more')
})
