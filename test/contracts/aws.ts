import { afterAll, beforeAll } from 'vitest'
import { describeKeys } from './keys.ts'
import { describeParameters } from './parameters.ts'
import { describeSecrets } from './secrets.ts'
import { type AwsUnderTest, type Differences, Workbench } from './workbench.ts'

/** The contract of the local AWS and moto. Known differences are listed by name. */
export function describeAws(start: () => Promise<AwsUnderTest>, differences: Differences = {}): void {
  const aws = new Workbench(differences)
  let running: AwsUnderTest | undefined

  beforeAll(async () => {
    running = await start()
    aws.connect(running.endpoint)
  })

  afterAll(async () => {
    aws.disconnect()
    await running?.close()
  })

  describeParameters(aws)
  describeSecrets(aws)
  describeKeys(aws)
}
