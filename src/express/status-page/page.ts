import { createHash } from 'node:crypto'
import type { ConfigStatus } from '../../config/status.ts'
import { ago, formatDuration, Html, html, lines, time } from './html.ts'
import { pageScript } from './page-script.ts'
import { pageStyle } from './page-style.ts'
import type { StatusReport } from './report.ts'
import { changesSection, detailCards, keysTable } from './sections.ts'

/**
 * The status page, complete without JavaScript and without requests to other hosts.
 *
 * @param folder The URL below which `status.json` and `refresh` are, relative to the page.
 * @param heldTag The tag of the key table that the browser already shows: the same table is left out.
 */
export function statusDocument(report: StatusReport, folder: string, heldTag?: string): string {
  const { status, health, title } = report
  const keysTag = `${status.revision ?? 'none'}`
  const spoken = status.revision === undefined ? status.state : `${status.state}, revision ${status.revision}`
  return html`
    <!doctype html>
    <html lang="en" data-tone="${tones[health.status]}" data-folder="${folder}">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="robots" content="noindex">
    <title>${status.state} · ${title}</title>
    <link rel="icon" href="data:,">
    <style>${new Html(pageStyle)}</style>
    </head>
    <body>
    <a class="skip" href="#search">Skip to the search</a>
    <p id="contact" role="alert" hidden></p>
    <main>
    <p id="tools" hidden>
      <output id="refreshed" for="refresh"></output>
      <button id="refresh" type="button">Refresh config</button>
    </p>
    <div id="summary">${summary(report)}</div>
    <section id="changes" aria-label="Last changes">${changesSection(report)}</section>
    <section aria-labelledby="keys-title">
      <div class="bar">
        <h2 id="keys-title">Keys</h2>
        <output id="found" for="search"></output>
        <label id="search-box" hidden>
          <span class="unseen">Search keys and changes</span>
          <input id="search" type="search" placeholder="Search" autocomplete="off" spellcheck="false" aria-keyshortcuts="/">
          <kbd aria-hidden="true">/</kbd>
        </label>
      </div>
      <div id="keys" data-tag="${keysTag}">${keysTag === heldTag ? undefined : keysTable(report)}</div>
      <p id="nothing" class="empty" hidden>No key matches.</p>
    </section>
    <div id="details">${detailCards(report)}</div>
    </main>
    <footer><p>
      <span id="live" hidden>This page updates every 3 s while it is visible. </span>
      Times are in UTC: hover over a time to see its date. <a href="${folder}status.json">JSON</a>
    </p></footer>
    <p id="spoken" class="unseen" role="status">${spoken}</p>
    <script>${new Html(pageScript)}</script>
    </body>
    </html>`.text
}

const tones = { up: 'good', degraded: 'warn', down: 'bad' } as const

