import { describe, expect, it } from 'vitest'
import { deliverEvent, type Inbox } from '../../src/source/index.ts'
import { created, inEnvelope, unchanged } from './samples.ts'

const envelope = inEnvelope(created)
const { name, operation } = created.detail

describe('deliverEvent', () => {
  it.each<[string, unknown]>([
    ['an event', created],
    ['its text', JSON.stringify(created)],
    ['its detail', { name, operation }],
    ['an envelope of SNS', envelope],
    ['the text of an envelope', JSON.stringify(envelope)],
  ])('delivers the hint of %s', (_, event) => {
    expect(delivered(event)).toMatchObject([{ hint: { kind: 'parameter', name, operation: 'put' } }])
  })

  it('delivers the notice of a policy', () => {
    expect(delivered(unchanged)).toMatchObject([{ notice: { parameter: 'foo', policy: 'NoChangeNotification' } }])
  })

  it.each([undefined, null, 42, '', 'hello', [], [created], {}, Buffer.from(JSON.stringify(created))])(
    'counts an event that it does not understand: %j',
    (event) => {
      expect(delivered(event)).toEqual(['ignored'])
    },
  )
})

function delivered(event: unknown): unknown[] {
  const heard: unknown[] = []
  const never = () => expect.fail('an event says nothing of that')
  const inbox: Inbox = {
    hint: (hint) => heard.push({ hint }),
    notice: (notice) => heard.push({ notice }),
    ignored: () => heard.push('ignored'),
    healthy: never,
    opened: never,
    failed: never,
  }
  deliverEvent(event, inbox)
  return heard
}
