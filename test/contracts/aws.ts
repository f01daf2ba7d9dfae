import { afterAll, beforeAll } from 'vitest'
import { describeKeys } from './keys.ts'
import { describeParameters } from './parameters.ts'
import { describeSecrets } from './secrets.ts'
import { type AwsUnderTest, type Differences, Workbench } from './workbench.ts'

/** What our local AWS and moto are both to be right about; where one is not, its differences say so by name. */
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
