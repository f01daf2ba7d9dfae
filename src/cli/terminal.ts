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
  /** Whether the user can be asked: stdin and stdout are a terminal. */
  readonly canAsk: boolean
  /** The width of stdout; unlimited if it is not a terminal. */
  readonly columns: number
  /** What starts a command line of liveparam in a shell: `liveparam`, or `npx liveparam` if a project has it. */
  readonly program: string
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
  /** Shows whole screens instead of lines. Absent if stdout is not a terminal that can do so. */
  readonly openScreen?: () => Screen
}

/** The whole terminal, until it is closed. Then, what was there before is shown again. */
export interface Screen {
  readonly columns: number
  readonly rows: number
  /** Replaces what is shown. */
  draw(lines: readonly string[]): void
  /** Calls a listener when the size changes. */
  onResize(listener: () => void): void
  close(): void
}

export type SignalListener = (signal: NodeJS.Signals, isReceived: boolean) => void

/** Resolves when the user interrupts the command. */
export function interrupted({ signal }: Pick<Terminal, 'signal'>): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** How a text is emphasised where colour is possible. */
export type Style = 'good' | 'bad' | 'attention' | 'quiet' | 'strong'

// Yellow cannot be read on white.
const formats = { good: 'green', bad: 'red', attention: 'magenta', quiet: 'dim', strong: 'bold' } as const

/** The parts of a terminal that come from the process. */
export interface TerminalParts {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly environment: Terminal['environment']
  /** Whether stdin is a terminal. */
  readonly hasInput: boolean
  readonly folder: string
  readonly program: string
  readonly nodeVersion: string
  readonly signal: AbortSignal
  now(): number
  onSignal: Terminal['onSignal']
}

interface OutputStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
  on?(event: 'resize', listener: () => void): unknown
  off?(event: 'resize', listener: () => void): unknown
}

export function makeTerminal({ stdout, stderr, hasInput, ...parts }: TerminalParts): Terminal {
  const { environment } = parts
  const hasColor = wantsColor(stdout, environment)
  const isDumb = environment.TERM === 'dumb'
  const write = (stream: OutputStream, text: string) =>
    stream.write(stream.isTTY === true && !hasSymbols(environment) ? toAscii(text) : text)
  let shown = ''
  const erase = () => {
    if (shown !== '') stderr.write(`\r${' '.repeat(shown.length)}\r`)
    shown = ''
  }
  return {
    ...parts,
    isInteractive: stdout.isTTY === true,
    canAsk: hasInput && stdout.isTTY === true && !isDumb,
    columns: stdout.isTTY === true ? widthOf(stdout) : Number.POSITIVE_INFINITY,
    print(text) {
      erase()
      write(stdout, `${text}\n`)
    },
    note(text) {
      erase()
      write(stderr, `${text}\n`)
    },
    progress(text) {
      if (stderr.isTTY !== true || isDumb) return
      erase()
      shown = text.slice(0, widthOf(stderr) - 1)
      write(stderr, shown)
    },
    style: (text, style) => (hasColor && text !== '' ? colored(text, style) : text),
    ...(stdout.isTTY === true &&
      !isDumb && { openScreen: () => openScreen(stdout, { erase, write: (text) => write(stdout, text) }) }),
  }
}

// The alternate screen, which has no history, and no cursor.
const enter = '\u001b[?1049h\u001b[?25l'
const leave = '\u001b[?25h\u001b[?1049l'

interface Writing {
  /** Removes the line of progress. */
  erase(): void
  write(text: string): void
}

function openScreen(stdout: OutputStream, { erase, write }: Writing): Screen {
  erase()
  stdout.write(enter)
  let resized = () => {}
  let isOpen = true
  const screen: Screen = {
    get columns() {
      return widthOf(stdout)
    },
    get rows() {
      return stdout.rows || 24
    },
    draw(lines) {
      // Each line is cleared as it is written: clearing the screen first would flicker.
      const text = lines.slice(0, screen.rows).map((line) => `${line}\u001b[K`)
      write(`\u001b[H${text.join('\r\n')}\u001b[J`)
    },
    onResize(listener) {
      resized = listener
      stdout.on?.('resize', resized)
    },
    close() {
      if (!isOpen) return
      isOpen = false
      stdout.off?.('resize', resized)
      stdout.write(leave)
    },
  }
  return screen
}

// Some terminals, such as those of containers, report a width of 0.
function widthOf({ columns }: OutputStream): number {
  return columns || 80
}

/** Whether a terminal shows more than ASCII. Without a setting, it is taken for one of today. */
function hasSymbols({ TERM, LC_ALL, LC_CTYPE, LANG }: Terminal['environment']): boolean {
  return TERM !== 'dumb' && TERM !== 'linux' && /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || 'UTF-8')
}

// Of the same width, so that tables stay aligned.
const ascii: Readonly<Record<string, string>> = {
  '✓': '+',
  '✗': 'x',
  '≠': '!',
  '·': '-',
  '●': '*',
  '→': '>',
  '…': '~',
}

function toAscii(text: string): string {
  return text.replace(/[✓✗≠·●→…]/g, (symbol) => ascii[symbol] ?? symbol)
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
