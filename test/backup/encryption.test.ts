import { KMSClient } from '@aws-sdk/client-kms'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AwsCallError } from '../../src/aws/call-error.ts'
import type { Encryption } from '../../src/backup/encryption.ts'
import { UnusableReading } from '../../src/backup/unusable-reading.ts'
import { localAws } from '../support/aws.ts'
import { call, context, encryptionAt } from '../support/encryption.ts'
import { rejection } from '../support/rejection.ts'
import { sample } from '../support/suite.ts'

const text = Buffer.from('hunter2')

describe('an encrypted reading', () => {
  it('is decrypted for the same encryption context, and contains no plaintext', async () => {
    const encryption = encryptionAt(await localAws())
    const bytes = await encryption.encrypt(text, context, call())

    expect(Buffer.from(await encryption.decrypt(bytes, context, call())).toString()).toBe('hunter2')
    expect(Buffer.from(bytes).includes('hunter2')).toBe(false)
    expect(Buffer.from(bytes).toString('latin1')).toMatch(/^liveparam reading 1\n/)
  })

  it('binds the encryption context to the data key in AWS KMS', async () => {
    const aws = await localAws()
    const encryption = encryptionAt(aws)
    await encryption.encrypt(text, context, call())

    const [request] = aws.requests.filter(({ action }) => action === 'kms:GenerateDataKey')
    expect(request?.input.EncryptionContext).toEqual({ ...context, format: '1' })
  })

  it.each([
    ['app', { ...context, app: 'other' }],
    ['paths', { ...context, paths: '/shop/dev' }],
    ['schema', { ...context, schema: 'f2' }],
    ['stage', { ...context, stage: 'prod' }],
  ])('is refused for another %s', async (name, other) => {
    const encryption = encryptionAt(await localAws())
    const bytes = await encryption.encrypt(text, context, call())

    const error = await rejection(encryption.decrypt(bytes, other, call()))
    expect(error).toBeInstanceOf(UnusableReading)
    expect(error).toMatchObject({ message: `it belongs to another config: it has another ${name}` })
  })

  it('is refused for a key that is not configured, without a call to AWS KMS', async () => {
    const aws = await localAws()
    const bytes = await encryptionAt(aws).encrypt(text, context, call())
    aws.resetCounts()

    const error = await rejection(encryptionAt(aws).decrypt(bytes, context, call()))
    expect(error).toMatchObject({ name: 'UnusableReading', message: expect.stringContaining('another key') })
    expect(aws.counts.total).toBe(0)
  })

  it('is refused after a change of any byte', async () => {
    const encryption = encryptionAt(await localAws())
    const bytes = await encryption.encrypt(text, context, call())
    const places = sample([...bytes.keys()], 60)

    for (const place of places) {
      const changed = Uint8Array.from(bytes)
      changed[place] = (changed[place] ?? 0) ^ 1
      const error = await rejection(encryption.decrypt(changed, context, call()))
      expect(error, `byte ${place}`).toBeInstanceOf(UnusableReading)
    }
  })

  it('is refused when it is cut short', async () => {
    const encryption = encryptionAt(await localAws())
    const bytes = await encryption.encrypt(text, context, call())

    for (const length of sample([...bytes.keys()], 40)) {
      const error = await rejection(encryption.decrypt(bytes.subarray(0, length), context, call()))
      expect(error, `${length} bytes`).toBeInstanceOf(UnusableReading)
    }
  })

  it('of a later format names its version', async () => {
    const encryption = encryptionAt(await localAws())
    const bytes = Buffer.from(await encryption.encrypt(text, context, call()))
    const later = Buffer.from(bytes.toString('latin1').replace('reading 1', 'reading 2'), 'latin1')

    expect(await rejection(encryption.decrypt(later, context, call()))).toMatchObject({
      message: 'it has version 2 of the format, and this liveparam reads 1',
    })
  })
})