/** Allows the style and the script of the page, and requests to its own host. */
export function contentSecurityPolicy(): string {
  policy ??= [
    "default-src 'none'",
    `script-src '${hashOf(pageScript)}'`,
    `style-src '${hashOf(pageStyle)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
  return policy
}

let policy: string | undefined

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function summary({ title, health, status, now }: StatusReport): Html[] {
  const { state, since } = status
  const tone = tones[health.status]
  return [
    html`
      <header class="masthead">
        <h1>${title}</h1>
        <p class="state ${tone}"><span class="dot" aria-hidden="true"></span>${state}</p>
        <p class="since">since ${time(since)}, ${ago(since, now)}</p>
      </header>
      <p class="meaning">${meaningOf(status)}</p>
      <dl class="facts">${facts(status, now)}</dl>`,
    ...errorNote(status, now),
    ...expiringNote(status, now),
  ]
}

function meaningOf({ state, reason, resources }: ConfigStatus): string {
  if (state === 'stale') return meanings[reason ?? 'source-error']
  if (state === 'ready' && resources.some(({ isCurrent }) => !isCurrent)) return meanings.behind
  return meanings[state]
}

const inUse = 'The configuration in use matched the stored one at the last read.'

const meanings = {
  ready: `${inUse} Later changes appear after the next poll or notification; secrets are polled less often than parameters.`,
  behind: `${inUse} A resource could not be created from it: the previous resource stays in use, and liveparam retries.`,
  initializing: 'There is no configuration yet: the first read is running.',
  failed: 'There is no configuration: the start failed.',
  closed: 'The config is closed: it is not refreshed any more, and the last configuration can still be read.',
  'source-error': 'The last good configuration is in use: the store cannot be read.',
  'candidate-rejected': 'The last good configuration is in use: the stored configuration was rejected.',
  'from-backup': 'The configuration of the backup is in use until the store can be read.',
  'age-exceeded': 'The configuration in use is older than maxStaleMs allows.',
} as const

function facts(status: ConfigStatus, now: number): Html[] {
  const {
    revision,
    savedAt,
    loadedAt,
    verifiedAt,
    nextPollAt,
    failures,
    notifications,
    missedNotifications,
    resources,
  } = status
  const current = resources.filter(({ isCurrent }) => isCurrent).length
  const isBehind = current < resources.length
  return [
    fact('Revision', revision === undefined ? '–' : `${revision}`),
    fact('Loaded', loadedAt === undefined ? '–' : ago(loadedAt, now)),
    ...(savedAt === undefined ? [] : [fact('Backup of', time(savedAt), true)]),
    fact('Last verified', verifiedAt === undefined ? '–' : ago(verifiedAt, now)),
    fact('Next poll', nextPollAt === undefined ? '–' : time(nextPollAt, until(nextPollAt - now))),
    fact('Failed refreshes', `${failures}`, failures > 0),
    fact('Missed notifications', `${missedNotifications}`, missedNotifications > 0 && notifications.sources.length > 0),
    ...(resources.length === 0
      ? []
      : [fact('Resources', isBehind ? `${current} of ${resources.length} up to date` : `${current}`, isBehind)]),
  ]
}

function until(ms: number): string {
  return ms < 500 ? 'now' : `in ${formatDuration(ms)}`
}

function fact(name: string, value: Html | string, isOdd = false): Html {
  return html`<div${isOdd ? html` class="odd"` : undefined}><dt>${name}</dt><dd>${value}</dd></div>`
}

function errorNote({ lastError, state, verifiedAt = 0 }: ConfigStatus, now: number): Html[] {
  if (lastError === undefined) return []
  const { message, at } = lastError
  const content = html`<pre tabindex="0">${lines(message)}</pre>`
  const isResolved = state === 'ready' || (state === 'closed' && verifiedAt > at)
  if (!isResolved) {
    return [
      html`
        <section class="note bad" aria-label="Last error">
          <h2>Last error <small>${ago(at, now)}</small></h2>
          ${content}
        </section>`,
    ]
  }
  return [
    html`
      <details class="note">
        <summary><h2>Last error <small>${ago(at, now)}, resolved</small></h2></summary>
        ${content}
      </details>`,
  ]
}

function expiringNote({ expiring }: ConfigStatus, now: number): Html[] {
  if (expiring.length === 0) return []
  const items = expiring.map(
    ({ parameter, policy, expiresAt, noticedAt }) => html`
      <li data-key="${parameter} ${policy}">
        <code>${parameter}</code> ${announcements[policy]}
        ${expiresAt === undefined ? undefined : html`: ${time(expiresAt)}`}
        <small> noticed ${ago(noticedAt, now)}</small>
      </li>`,
  )
  return [html`<section class="note warn" aria-label="Expiring"><h2>Expiring</h2><ul>${items}</ul></section>`]
}

const announcements = {
  Expiration: 'has expired',
  ExpirationNotification: 'will expire',
  NoChangeNotification: 'has not changed for the period that its policy sets',
} as const
