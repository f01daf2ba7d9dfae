import type { SourceStatus } from '../../config/status.ts'
import type { CallUsage } from '../../ports.ts'
import { count, formatDuration, formatTime } from './format.ts'
import { type Child, h, type PageElement, type PageNode } from './page-node.ts'
import type { StatusNews } from './report.ts'
import { time } from './summary-view.ts'

/** Notifications, calls, and whatever was odd. */
export function drawDetails(news: StatusNews): PageNode[] {
  const { status, calls, warnings } = news
  return [
    drawNotifications(status),
    drawCalls(status.usage, calls.length),
    drawResources(status),
    drawProcess(news),
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

function drawNotifications({ notifications, missedNotifications }: StatusNews['status']): PageElement {
  const { sources, received, duplicates, unrelated, upToDate: known, ignored, lagMs } = notifications
  return card(
    'Notifications',
    sources.length === 0
      ? h('p', { class: 'empty' }, 'No notifications are configured.')
      : h('ul', { class: 'sources' }, sources.map(drawSource)),
    counters({
      Received: received,
      Duplicate: duplicates,
      Foreign: unrelated,
      'Known already': known,
      'Not understood': ignored,
      'Missed by push': missedNotifications,
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
  return stateItem(
    { title: name, isGood: isHealthy },
    isHealthy ? ' is listening' : ' cannot listen',
    failure === undefined ? undefined : h('small', {}, ` ${failure.code}: ${failure.detail}: ${failure.remedy}`),
  )
}

function stateItem(
  { title, isGood }: { readonly title: string; readonly isGood: boolean },
  ...said: readonly Child[]
): PageElement {
  const dot = h('span', { class: 'dot', 'aria-hidden': 'true' })
  return h('li', { class: isGood ? 'good' : 'bad' }, dot, h('code', {}, title), said)
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
          `Reading everything takes ${count(planned, 'call')}, and one more for each further page.`,
        ),
  )
}

function drawResources({ resources }: StatusNews['status']): PageElement | undefined {
  if (resources.length === 0) return undefined
  const items = resources.map(({ name = '', isCurrent, failures }, index) => {
    const title = name === '' ? `resource ${index}` : name
    const fate = isCurrent ? ' is up to date' : ' is of an earlier configuration'
    const attempts = failures === 0 ? undefined : h('small', {}, ` could not be created, ${count(failures, 'time')}`)
    return stateItem({ title, isGood: isCurrent }, fate, attempts)
  })
  return card('Resources', h('ul', { class: 'sources' }, items))
}

function drawProcess({ status, paths, process: instance }: StatusNews): PageElement {
  const { place, runtime } = status
  const facts: Readonly<Record<string, PageNode | undefined>> = {
    Paths: h('span', {}, ...paths.map((path, index) => [index === 0 ? '' : ', then ', h('code', {}, path)])),
    Account: place?.accountId,
    Region: place?.region,
    Host: h('code', {}, instance.host),
    Process: `${instance.pid}`,
    Started: time(instance.startedAt, formatTime(instance.startedAt)),
    Runtime: runtime,
    'Node.js': instance.node,
    liveparam: instance.liveparam,
  }
  const drawn = Object.entries(facts).map(([name, value]) =>
    value === undefined ? undefined : h('div', {}, h('dt', {}, name), h('dd', {}, value)),
  )
  return card('Process', h('dl', { class: 'about' }, drawn))
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
