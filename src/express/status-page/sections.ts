import type { ConfigStatus } from '../../config/status.ts'
import type { CallUsage } from '../../ports.ts'
import type { LoggedChange, LoggedKeyChange } from './change-log.ts'
import { ago, count, formatDuration, formatTime, type Html, html, shortVersion, time } from './html.ts'
import type { AbsentReport, KeyReport, StatusReport } from './report.ts'

const openChanges = 3

/** The last changes as diffs: three are open, and the older ones are folded. */
export function changesSection({ changes, now }: StatusReport): Html[] {
  const older = changes.slice(openChanges)
  const list = (some: readonly LoggedChange[], isOpen: boolean) =>
    html`<ol class="changes">${some.map((change) => changeItem(change, now, isOpen))}</ol>`
  return [
    html`<h2>Last changes</h2>`,
    changes.length === 0
      ? html`<p class="empty">No change since the process started to record changes.</p>`
      : list(changes.slice(0, openChanges), true),
    ...(older.length === 0
      ? []
      : [
          html`
            <details class="older">
              <summary>${count(older.length, 'older change')}</summary>
              ${list(older, false)}
            </details>`,
        ]),
  ]
}

function changeItem({ revision, at, cause, keys, omitted }: LoggedChange, now: number, isOpen: boolean): Html {
  return html`
    <li data-key="${`${revision}`}">
      <details${isOpen ? html` open` : undefined}>
        <summary>
          <b>Revision ${`${revision}`}</b>
          <small>${ago(at, now)} · ${cause} · ${count(keys.length + omitted, 'key')}</small>
        </summary>
        <ul class="diff">${keys.map(changedKey)}</ul>
        ${omitted === 0 ? undefined : html`<p class="empty">and ${count(omitted, 'more key', 'more keys')}</p>`}
      </details>
    </li>`
}

function changedKey(change: LoggedKeyChange): Html {
  const { key, kind, from, to } = change
  return html`
    <li data-key="${key}" data-search>
      <div class="subject">
        <code title="${(to ?? from)?.parameter}">${key}</code>
        <small>${kind}${versionsOf(change)}</small>
      </div>
      ${changedValues(change)}
    </li>`
}

/** The versions before and after. A key that another layer provides now has another parameter too. */
function versionsOf({ from, to }: LoggedKeyChange): string {
  const stored = [from, to].filter((one) => one !== undefined)
  const versions = stored.flatMap(({ version }) => (version === '' ? [] : shortVersion(version)))
  if (from === undefined || to === undefined || from.parameter === to.parameter) {
    return versions.length === 0 ? '' : `, version ${versions.join(' → ')}`
  }
  const moved = stored.map(({ parameter, version }) => {
    return version === '' ? parameter : `${parameter} version ${shortVersion(version)}`
  })
  return `, ${moved.join(' → ')}`
}

function changedValues({ isSensitive, from, to, before, after }: LoggedKeyChange): Html {
  if (isSensitive) return html`<p class="withheld">secret: its values are not shown</p>`
  if (before === undefined && after === undefined) return html`<p class="withheld">not shown</p>`
  return html`
    <div class="sides">
      ${from && html`<del aria-label="before">${before ?? 'not shown'}</del>`}
      ${to && html`<ins aria-label="after">${after ?? 'not shown'}</ins>`}
    </div>`
}

/** Each key with its value, where the value comes from and what it overrides. Nothing here depends on the time. */
export function keysTable({ keys, absent, isRead }: StatusReport): Html {
  const columns = ['Key', 'Value', 'Parameter', 'Layer', 'Version', 'Type', 'Written']
  return html`
    <table>
      <caption class="unseen">Keys and where their values come from</caption>
      <thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${keys.map(keyRow)}${absent.map((key) => absentRow(key, isRead))}</tbody>
    </table>`
}

function keyRow(key: KeyReport): Html {
  const { parameter, layer, version, type, dataType, modifiedAt, reference, overridden } = key
  // The data type `text` adds nothing to the type.
  const hasDataType = dataType !== undefined && dataType !== 'text'
  return html`
    <tr data-key="${key.key}" data-search>
      <th scope="row">
        <code>${key.key}</code>
        ${key.isSensitive ? html`<span class="badge">secret</span>` : undefined}
      </th>
      <td>${value(key, 'transformed')}</td>
      <td>
        <code>${parameter}</code>
        ${reference && origin(html`refers to <code title="${reference.version}">${reference.secret}</code>`)}
        ${overridden.map((stored) => {
          const ofVersion = stored.version === '' ? '' : `, version ${shortVersion(stored.version)}`
          return origin(html`overrides <code>${stored.parameter}</code>${ofVersion}`)
        })}
      </td>
      <td class="minor" data-column="Layer"><code>${layer}</code></td>
      <td class="minor" data-column="Version"><code title="${version}">${shortVersion(version)}</code></td>
      <td class="minor" data-column="Type"><span>${type}${hasDataType ? origin(dataType) : undefined}</span></td>
      <td class="minor" data-column="Written">
        ${modifiedAt === undefined ? '–' : time(modifiedAt, formatTime(modifiedAt).replace(' UTC', ''))}
      </td>
    </tr>`
}

function absentRow(key: AbsentReport, isRead: boolean): Html {
  const [first, next] = isRead ? ['not stored at ', ', nor at '] : ['read from ', ', or from ']
  return html`
    <tr data-key="${key.key}" data-search class="absent">
      <th scope="row"><code>${key.key}</code></th>
      <td>
        ${isRead ? absentValue(key) : withheld('not read yet')}
      </td>
      <td colspan="5">
        <small>${key.names.map((name, index) => [index === 0 ? first : next, html`<code>${name}</code>`])}</small>
      </td>
    </tr>`
}

