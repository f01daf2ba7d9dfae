import { createHash } from 'node:crypto'
import { htmlEscape } from 'escape-goat'
import { toHtml } from './page-node.ts'
import { pageScript } from './page-script.ts'
import { pageStyle } from './page-style.ts'
import type { DrawnPage, PartName } from './page-view.ts'

/**
 * The page as a whole, without anything from elsewhere; without JavaScript it shows what there was when it was asked for.
 *
 * @param folder Where the JSON is, as seen from the page.
 */
export function pageDocument(page: DrawnPage, folder: string): string {
  const part = (name: PartName) => toHtml(page.parts[name] ?? [])
  const attributes = htmlEscape`data-tone="${page.tone}" data-folder="${folder}" data-keys="${page.keysTag}"`
  return `<!doctype html>
<html lang="en" ${attributes}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${htmlEscape(page.title)}</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<a class="skip" href="#search">Skip to the search</a>
<p id="contact" role="alert" hidden></p>
<main>
<p id="tools" hidden><output id="refreshed" for="refresh"></output><button id="refresh" type="button">Refresh config</button></p>
<div id="summary">${part('summary')}</div>
<section id="changes" aria-label="Last changes">${part('changes')}</section>
<section aria-labelledby="keys-title">
<div class="bar">
<h2 id="keys-title">Keys</h2>
<output id="found" for="search"></output>
<label id="search-box" hidden><span class="unseen">Search keys and changes</span><input id="search" type="search" placeholder="Search" autocomplete="off" spellcheck="false" aria-keyshortcuts="/"><kbd aria-hidden="true">/</kbd></label>
</div>
<div id="keys">${part('keys')}</div>
<p id="nothing" class="empty" hidden>Nothing matches.</p>
</section>
<div id="details">${part('details')}</div>
</main>
<footer>
<p><span id="live" hidden>The page updates every 3 s while it is in sight. </span>Times are UTC: point at one to see it in full. <a href="${htmlEscape(folder)}status.json">As JSON</a></p>
</footer>
<p id="spoken" class="unseen" role="status">${htmlEscape(page.spoken)}</p>
<script>${pageScript}</script>
</body>
</html>
`
}

/** Nothing but the style and the script of the page itself, and its own JSON. */
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

// Computed for whoever asks for the page first. What it is made of never changes.
let policy: string | undefined

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
