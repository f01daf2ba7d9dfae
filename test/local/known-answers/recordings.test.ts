import { describe, expect, it } from 'vitest'
import { filterRecordings } from './filters.ts'
import { queueRecordings } from './queues.ts'
import { type Recording, replay } from './recording.ts'
import { topicRecordings } from './topics.ts'

describe.each<[string, readonly Recording[]]>([
  ['queues', queueRecordings],
  ['topics', topicRecordings],
  ['filter policies', filterRecordings],
])('what AWS answered in a recording: %s', (_, recordings) => {
  it.each(recordings.map((recording): [string, Recording] => [recording[0], recording]))(
    '%s',
    async (_about, recording) => {
      const [, ...steps] = recording
      const answers = await replay(recording)
      for (const [
        index,
        [operation, , answer = expect.not.objectContaining({ code: expect.anything() })],
      ] of steps.entries()) {
        expect.soft(answers[index], `${index + 1}: ${operation}`).toEqual(answer)
      }
    },
  )
})
