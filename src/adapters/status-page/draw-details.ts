import type { CallUsage } from '../../ports.ts'
import type { SourceStatus } from '../../status.ts'
import { type Child, h, type PageElement, type PageNode } from './page-node.ts'
import type { StatusNews } from './report.ts'
import { count, formatDuration } from './words.ts'

/** Notifications, calls, and whatever was odd. */
export function drawDetails({ status, calls, warnings }: StatusNews): PageNode[] {
  return [
    drawNotifications(status),
    drawCalls(status.usage, calls.length),
    warnings.length === 0
      ? undefined
      : card(
          'Warnings',
          h(
            'ul',
            {},
            warnings.map((warning) => h('li', {}, warning)),
          ),
        ),
  ].filter((section) => section !== undefined)
}

function drawNotifications({ notifications, missedByPush }: StatusNews['status']): PageElement {
  const { sources, received, duplicates, foreign, known, ignored, lagMs } = notifications
  return card(
    'Notifications',
    sources.length === 0
      ? h('p', { class: 'empty' }, 'There are none: changes are found by polling.')
      : h('ul', { class: 'sources' }, sources.map(drawSource)),
    counters({
      Received: received,
      Duplicate: duplicates,
      Foreign: foreign,
      'Known already': known,
      'Not understood': ignored,
      'Missed by push': missedByPush,
    }),
    lagMs === undefined
      ? undefined
      : h(
          'p',
          { class: 'empty' },
          `The last one was on its way for ${lagMs < 1_000 ? 'less than a second' : formatDuration(lagMs)}.`,
        ),
  )
}

function drawSource({ name, isHealthy, failure }: SourceStatus): PageElement {
  return h(
    'li',
    { class: isHealthy ? 'good' : 'bad' },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    h('code', {}, name),
    isHealthy ? ' is listening' : ' cannot listen',
    failure === undefined ? undefined : h('small', {}, ` ${failure.code}: ${failure.detail}: ${failure.remedy}`),
  )
}

function drawCalls({ calls, decryptions }: StatusNews['status']['usage'], planned: number): PageElement {
  const rows = Object.entries(calls)
  const throttled = rows.reduce((sum, [, usage]) => sum + usage.throttled, 0)
  return card(
    'Calls',
    counters({
      Calls: rows.reduce((sum, [, usage]) => sum + totalOf(usage), 0),
      Throttled: throttled,
      Decryptions: decryptions,
    }),
    rows.length === 0
      ? undefined
      : h('table', { class: 'calls' }, drawCallHead(), h('tbody', {}, rows.map(drawCallRow))),
    planned === 0
      ? undefined
      : h(
          'p',
          { class: 'empty' },
          `A whole look takes ${count(planned, 'call')}, and more where there are further pages.`,
        ),
  )
}

function drawCallHead(): PageElement {
  const names = ['Action', 'Answered', 'Throttled', 'Failed', 'Aborted']
  return h(
    'thead',
    {},
    h(
      'tr',
      {},
      names.map((name) => h('th', { scope: 'col' }, name)),
    ),
  )
}

function drawCallRow([action, { answered, throttled, failed, aborted }]: [string, CallUsage]): PageElement {
  const numbers = [answered, throttled, failed, aborted].map((number) => h('td', {}, number.toLocaleString('en')))
  return h('tr', { 'data-key': action }, h('th', { scope: 'row' }, h('code', {}, action)), numbers)
}

function totalOf({ answered, throttled, failed, aborted }: CallUsage): number {
  return answered + throttled + failed + aborted
}

function counters(counts: Readonly<Record<string, number>>): PageElement {
  const drawn = Object.entries(counts).map(([name, number]) =>
    h('div', {}, h('dt', {}, name), h('dd', {}, number.toLocaleString('en'))),
  )
  return h('dl', { class: 'counters' }, drawn)
}

function card(title: string, ...children: readonly Child[]): PageElement {
  return h('section', { class: 'card', 'data-key': title }, h('h2', {}, title), children)
}
