import { describe, expect, it } from 'vitest'
import { routes } from '../../examples/infrastructure/template.ts'
import { compilePattern } from '../../src/local/event-pattern.ts'
import { type AwsEvent, parameterEvents, secretEvents, trailEvents } from '../support/aws-events.ts'
import { patternOf } from '../support/templates.ts'

describe.each(routes)('the rule of examples/infrastructure/%s.yaml', (route) => {
  const pattern = patternOf(route)
  const sent = (events: Readonly<Record<string, AwsEvent>>) =>
    Object.keys(events).filter((what) => compilePattern(pattern).matches(events[what]))

  it('sends every event of a parameter below the path', () => {
    for (const name of ['/shop/prod/a', '/shop/prod/db/host']) {
      expect(sent(parameterEvents(name))).toEqual(Object.keys(parameterEvents(name)))
    }
  })

  it('sends no event of other parameters', () => {
    for (const name of ['/shop/prod', '/shop/produce/a', '/shop/dev/a', '/other/shop/prod/a', 'MyExampleParameter']) {
      expect(sent(parameterEvents(name))).toEqual([])
    }
  })

  it('sends the events of a secret with the prefix that need no trail', () => {
    expect(sent(secretEvents('prod/db'))).toEqual(['a stage that was moved'])
    expect(sent(trailEvents)).toEqual([])
  })

  it('sends no event of other secrets', () => {
    for (const name of ['product/db', 'dev/db', 'mySecret']) expect(sent(secretEvents(name))).toEqual([])
  })

  it('does not mistake a secret for a parameter', () => {
    expect(sent({ ...secretEvents('/shop/prod/a'), ...parameterEvents('prod/a') })).toEqual([])
  })

  it('sends no event of another source', () => {
    const events = Object.entries({ ...parameterEvents('/shop/prod/a'), ...secretEvents('prod/db') })
    expect(sent(Object.fromEntries(events.map(([what, event]) => [what, { ...event, source: 'shop' }])))).toEqual([])
  })
})
