import { expect, it } from 'vitest'
import { type RedisCacheOptions, redisCache } from '../../src/redis/index.ts'

const keyId = 'arn:aws:kms:eu-west-1:111122223333:key/1'
const client = { isReady: false, sendCommand: async () => undefined, duplicate: () => client }
const aClient = 'client must be a client of the package redis, with sendCommand(), duplicate() and isReady'

it.each([
  [{ keyId }, aClient],
  [{ keyId, client: 'redis://127.0.0.1' }, aClient],
  [{ keyId, cilent: client }, 'there is no option cilent: did you mean client?'],
  [{ client }, 'keyId must be the ARN of a KMS key'],
  [{ client, keyId, app: 'a b' }, 'app must be 1 to 60 letters, digits, dots, dashes and underscores'],
  [{ client, keyId, freshMs: 10 }, 'freshMs must be a number of milliseconds, 1,000 or more and finite'],
  [{ client, keyId, kmsClient: { send() {} }, kmsEndpoint: 'http://127.0.0.1' }, 'set either kmsClient or kmsEndpoint'],
])('redisCache(%o) says what is wrong with the options', (options, message) => {
  expect(() => redisCache(options as unknown as RedisCacheOptions)).toThrow(`redisCache(): ${message}`)
})
