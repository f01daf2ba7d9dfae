import { describe, it } from 'vitest'
import { localAws } from '../../support/aws.ts'
import { eventStories } from './event-stories.ts'
import { keyStories } from './key-stories.ts'
import { play } from './steps.ts'

describe.each([
  ['keys', keyStories],
  ['events', eventStories],
] as const)('what AWS answered to the tests of LocalStack: %s', (_, stories) => {
  const named = stories.map((story) => ({ about: story[0], story }))

  it.each(named)('$about', async ({ story: [, ...steps] }) => play(await localAws(), steps))
})
