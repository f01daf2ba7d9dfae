import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { toDefinition } from '../../src/config/define-config.ts'
import { defineConfig, parameter, secret } from '../../src/index.ts'
import { matchHint, spellOut } from '../../src/refresh/hints.ts'
import type { Hint } from '../../src/source/index.ts'

const arn = 'arn:aws:ssm:eu-west-1:123456789012:parameter/shared/by-arn'
const secretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/key-a1b2c3'
const otherArn = arn.replace('123456789012', '210987654321')
const otherSecretArn = secretArn.replace('eu-west-1', 'us-east-1')
const schema = z.object({
  a: z.string(),
  open: z.record(z.string(), z.string()),
  root: parameter('/root', z.string()),
  third: parameter('/other/b:3', z.string()),
  live: parameter('/other/b:live', z.string()),
  arn: parameter(arn, z.string()),
  current: secret('prod/db', z.string()),
  previous: secret('prod/db:AWSPREVIOUS', z.string()),
  key: secret(secretArn, z.string()),
})

const put = { kind: 'parameter', operation: 'put' } as const
const rotated = { kind: 'secret', operation: 'label', label: 'AWSCURRENT' } as const

describe('the parts of the plan that a hint names', () => {
  it.each<[string, Hint, readonly string[]]>([
    ['a key of a path', { ...put, name: '/app/a' }, ['path 0']],
    ['a key of an open part', { ...put, name: '/app/open/new' }, ['path 0']],
    ['a key that the schema does not have', { ...put, name: '/app/b' }, []],
    ['a name that no parameter can have', { ...put, name: '/app/open/a b' }, []],
    ['a name with a selector', { ...put, name: '/app/open/a:3' }, []],
    ['a name that is too long', { ...put, name: `/app/open/${'x'.repeat(3_000)}` }, []],
    ['a sibling path', { ...put, name: '/apple/a' }, []],
    ['an explicit name', { ...put, name: '/root' }, ['/root']],
    ['an explicit name without a slash', { ...put, name: 'root' }, ['/root']],
    ['a new version, which affects neither a number nor a label', { ...put, name: '/other/b' }, []],
    [
      'a deletion, which affects a number and a label',
      { ...put, name: '/other/b', operation: 'delete' },
      ['/other/b:3', '/other/b:live'],
    ],
    ['a label', { ...put, name: '/other/b', operation: 'label', label: 'live' }, ['/other/b:live']],
    [
      'a label of a path that is read at the latest version',
      { ...put, name: '/app/a', operation: 'label', label: 'live' },
      [],
    ],
    ['an ARN', { ...put, name: '/shared/by-arn', arn }, [arn]],
    ['an ARN in place of the name', { ...put, name: arn }, [arn]],
    ['another account’s parameter of that name', { ...put, name: '/shared/by-arn', arn: otherArn }, []],
    ['a parameter of that name without an account', { ...put, name: '/shared/by-arn' }, [arn]],
    ['a secret, and the version before it', { ...rotated, name: 'prod/db' }, ['prod/db', 'prod/db:AWSPREVIOUS']],
    ['a secret by its ARN', { ...rotated, name: 'prod/key', arn: secretArn }, [secretArn]],
    ['a secret by its ARN alone', { ...rotated, name: secretArn }, [secretArn]],
    [
      'a secret that is loaded by name, hinted by ARN',
      { ...rotated, name: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-x1Y2z3' },
      ['prod/db', 'prod/db:AWSPREVIOUS'],
    ],
    ['a secret that is loaded by ARN, hinted by name', { ...rotated, name: 'prod/key' }, [secretArn]],
    ['another region’s secret of that name', { ...rotated, name: 'prod/key', arn: otherSecretArn }, []],
    ['a secret whose name begins alike', { ...rotated, name: 'prod/db-a1b2c3' }, []],
    [
      'a reference to a secret',
      { ...put, name: '/aws/reference/secretsmanager/prod/db:AWSPREVIOUS' },
      ['prod/db:AWSPREVIOUS'],
    ],
    ['another stage of a secret', { ...rotated, name: 'prod/db', label: 'BLUE' }, []],
    [
      'a secret that was deleted',
      { ...rotated, name: 'prod/db', operation: 'delete' },
      ['prod/db', 'prod/db:AWSPREVIOUS'],
    ],
    ['a parameter with the name of a secret', { ...put, name: 'prod/db' }, []],
  ])('%s', (_, hint, about) => {
    expect(match(hint)).toEqual(about)
  })

  it('match by label when the whole path is read at a label', () => {
    const label = { ...put, name: '/app/a', operation: 'label', label: 'live' } as const

    expect(match(label, 'live')).toEqual(['path 0'])
    expect(match({ ...label, label: 'beta' }, 'live')).toEqual([])
    expect(match({ ...put, name: '/app/a' }, 'live')).toEqual([])
    expect(match({ ...put, name: '/app/a', operation: 'delete' }, 'live')).toEqual(['path 0'])
  })
})

function match(hint: Hint, label?: string): string[] {
  const definition = defineConfig({ schema, path: '/app', ...(label !== undefined && { label }) })
  const { planned } = toDefinition(definition).checked
  const named = matchHint(planned, planned.request.secrets, spellOut(hint))
  if (named === undefined) return []
  const { hierarchies, names, secrets } = named
  const ids = secrets.map(({ id, selector }) => (selector === undefined ? id : `${id}:${selector}`))
  return [...hierarchies.map((index) => `path ${index}`), ...names, ...ids]
}
