import { describe } from 'vitest'
import { startLocalAws } from '../../src/local/index.ts'
import { describeAws } from './aws.ts'

describe('the local AWS', () => {
  describeAws(async () => {
    const aws = await startLocalAws()
    return { name: 'local', endpoint: aws.endpoint, close: () => aws.close() }
  })
})
