import { onTestFinished } from 'vitest'
import { Encryption } from '../../src/backup/encryption.ts'
import { checkEncryption, type EncryptionOptions } from '../../src/backup/encryption-options.ts'
import type { EncryptionCall } from '../../src/backup/kms-calls.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { platform } from '../../src/platform/node.ts'

export const context = { app: 'shop', paths: '/shop/prod', schema: 'f1' }

/** What one encryption or decryption needs, on the system clock. */
export function call(signal: AbortSignal = new AbortController().signal): EncryptionCall {
  return { signal, clock: platform.clock, random: () => 0 }
}

/** Encrypts with a key of a local AWS, a new one by default. Its clients are closed at the end of the test. */
export function encryptionAt(aws: LocalAws, options: Partial<EncryptionOptions> = {}): Encryption {
  const keyId = options.keyId ?? aws.keys.create().arn
  const place = options.client === undefined ? { endpoint: aws.endpoint } : {}
  const encryption = new Encryption(checkEncryption('test', { ...place, ...options, keyId }))
  onTestFinished(encryption.open())
  return encryption
}
