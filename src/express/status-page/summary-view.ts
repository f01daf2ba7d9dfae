import type { ConfigStatus } from '../../config/status.ts'
import { formatAgo, formatDuration, formatTime, toIso } from './format.ts'
import { h, type PageElement, type PageNode } from './page-node.ts'
import type { StatusNews } from './report.ts'

/** How bad it is. */
export type Tone = 'good' | 'warn' | 'bad'

export function toneOf({ health }: StatusNews): Tone {
  return health.status === 'up' ? 'good' : health.status === 'degraded' ? 'warn' : 'bad'
}

/** What whoever is on call wants to know first. */
export function drawSummary(news: StatusNews): PageNode[] {
  const { title, status, now } = news
  const { state, since } = status
  return [
    h(
      'header',
      { class: 'masthead' },
      h('h1', {}, title),
      h('p', { class: `state ${toneOf(news)}` }, h('span', { class: 'dot', 'aria-hidden': 'true' }), state),
      h('p', { class: 'since' }, 'since ', time(since, formatTime(since)), `, ${formatAgo(since, now)}`),
    ),
    h('p', { class: 'meaning' }, meaningOf(status)),
    h('dl', { class: 'facts' }, factsOf(news)),
    ...drawError(status, now),
    ...drawExpiring(status, now),
  ]
}

/** A point in time, with what is said of it. */
export function time(at: number, said: string): PageElement {
  return h('time', { datetime: toIso(at), title: formatTime(at) }, said)
}

function meaningOf({ state, reason, resources }: ConfigStatus): string {
  if (state === 'stale') return meanings[reason ?? 'source-error']
  if (state === 'ready' && isBehind(resources)) return meanings.behind
  return meanings[state]
}

const meanings = {
  ready:
    'The configuration in use is the one that was stored when it was last read. Later changes show here after the next poll or notification; secrets are polled less often than parameters.',
  behind:
    'The configuration in use is the one that was stored when it was last read. A resource could not be created from it: the previous one stays in use, and liveparam retries.',
  initializing: 'There is no configuration yet: the first one is being read.',
  failed: 'There is no configuration: the start has failed.',
  closed: 'There are no more refreshes: the config is closed, and the last configuration can still be read.',
  'source-error': 'The last good configuration is in use: the store cannot be read.',
  'candidate-rejected': 'The last good configuration is in use: what is stored now was rejected.',
  'age-exceeded': 'The configuration in use is older than maxStaleMs allows.',
} as const

function factsOf({ status, now }: StatusNews): PageElement[] {
  const { revision, loadedAt, verifiedAt, nextPollAt, failures, notifications, missedNotifications, resources } = status
  const none = '–'
  return [
    fact('Revision', revision === undefined ? none : `${revision}`),
    fact('Loaded', loadedAt === undefined ? none : time(loadedAt, formatAgo(loadedAt, now))),
    fact('Last verified', verifiedAt === undefined ? none : time(verifiedAt, formatAgo(verifiedAt, now))),
    fact('Next poll', nextPollAt === undefined ? none : time(nextPollAt, until(nextPollAt - now))),
    fact('Failed refreshes', `${failures}`, failures > 0),
    fact('Missed by push', `${missedNotifications}`, missedNotifications > 0 && notifications.sources.length > 0),
    ...(resources.length === 0 ? [] : [fact('Resources', countOf(resources), isBehind(resources))]),
  ]
}

function isBehind(resources: ConfigStatus['resources']): boolean {
  return resources.some(({ isCurrent }) => !isCurrent)
}

function countOf(resources: ConfigStatus['resources']): string {
  const current = resources.filter(({ isCurrent }) => isCurrent).length
  return current === resources.length ? `${current}` : `${current} of ${resources.length} up to date`
}

function until(ms: number): string {
  return ms < 500 ? 'now' : `in ${formatDuration(ms)}`
}

function fact(name: string, value: PageNode, isOdd = false): PageElement {
  return h('div', isOdd ? { class: 'odd' } : {}, h('dt', {}, name), h('dd', {}, value))
}

function drawError({ lastError, state }: ConfigStatus, now: number): PageElement[] {
  if (lastError === undefined) return []
  const { code, message, at } = lastError
  const isOver = state === 'ready'
  const tail = isOver ? ', over since' : ''
  return [
    h(
      'section',
      { class: isOver ? 'note' : 'note bad', 'aria-label': 'Last error' },
      h('h2', {}, 'Last error ', h('small', {}, time(at, formatAgo(at, now)), tail)),
      h('p', {}, h('code', {}, code)),
      h('pre', { tabindex: '0' }, message),
    ),
  ]
}

function drawExpiring({ expiring }: ConfigStatus, now: number): PageElement[] {
  if (expiring.length === 0) return []
  const items = expiring.map(({ parameter, policy, expiresAt, noticedAt }) =>
    h(
      'li',
      { 'data-key': `${parameter} ${policy}` },
      h('code', {}, parameter),
      ' ',
      announced[policy],
      expiresAt === undefined ? undefined : h('span', {}, ': ', time(expiresAt, formatTime(expiresAt))),
      h('small', {}, ' noticed ', time(noticedAt, formatAgo(noticedAt, now))),
    ),
  )
  return [h('section', { class: 'note warn', 'aria-label': 'Expiring' }, h('h2', {}, 'Expiring'), h('ul', {}, items))]
}

const announced = {
  Expiration: 'has expired',
  ExpirationNotification: 'will expire',
  NoChangeNotification: 'has not changed for as long as its policy says',
} as const
