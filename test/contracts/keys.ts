import { CreateKeyCommand, DecryptCommand, EncryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms'
import { describe, expect, it } from 'vitest'
import { errorOf, type Workbench } from './workbench.ts'

/** The contract of KMS. */
export function describeKeys(aws: Workbench): void {
  describe('keys', () => {
    it('encrypt for one context, and decrypt for no other', async () => {
      const { KeyMetadata } = await aws.kms.send(new CreateKeyCommand({}))
      const EncryptionContext = { app: 'shop' }
      const { CiphertextBlob } = await aws.kms.send(
        new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('hunter2'), EncryptionContext }),
      )
      const { Plaintext } = await aws.kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))

      expect(Buffer.from(Plaintext ?? []).toString()).toBe('hunter2')
      expect(Buffer.from(CiphertextBlob ?? []).toString('latin1')).not.toContain('hunter2')
      const wrong = aws.kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { app: 'other' } }))
      expect(await errorOf(wrong)).toBe('InvalidCiphertextException')
    })

    it('encrypt 4,096 bytes and no more', async () => {
      const { KeyMetadata } = await aws.kms.send(new CreateKeyCommand({}))
      const encrypt = (size: number) =>
        aws.kms.send(new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.alloc(size, 'x') }))
      expect(await errorOf(encrypt(4_096))).toBe('no error')
      expect(await errorOf(encrypt(4_097))).toBe('ValidationException')
    })

    it('generate data keys that they can decrypt', async () => {
      const { KeyMetadata } = await aws.kms.send(new CreateKeyCommand({}))
      const made = await aws.kms.send(new GenerateDataKeyCommand({ KeyId: KeyMetadata?.KeyId, KeySpec: 'AES_256' }))
      const opened = await aws.kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }))
      expect(made.Plaintext).toHaveLength(32)
      expect(Buffer.from(opened.Plaintext ?? []).equals(Buffer.from(made.Plaintext ?? []))).toBe(true)
    })

    it('are found or not', async () => {
      const call = aws.kms.send(new EncryptCommand({ KeyId: 'alias/none', Plaintext: Buffer.from('x') }))
      expect(await errorOf(call)).toBe('NotFoundException')
    })
  })
}
