import { describe } from 'vitest'
import { startLocalAws } from '../../src/local/index.ts'
import { describeAws } from './aws.ts'
import { describeNotifications } from './notifications.ts'
import type { AwsUnderTest } from './workbench.ts'

describe('the local AWS', () => {
  describeAws(start)
  describeNotifications(start, 'itself')
})

async function start(): Promise<AwsUnderTest> {
  const aws = await startLocalAws()
  return { name: 'local', endpoint: aws.endpoint, close: () => aws.close() }
}
