import { describe, expect, it } from 'vitest'
import { checkEncryption, type EncryptionOptions } from '../../src/backup/encryption-options.ts'

const keyId = 'arn:aws:kms:eu-west-1:111122223333:key/134f2428-cec1-4b25-a1ae-9048164dba47'

describe('the options of an encryption', () => {
  it('have limits of data keys by default', () => {
    const { keyIds, limits } = checkEncryption('f()', { keyId, cache: { maxBytes: 7, maxAgeMs: undefined } as object })
    expect(keyIds).toEqual([keyId])
    expect(limits).toEqual({ maxAgeMs: 300_000, maxBytes: 7, maxMessages: 10_000 })
  })

  it.each<[string, Partial<EncryptionOptions>, string]>([
    ['no key', { keyId: undefined as never }, 'f(): keyId must be the ARN of a KMS key'],
    ['an empty list', { keyId: [] }, 'f(): keyId must be the ARN of a KMS key'],
    ['an id', { keyId: '134f2428-cec1-4b25-a1ae-9048164dba47' }, 'f(): keyId must be the ARN of a KMS key'],
    ['an empty text', { keyId: '' }, 'it is empty: is its environment variable set?'],
    ['an alias', { keyId: 'arn:aws:kms:eu-west-1:111122223333:alias/app' }, 'an alias cannot decrypt'],
    ['an ARN of another service', { keyId: keyId.replace('kms', 'ssm') }, 'f(): keyId must be the ARN of a KMS key'],
    ['a key twice', { keyId: [keyId, keyId] }, 'f(): keyId must not name a key twice'],
    ['a cache that is not an object', { cache: 5 as never }, 'f(): cache: pass an object with maxAgeMs'],
    [
      'an unknown limit',
      { cache: { maxAge: 5 } as never },
      'f(): cache: there is no option maxAge: did you mean maxAgeMs?',
    ],
    ['an age of 0', { cache: { maxAgeMs: 0 } }, 'f(): cache: maxAgeMs must be a number of milliseconds, 1 or more'],
    ['half a byte', { cache: { maxBytes: 0.5 } }, 'f(): cache: maxBytes must be a whole number of bytes, 1 or more'],
    ['too many readings', { cache: { maxMessages: 2 ** 33 } }, 'f(): cache: maxMessages must be a whole number from 1'],
    ['a client without send()', { client: {} as never }, 'f(): client must be a KMSClient, or a function'],
    ['an endpoint that is no URL', { endpoint: 'localhost' }, 'f(): endpoint must be a URL'],
    ['a client and an endpoint', { client: () => ({}) as never, endpoint: 'http://x' }, 'f(): set either client or'],
    ['an unknown option', { keyIds: [] } as never, 'f(): there is no option keyIds: did you mean keyId?'],
  ])('refuse %s', (_, options, message) => {
    expect(() => checkEncryption('f()', { keyId, ...options })).toThrow(message)
  })
})
