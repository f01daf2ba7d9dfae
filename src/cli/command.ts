import type { Arguments } from './arguments.ts'
import type { CommandEntry } from './commands.ts'
import type { Terminal } from './terminal.ts'

/** 0: fine. 1: the check failed. 2: wrong usage, or an error of the command itself. */
export type ExitCode = number

/** One option, such as `--region <region>`. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string'
  /** Whether it may be given several times. @default false */
  readonly multiple?: boolean
  /** The name of its value in the help. */
  readonly value?: string
  /** The only values that it takes. @default any text */
  readonly choices?: readonly string[]
  /** Values that it refuses, and why. */
  readonly refused?: Readonly<Record<string, string>>
  readonly short?: string
  readonly help: string
}

/** An example in the help of a command. */
export interface Example {
  readonly line: string
  readonly means: string
}

/** One command, as its file exports it. */
export interface Command {
  readonly name: string
  readonly summary: string
  /** The positional arguments, such as `[definition]`. */
  readonly usage: string
  /** Two or three examples. The help shows them first. */
  readonly examples: readonly [Example, Example, ...Example[]]
  readonly options: Readonly<Record<string, OptionSpec>>
  /** The first positional arguments that it takes, for completion. @default files */
  readonly choices?: readonly string[]
  /** How many positional arguments it takes at most. */
  readonly most: number
  /** Whether it takes a command line of its own after `--`. @default false */
  readonly takesCommand?: boolean
  /** Paragraphs below the options. */
  readonly details?: readonly string[]
  /** @param all Every command, for the completion script. */
  run(given: Arguments, terminal: Terminal, all: readonly CommandEntry[]): Promise<ExitCode>
}

/** A mistake of the user, shown as one block with the next command to type. */
export class UsageError extends Error {
  /** What to type next. */
  readonly next: readonly string[]

  constructor(message: string, ...next: string[]) {
    super(message)
    this.next = next
  }
}
