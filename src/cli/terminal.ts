import { styleText } from 'node:util'

/** What a command does with the terminal, the environment and the time. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The folder in which the command was typed. */
  readonly folder: string
  /** Such as `v22.18.0`. */
  readonly nodeVersion: string
  /** Whether stdout is a terminal. */
  readonly isInteractive: boolean
  /** The width of stdout; unlimited if it is not a terminal. */
  readonly columns: number
  /** Aborts when the user interrupts the command. */
  readonly signal: AbortSignal
  now(): number
  /**
   * Passes the signals of the process to a listener, instead of interrupting the command. `isReceived` says whether the
   * processes that the command has started have it already: a terminal sends SIGINT to all of them. Call the result to
   * end this.
   */
  onSignal(listener: SignalListener): () => void
  /** Prints a line, or several, of the result. */
  print(text: string): void
  /** Prints a note for the user, which is not part of the result. */
  note(text: string): void
  /** Replaces the line of progress. Does nothing unless stderr is a terminal. */
  progress(text: string): void
  style(text: string, style: Style): string
}

export type SignalListener = (signal: NodeJS.Signals, isReceived: boolean) => void

/** How a text is emphasised where colour is possible. */
export type Style = 'good' | 'bad' | 'attention' | 'quiet' | 'strong'

const formats = { good: 'green', bad: 'red', attention: 'yellow', quiet: 'dim', strong: 'bold' } as const

/** The parts of a terminal that come from the process. */
export interface TerminalParts {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly environment: Terminal['environment']
  readonly folder: string
  readonly nodeVersion: string
  readonly signal: AbortSignal
  now(): number
  onSignal: Terminal['onSignal']
}

interface OutputStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export function makeTerminal({ stdout, stderr, ...parts }: TerminalParts): Terminal {
  const { environment } = parts
  const hasColor = wantsColor(stdout, environment)
  const isDumb = environment.TERM === 'dumb'
  let shown = ''
  const erase = () => {
    if (shown !== '') stderr.write('\r\u001b[K')
    shown = ''
  }
  return {
    ...parts,
    isInteractive: stdout.isTTY === true,
    columns: stdout.isTTY === true ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY,
    print(text) {
      erase()
      stdout.write(`${text}\n`)
    },
    note(text) {
      erase()
      stderr.write(`${text}\n`)
    },
    progress(text) {
      if (stderr.isTTY !== true || isDumb) return
      erase()
      shown = text.slice(0, (stderr.columns ?? 80) - 1)
      stderr.write(shown)
    },
    style: (text, style) => (hasColor && text !== '' ? colored(text, style) : text),
  }
}

/** @see https://no-color.org */
function wantsColor({ isTTY }: OutputStream, { NO_COLOR, FORCE_COLOR, TERM }: Terminal['environment']): boolean {
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTTY === true && TERM !== 'dumb'
}

function colored(text: string, style: Style): string {
  // Newer versions of Node ask the stream whether it has colour, which is decided above.
  const styled = styleText as (format: string, text: string, options: object) => string
  return styled(formats[style], text, { validateStream: false })
}
