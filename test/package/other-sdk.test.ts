import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { localAws, put } from '../support/aws.ts'
import { describeWithRegistry, installTarball, runIn } from '../support/tarball.ts'

// Of what the package depends on, npm installs a second copy; of its peers it would not.
const sdk = ['ssm', 'secrets-manager'].map((name) => `@aws-sdk/client-${name}@3.1131.0`)
const otherPeers = ['sqs', 'sns'].map((name) => `other-${name}@npm:@aws-sdk/client-${name}@3.1131.0`)
const packages = ['zod@4', '@types/node@20', 'typescript@~7.0.0', ...sdk, ...otherPeers]
const compilerOptions = { target: 'es2022', module: 'nodenext', strict: true, types: ['node'], noEmitOnError: true }

const program = `
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { loadConfig, secret } from 'liveparam'
import { snsNotifications, sqsNotifications } from 'liveparam/sqs'
import { SNSClient } from 'other-sns'
import { SQSClient } from 'other-sqs'
import * as z from 'zod'

export const notifications = [
  sqsNotifications({ queueUrl: 'http://127.0.0.1/queue', client: new SQSClient() }),
  snsNotifications({ topicArn: 'arn:aws:sns:us-east-1:123456789012:topic', sqsClient: new SQSClient(), snsClient: new SNSClient() }),
]
const config = await loadConfig({
  schema: z.object({ host: z.string(), key: secret('key', { binary: true }) }),
  path: '/app',
  client: new SSMClient(),
  secretsClient: new SecretsManagerClient(),
})
console.log(config.current.host, config.current.key.length)
await config.close()
`

describeWithRegistry('A project with another version of the AWS SDK', () => {
  let folder = ''

  beforeAll(async () => {
    const installed = await installTarball({ packages })
    folder = installed.folder
    writeFileSync(join(folder, 'main.ts'), program)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }))
    return installed.remove
  }, 300_000)

  it('passes its own clients, which read the same values', async () => {
    const aws = await localAws()
    put(aws, { '/app/host': 'db.prod' })
    aws.secrets.create({ name: 'key', value: new Uint8Array(3) })
    const { endpoint, region, credentials } = aws.clientOptions
    const env = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    }

    expect(await runIn(folder, ['node_modules/typescript/bin/tsc'])).toEqual({ code: 0, output: '', errors: '' })
    expect(await runIn(folder, ['main.js'], env)).toMatchObject({ code: 0, output: 'db.prod 3\n' })
  })
})
