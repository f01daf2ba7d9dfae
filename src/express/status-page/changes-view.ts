import type { LoggedChange, LoggedKeyChange } from './change-log.ts'
import { count, formatAgo, shortVersion } from './format.ts'
import { type Attributes, type Child, h, type PageElement, type PageNode } from './page-node.ts'
import type { StatusNews } from './report.ts'
import { time } from './summary-view.ts'

const shownChanges = 3

/** The last changes, each as a diff. The older ones are folded, so that the keys are not far away. */
export function drawChanges({ changes, now }: StatusNews): PageNode[] {
  return [h('h2', {}, 'Last changes'), drawLatest(changes, now), ...drawOlder(changes.slice(shownChanges), now)]
}

function drawLatest(changes: readonly LoggedChange[], now: number): PageElement {
  if (changes.length === 0) return h('p', { class: 'empty' }, 'Nothing has changed since this process began to watch.')
  return drawList(changes.slice(0, shownChanges), now, { open: '' })
}

// They are there for whoever looks for them.
function drawOlder(changes: readonly LoggedChange[], now: number): PageElement[] {
  if (changes.length === 0) return []
  const told = h('summary', {}, count(changes.length, 'older change', 'older changes'))
  return [h('details', { class: 'older' }, told, drawList(changes, now, {}))]
}

function drawList(changes: readonly LoggedChange[], now: number, attributes: Attributes): PageElement {
  return h(
    'ol',
    { class: 'changes' },
    changes.map((change) => drawChange(change, now, attributes)),
  )
}

function drawChange(
  { revision, at, cause, keys, omitted }: LoggedChange,
  now: number,
  attributes: Attributes,
): PageElement {
  return h(
    'li',
    { 'data-key': `${revision}` },
    h(
      'details',
      attributes,
      h(
        'summary',
        {},
        h('b', {}, `Revision ${revision}`),
        h('small', {}, time(at, formatAgo(at, now)), ` by ${cause}, ${count(keys.length + omitted, 'key')}`),
      ),
      h('ul', { class: 'diff' }, keys.map(drawKey)),
      omitted === 0 ? undefined : h('p', { class: 'empty' }, `and ${count(omitted, 'more key', 'more keys')}`),
    ),
  )
}

function drawKey(change: LoggedKeyChange): PageElement {
  const { key, kind, from, to } = change
  const versions = [from?.version, to?.version].flatMap((version) =>
    version === undefined || version === '' ? [] : shortVersion(version),
  )
  const parameter = (to ?? from)?.parameter ?? ''
  return h(
    'li',
    { 'data-key': key, 'data-search': '' },
    h(
      'div',
      { class: 'subject' },
      h('code', { title: parameter }, key),
      h('small', {}, versions.length === 0 ? kind : `${kind}, version ${versions.join(' → ')}`),
    ),
    drawSides(change),
  )
}

function drawSides({ isSensitive, from, to, before, after }: LoggedKeyChange): Child {
  if (isSensitive) return h('p', { class: 'withheld' }, 'secret: its values are not shown')
  if (before === undefined && after === undefined) return h('p', { class: 'withheld' }, 'not shown')
  const old = from && h('del', { 'aria-label': 'before' }, before ?? 'not shown')
  const next = to && h('ins', { 'aria-label': 'after' }, after ?? 'not shown')
  return h('div', { class: 'sides' }, old, next)
}
