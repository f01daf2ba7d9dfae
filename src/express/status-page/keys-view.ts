import type { StoredVersion } from '../../snapshot/snapshot.ts'
import { formatTime, shortVersion } from './format.ts'
import { type Child, h, type PageElement, type PageNode } from './page-node.ts'
import type { AbsentReport, KeyReport, KeysReport } from './report.ts'
import { time } from './summary-view.ts'

/** Every key: where its value comes from, and what it overrides. Nothing here depends on the time. */
export function drawKeys({ keys, absent, isRead }: KeysReport): PageNode[] {
  return [
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, 'Keys and where their values come from'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h('tbody', {}, keys.map(drawKey), absent.map(isRead ? drawAbsent : drawUnread)),
    ),
  ]
}

const columns = ['Key', 'Value', 'Parameter', 'Layer', 'Version', 'Type', 'Last change']

function drawKey(key: KeyReport): PageElement {
  const { layer, modifiedAt } = key
  return h(
    'tr',
    { 'data-key': key.key, 'data-search': '' },
    h(
      'th',
      { scope: 'row' },
      h('code', {}, key.key),
      key.isSensitive ? h('span', { class: 'badge' }, 'secret') : undefined,
    ),
    cell(drawValue(key)),
    cell(h('code', {}, key.parameter), drawReference(key), ...key.overridden.map(drawOverridden)),
    minor('Layer', h('code', {}, layer)),
    minor('Version', h('code', { title: key.version }, shortVersion(key.version))),
    minor('Type', drawType(key)),
    minor('Last change', modifiedAt === undefined ? '–' : time(modifiedAt, formatTime(modifiedAt).replace(' UTC', ''))),
  )
}

function cell(...children: readonly (PageNode | undefined)[]): PageElement {
  return h('td', {}, children)
}

function minor(column: string, child: PageNode): PageElement {
  return h('td', { class: 'minor', 'data-column': column }, child)
}

function drawValue({ isSensitive, isHidden, value }: KeyReport): PageElement {
  if (isSensitive) return h('span', { class: 'withheld' }, '[redacted]')
  if (isHidden) return h('span', { class: 'withheld' }, 'hidden')
  if (value === undefined) return h('span', { class: 'withheld' }, 'transformed')
  return value === '' ? h('span', { class: 'withheld' }, 'empty') : h('code', { class: 'value' }, value)
}

// Where the source tells the data type of a parameter: `text` says nothing that the type does not say.
function drawType({ type, dataType }: KeyReport): PageElement {
  const hasDataType = dataType !== undefined && dataType !== 'text'
  return h('span', {}, type, hasDataType ? h('small', { class: 'origin' }, dataType) : undefined)
}

function drawReference({ reference }: StoredVersion): PageElement | undefined {
  if (reference === undefined) return undefined
  const { secret, version } = reference
  return h('small', { class: 'origin' }, 'refers to ', h('code', { title: version }, secret))
}

function drawOverridden({ parameter, version }: StoredVersion): PageElement {
  return h(
    'small',
    { class: 'origin' },
    'overrides ',
    h('code', {}, parameter),
    version === '' ? '' : `, version ${shortVersion(version)}`,
  )
}

function drawAbsent(key: AbsentReport): PageElement {
  const places = key.names.map((name, index) => [index === 0 ? 'not stored at ' : ', nor at ', h('code', {}, name)])
  const badge = key.hasValue ? h('span', { class: 'badge' }, 'default') : undefined
  return absentRow(key, [drawDefault(key), badge], places)
}

function drawDefault({ hasValue, isHidden, isSensitive, value }: AbsentReport): PageElement {
  if (!hasValue) return h('span', { class: 'withheld' }, 'not stored')
  if (isSensitive === true) return h('span', { class: 'withheld' }, '[redacted]')
  if (isHidden) return h('span', { class: 'withheld' }, 'hidden')
  return value === '' ? h('span', { class: 'withheld' }, 'empty') : h('code', { class: 'value' }, value)
}

function drawUnread(key: AbsentReport): PageElement {
  const places = key.names.map((name, index) => [index === 0 ? 'read from ' : ', or from ', h('code', {}, name)])
  return absentRow(key, [h('span', { class: 'withheld' }, 'not read yet')], places)
}

function absentRow({ key }: AbsentReport, value: readonly Child[], places: readonly Child[]): PageElement {
  return h(
    'tr',
    { 'data-key': key, 'data-search': '', class: 'absent' },
    h('th', { scope: 'row' }, h('code', {}, key)),
    h('td', {}, value),
    h('td', { colspan: '5' }, h('small', {}, places)),
  )
}
