import type { LoggedChange, LoggedKeyChange } from './change-log.ts'
import { time } from './draw-summary.ts'
import { type Child, h, type PageElement, type PageNode } from './page-node.ts'
import type { StatusNews } from './report.ts'
import { count, formatAgo, shortVersion } from './words.ts'

/** The last changes, each as a diff. */
export function drawChanges({ changes, now }: StatusNews): PageNode[] {
  return [
    h('h2', {}, 'Last changes'),
    changes.length === 0
      ? h('p', { class: 'empty' }, 'Nothing has changed since this process began to watch.')
      : h(
          'ol',
          { class: 'changes' },
          changes.map((change, index) => drawChange(change, now, index)),
        ),
  ]
}

// The older ones are there for whoever looks for them.
const openChanges = 3

function drawChange({ revision, at, cause, keys, omitted }: LoggedChange, now: number, index: number): PageElement {
  const attributes: Record<string, string> = index < openChanges ? { open: '' } : {}
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