describe('data keys', () => {
  it('are shared by 20 concurrent calls on a cold cache', async () => {
    const aws = await localAws()
    const encryption = encryptionAt(aws)
    const all = await twenty(() => encryption.encrypt(text, context, call()))
    expect(aws.counts.calls).toEqual({ 'kms:GenerateDataKey': 1 })

    const [bytes] = all
    aws.resetCounts()
    const plaintexts = await twenty(() => encryption.decrypt(bytes ?? text, context, call()))
    expect(plaintexts.map((plaintext) => Buffer.from(plaintext).toString())).toEqual(Array(20).fill('hunter2'))
    expect(aws.counts.calls).toEqual({ 'kms:Decrypt': 1 })
  })

  it('are used for as many readings as maxMessages allows, also by concurrent calls', async () => {
    const aws = await localAws()
    const encryption = encryptionAt(aws, { cache: { maxMessages: 10 } })
    await twenty(() => encryption.encrypt(text, context, call()))

    expect(aws.counts.calls['kms:GenerateDataKey']).toBe(2)
  })

  it('are used for as many bytes as maxBytes allows', async () => {
    const aws = await localAws()
    const encryption = encryptionAt(aws, { cache: { maxBytes: 3 * text.length } })
    for (let index = 0; index < 6; index++) await encryption.encrypt(text, context, call())

    expect(aws.counts.calls['kms:GenerateDataKey']).toBe(2)
  })

  it('are renewed after maxAgeMs', async () => {
    const aws = await localAws()
    const encryption = encryptionAt(aws, { cache: { maxAgeMs: 1 } })
    await expect
      .poll(async () => {
        await encryption.encrypt(text, context, call())
        return aws.counts.calls['kms:GenerateDataKey']
      })
      .toBeGreaterThan(1)
  })

  it('belong to one encryption context', async () => {
    const aws = await localAws()
    const encryption = encryptionAt(aws)
    await encryption.encrypt(text, context, call())
    await encryption.encrypt(text, { ...context, app: 'other' }, call())

    expect(aws.counts.calls['kms:GenerateDataKey']).toBe(2)
  })

  it('of a failed request fail every call that waited for it, and the next call tries again', async () => {
    const aws = await localAws()
    const encryption = encryptionAt(aws)
    aws.policy.deny({ action: 'kms:GenerateDataKey', resource: '*' })
    const errors = await twenty(() => rejection(encryption.encrypt(text, context, call())))

    expect(errors.every((error) => error instanceof AwsCallError)).toBe(true)
    expect(aws.counts.calls['kms:GenerateDataKey']).toBe(1)
    aws.policy.clear()
    await expect(encryption.encrypt(text, context, call())).resolves.toBeInstanceOf(Uint8Array)
  })

  it('are requested again for the calls that remain when the first caller gives up', async () => {
    const aws = await localAws()
    const encryption = encryptionAt(aws)
    const hanging = aws.faults.add({ kind: 'hang', action: 'kms:GenerateDataKey' })
    const first = new AbortController()
    const given = rejection(encryption.encrypt(text, context, call(first.signal)))
    await expect.poll(() => aws.counts.calls['kms:GenerateDataKey']).toBe(1)
    const second = encryption.encrypt(text, context, call())
    hanging.remove()
    first.abort('closing')

    expect(await given).toBe('closing')
    expect(await second).toBeInstanceOf(Uint8Array)
  })
})

describe('AWS KMS', () => {
  it('is called again after a failure that passes', async () => {
    const aws = await localAws()
    const encryption = encryptionAt(aws)
    aws.faults.add({ kind: 'html-503', action: 'kms:*', times: 2 })

    await expect(roundTrip(encryption)).resolves.toBe('hunter2')
  })

  it('makes a call fail after three attempts, with the action and what to do', async () => {
    const aws = await localAws()
    const encryption = encryptionAt(aws)
    aws.faults.add({
      kind: 'error',
      action: 'kms:*',
      status: 400,
      name: 'ThrottlingException',
      message: 'Rate exceeded',
    })

    expect(await rejection(encryption.encrypt(text, context, call()))).toMatchObject({
      failure: {
        action: 'kms:GenerateDataKey',
        code: 'THROTTLED',
        attempts: 3,
        remedy: expect.stringMatching(/quota of AWS KMS/),
      },
    })
  })

  it.each([
    ['disabled', { code: 'DECRYPTION_FAILED', remedy: /^enable arn:aws:kms:/ }],
    ['denied', { code: 'DECRYPTION_FAILED', remedy: /^allow kms:Decrypt on arn:aws:kms:/ }],
    ['unreachable', { code: 'UNREACHABLE', remedy: /^check/ }],
  ])('decrypts nothing with a key that is %s', async (state, { code, remedy }) => {
    const aws = await localAws()
    const key = aws.keys.create()
    const bytes = await encryptionAt(aws, { keyId: key.arn }).encrypt(text, context, call())
    const reader = encryptionAt(aws, { keyId: key.arn })
    if (state === 'disabled') aws.keys.disable(key.keyId)
    if (state === 'denied') aws.policy.deny({ action: 'kms:Decrypt', resource: '*' })
    if (state === 'unreachable') await aws.close()

    const error = await rejection(reader.decrypt(bytes, context, call()))
    expect(error).toMatchObject({ failure: { code, remedy: expect.stringMatching(remedy), action: 'kms:Decrypt' } })
  })

  it('names the action that is denied for a write', async () => {
    const aws = await localAws()
    aws.policy.deny({ action: 'kms:GenerateDataKey', resource: '*' })

    expect(await rejection(encryptionAt(aws).encrypt(text, context, call()))).toMatchObject({
      failure: { remedy: expect.stringMatching(/^allow kms:GenerateDataKey on arn:aws:kms:/) },
    })
  })

  it('of a second region decrypts while the first one is away', async () => {
    const [first, second] = [await localAws(), await localAws({ region: 'eu-west-1' })]
    const keyId = [first.keys.create().arn, second.keys.create().arn]
    const client = (region: string) => {
      const kms = new KMSClient({ ...(region === 'eu-west-1' ? second : first).clientOptions, maxAttempts: 1 })
      onTestFinished(() => kms.destroy())
      return kms
    }
    const bytes = await encryptionAt(first, { keyId, client }).encrypt(text, context, call())
    await first.close()

    const reader = encryptionAt(first, { keyId, client })
    expect(Buffer.from(await reader.decrypt(bytes, context, call())).toString()).toBe('hunter2')
  })

  it('is not waited for once the signal aborts', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'hang', action: 'kms:*' })
    const signal = AbortSignal.timeout(50)

    expect(await rejection(encryptionAt(aws).encrypt(text, context, call(signal)))).toBe(signal.reason)
  })
})

async function roundTrip(encryption: Encryption): Promise<string> {
  const bytes = await encryption.encrypt(text, context, call())
  return Buffer.from(await encryption.decrypt(bytes, context, call())).toString()
}

function twenty<Result>(start: () => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: 20 }, start))
}
