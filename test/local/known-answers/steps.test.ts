import { describe, it } from 'vitest'
import { localAws } from '../../support/aws.ts'
import { eventStories } from './event-stories.ts'
import { keyStories } from './key-stories.ts'
import { play } from './steps.ts'

describe.each([
  ['keys', keyStories],
  ['events', eventStories],
] as const)('what AWS answered to the tests of LocalStack: %s', (_, stories) => {
  it.each(stories)('%s', async (_about, ...steps) => play(await localAws(), steps))
})
