import { printable } from '../../messages/printable.ts'

/** Text that is safe to send as HTML. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Content = Html | string | undefined | readonly Content[]

/**
 * HTML from a template. Its line breaks are removed, with the indents after them. Values are escaped, and invisible
 * characters in them become `\u001b` and the like.
 */
export function html(template: TemplateStringsArray, ...values: readonly Content[]): Html {
  const [start = '', ...rest] = template.map((part) => part.replace(/\n\s*/g, ''))
  return new Html(start + rest.map((part, index) => render(values[index]) + part).join(''))
}

/** The same for a text whose line breaks are kept, inside `pre`. */
export function lines(text: string): Html {
  return new Html(text.split('\n').map(render).join('\n'))
}

function render(content: Content): string {
  if (content === undefined) return ''
  if (content instanceof Html) return content.text
  if (typeof content !== 'string') return content.map(render).join('')
  return printable(content).replace(/[&<>"']/g, (character) => `&${entities[character]};`)
}

const entities: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }

/** `12 s`, `5 min`, `3 h`, `8 days` */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** `2026-11-25 18:03:11 UTC` */
export function formatTime(at: number): string {
  return `${toIso(at).slice(0, 19).replace('T', ' ')} UTC`
}

/** A `time` element that reads `12 s ago`. */
export function ago(at: number, now: number): Html {
  return time(at, now - at < 1_500 ? 'just now' : `${formatDuration(now - at)} ago`)
}

/** A `time` element that shows the full time as its tooltip. */
export function time(at: number, text: string = formatTime(at)): Html {
  return html`<time datetime="${toIso(at)}" title="${formatTime(at)}">${text}</time>`
}

// A source of the user's own may give a number that is no date.
function toIso(at: number): string {
  return new Date(Math.abs(at) <= maxDateMs ? at : 0).toISOString()
}

const maxDateMs = 8_640_000_000_000_000

/** `1 key`, `2 keys` */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString('en')} ${amount === 1 ? one : many}`
}

/** The beginning of a long version id, such as those of secrets. */
export function shortVersion(version: string): string {
  return version.length > 12 ? `${version.slice(0, 8)}…` : version
}
