import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret } from '../../src/index.ts'
import { lightClientOf } from '../support/clients.ts'
import { describeWithMoto } from '../support/moto.ts'

describeWithMoto((start) => {
  it('is read by the light client: by name, by path, references and secrets', async () => {
    const { endpoint, close } = await start()
    onTestFinished(close)
    const place = { endpoint, region: 'us-east-1' }
    const [ssm, secretsManager] = [new SSMClient(place), new SecretsManagerClient(place)]
    const put = (Name: string, Value: string, Type: 'String' | 'SecureString') =>
      ssm.send(new PutParameterCommand({ Name, Value, Type }))
    await put('/app/port', '8080', 'String')
    await put('/app/token', 'hunter2 ✓', 'SecureString')
    for (let index = 0; index < 12; index++) await put(`/app/flags/f${index}`, 'on', 'String')
    await secretsManager.send(new CreateSecretCommand({ Name: 'login', SecretString: 'text' }))
    const blob = await secretsManager.send(
      new CreateSecretCommand({ Name: 'blob', SecretBinary: Uint8Array.of(0, 255) }),
    )
    for (const client of [ssm, secretsManager]) client.destroy()
    const schema = z.object({
      port: z.number(),
      token: z.string(),
      flags: z.record(z.string(), z.string()),
      login: secret('login', z.string()),
      blob: secret(blob.ARN ?? '', { binary: true }),
    })
    await using config = await loadConfig({ schema, path: '/app', client: lightClientOf(place) })

    expect(config.current).toMatchObject({ port: 8080, token: 'hunter2 ✓', login: 'text' })
    expect(Object.keys(config.current.flags)).toHaveLength(12)
    expect([...config.current.blob]).toEqual([0, 255])
    expect(config.explain('port').keys[0]?.modifiedAt).toBeGreaterThan(1.7e12)
  })
})