function absentValue(key: AbsentReport): Html {
  if (!key.hasValue) return withheld('not stored')
  return html`${value(key, 'not stored')}<span class="badge">default</span>`
}

function value({ isSensitive, isHidden, value }: KeyReport | AbsentReport, otherwise: string): Html {
  if (isSensitive === true) return withheld('[redacted]')
  if (isHidden) return withheld('hidden')
  if (value === undefined) return withheld(otherwise)
  return value === '' ? withheld('empty') : html`<code class="value">${value}</code>`
}

function withheld(why: string): Html {
  return html`<span class="withheld">${why}</span>`
}

function origin(text: Html | string): Html {
  return html`<small class="origin">${text}</small>`
}

/** Notifications, calls, resources, the process and warnings. */
export function detailCards(report: StatusReport): Html[] {
  const { status, calls, warnings } = report
  return [
    notificationsCard(status),
    callsCard(status, calls.length),
    ...(status.resources.length === 0 ? [] : [resourcesCard(status)]),
    processCard(report),
    ...(warnings.length === 0
      ? []
      : [card('Warnings', html`<ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`)]),
  ]
}

function notificationsCard({ notifications, missedNotifications }: ConfigStatus): Html {
  const { sources, received, duplicates, unrelated, upToDate, ignored, lagMs } = notifications
  const items = sources.map(({ name, isHealthy, failure }) => {
    const why = failure && html`<small> ${failure.code}: ${failure.detail}: ${failure.remedy}</small>`
    return stateItem(name, isHealthy, html`${isHealthy ? ' is listening' : ' cannot listen'}${why}`)
  })
  const lag = lagMs === undefined || lagMs < 1_000 ? 'less than a second' : formatDuration(lagMs)
  return card(
    'Notifications',
    items.length === 0
      ? html`<p class="empty">No notifications are configured.</p>`
      : html`<ul class="sources">${items}</ul>`,
    counters({
      Received: received,
      Duplicates: duplicates,
      'Unrelated to the schema': unrelated,
      'Already up to date': upToDate,
      'Not understood': ignored,
      Missed: missedNotifications,
    }),
    lagMs === undefined ? undefined : html`<p class="empty">The last notification took ${lag} to arrive.</p>`,
  )
}

function stateItem(title: string, isGood: boolean, text: Html): Html {
  const tone = isGood ? 'good' : 'bad'
  return html`<li class="${tone}"><span class="dot" aria-hidden="true"></span><code>${title}</code>${text}</li>`
}

function callsCard({ usage }: ConfigStatus, planned: number): Html {
  const rows = Object.entries(usage.calls)
  const total = (of: (calls: CallUsage) => number) => rows.reduce((sum, [, calls]) => sum + of(calls), 0)
  const columns = ['Action', 'Answered', 'Throttled', 'Failed', 'Aborted']
  return card(
    'Calls',
    counters({
      Calls: total(({ answered, throttled, failed, aborted }) => answered + throttled + failed + aborted),
      Throttled: total(({ throttled }) => throttled),
      Decryptions: usage.decryptions,
    }),
    rows.length === 0
      ? undefined
      : html`
          <table class="calls">
            <thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
            <tbody>${rows.map(callRow)}</tbody>
          </table>`,
    planned === 0
      ? undefined
      : html`<p class="empty">A full read takes ${count(planned, 'call')}, plus one for each further page.</p>`,
  )
}

function callRow([action, { answered, throttled, failed, aborted }]: [string, CallUsage]): Html {
  const numbers = [answered, throttled, failed, aborted].map((number) => html`<td>${number.toLocaleString('en')}</td>`)
  return html`<tr data-key="${action}"><th scope="row"><code>${action}</code></th>${numbers}</tr>`
}

function resourcesCard({ resources }: ConfigStatus): Html {
  const items = resources.map(({ name = '', isCurrent, failures }, index) => {
    const state = isCurrent ? ' is up to date' : ' uses an earlier configuration'
    const why = failures === 0 ? undefined : html`<small> could not be created, ${count(failures, 'time')}</small>`
    return stateItem(name === '' ? `resource ${index}` : name, isCurrent, html`${state}${why}`)
  })
  return card('Resources', html`<ul class="sources">${items}</ul>`)
}

function processCard({ status, paths, process: instance }: StatusReport): Html {
  const facts: Readonly<Record<string, Html | string | undefined>> = {
    Paths: html`<span>${paths.map((path, index) => [index === 0 ? '' : ', then ', html`<code>${path}</code>`])}</span>`,
    Account: status.place?.accountId,
    Region: status.place?.region,
    Host: html`<code>${instance.host}</code>`,
    Process: `${instance.pid}`,
    Started: time(instance.startedAt),
    Runtime: status.runtime,
    'Node.js': instance.node,
    liveparam: instance.liveparam,
  }
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  return card('Process', html`<dl class="about">${known.map(definition)}</dl>`)
}

function counters(counts: Readonly<Record<string, number>>): Html {
  const items = Object.entries(counts).map(([name, number]) => definition([name, number.toLocaleString('en')]))
  return html`<dl class="counters">${items}</dl>`
}

function definition([name, value]: [string, Html | string | undefined]): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

function card(title: string, ...children: readonly (Html | undefined)[]): Html {
  return html`<section class="card" data-key="${title}"><h2>${title}</h2>${children}</section>`
}
