import { describe, it } from 'vitest'
import { eventStories } from './event-stories.ts'
import { filterStories } from './filters.ts'
import { keyStories } from './key-stories.ts'
import { type KnownAnswer, sources } from './known-answer.ts'
import { parameterAnswers } from './parameters.ts'
import { queueStories } from './queues.ts'
import { referenceAnswers } from './references.ts'
import { secretAnswers } from './secrets.ts'
import { play, type Story } from './story.ts'
import { topicStories } from './topics.ts'

const storyOf = ({ about, source, before = [], call: [operation, input], answer }: KnownAnswer): Story => {
  return [`${about} (${sources[source]})`, ...before, [operation, input, answer]]
}

describe.each<[string, readonly Story[]]>([
  ['parameters', parameterAnswers.map(storyOf)],
  ['references', referenceAnswers.map(storyOf)],
  ['secrets', secretAnswers.map(storyOf)],
  ['keys', keyStories],
  ['events', eventStories],
  ['queues', queueStories],
  ['topics', topicStories],
  ['filter policies', filterStories],
])('answers as AWS: %s', (_, stories) => {
  it.each(stories.map((story): [string, Story] => [story[0], story]))('%s', (_about, story) => play(story))
})
