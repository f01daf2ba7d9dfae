import { parseArgs } from 'node:util'
import { nearest } from '../messages/nearest.ts'
import { type Command, type OptionSpec, UsageError } from './command.ts'

/** What was typed after the name of a command. */
export class Arguments {
  /** The name of the command. */
  readonly command: string
  readonly positionals: readonly string[]
  /** What follows `--`. */
  readonly rest: readonly string[]
  readonly #options: ReadonlyMap<string, readonly (string | true)[]>

  constructor(
    command: string,
    positionals: readonly string[],
    rest: readonly string[],
    options: ReadonlyMap<string, readonly (string | true)[]>,
  ) {
    this.command = command
    this.positionals = positionals
    this.rest = rest
    this.#options = options
  }

  has(name: string): boolean {
    return this.#options.has(name)
  }

  /** The values of an option that may be repeated. */
  texts(name: string): readonly string[] {
    return (this.#options.get(name) ?? []).filter((value) => value !== true)
  }

  /**
   * The value of an option.
   *
   * @throws UsageError if the option was given more than once.
   */
  text(name: string): string | undefined {
    const [value, ...others] = this.texts(name)
    if (others.length === 0) return value
    throw new UsageError(
      `--${name} takes one value, and was given ${others.length + 1}`,
      `liveparam help ${this.command}`,
    )
  }
}

/** Options that every command has. */
export const commonOptions: Readonly<Record<string, OptionSpec>> = {
  help: { type: 'boolean', short: 'h', help: 'Show this help' },
}

/** @throws UsageError for a mistake, with the nearest name. */
export function parseArguments(argv: readonly string[], command: Command): Arguments {
  const specs = { ...command.options, ...commonOptions }
  const split = argv.indexOf('--')
  const rest = split === -1 ? [] : argv.slice(split + 1)
  const { tokens } = parseArgs({
    args: [...(split === -1 ? argv : argv.slice(0, split))],
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { type, short }]) => [
        name,
        { type, multiple: true as const, ...(short !== undefined && { short }) },
      ]),
    ),
    strict: false,
    tokens: true,
  })
  // `dev node -e …` lacks the `--`.
  const lacksSeparator = command.takesCommand === true && split === -1
  const options = new Map<string, (string | true)[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined
    if (spec === undefined) {
      const isOfCommand = lacksSeparator && positionals.length > 0
      throw isOfCommand ? unseparated(command) : unknownOption(token.rawName, command, specs)
    }
    const value = optionValue(token.rawName, token.value, spec, command)
    options.set(token.name, [...(options.get(token.name) ?? []), value])
  }
  if (rest.length > 0 && command.takesCommand !== true) positionals.push(...rest)
  if (positionals.length > command.most && !options.has('help')) {
    throw lacksSeparator ? unseparated(command) : tooMany(positionals, command)
  }
  return new Arguments(command.name, positionals, rest, options)
}

function optionValue(name: string, value: string | undefined, spec: OptionSpec, command: Command): string | true {
  const help = `liveparam help ${command.name}`
  if (spec.type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${name} takes no value`, help)
    return true
  }
  // parseArgs takes the next option for a value.
  if (value === undefined || (value.startsWith('--') && value.length > 2)) {
    throw new UsageError(`${name} needs a value: ${name} ${spec.value ?? '<value>'}`, help)
  }
  if (spec.choices === undefined || spec.choices.includes(value)) return value
  const refused = spec.refused?.[value]
  if (refused !== undefined) throw new UsageError(refused, help)
  const close = nearest(value, spec.choices)
  const guess = close === undefined ? '' : `: did you mean ${close}?`
  throw new UsageError(`${name} takes ${spec.choices.join(', ')}, and not ${JSON.stringify(value)}${guess}`, help)
}

function unknownOption(given: string, { name }: Command, specs: Readonly<Record<string, OptionSpec>>): UsageError {
  const known = Object.entries(specs).flatMap(([long, { short }]) => [
    `--${long}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ])
  const close = nearest(given, known) ?? known.find((option) => given.startsWith('--') && option.startsWith(given))
  const guess = close === undefined ? '' : `: did you mean ${close}?`
  return new UsageError(`liveparam ${name} has no option ${given}${guess}`, `liveparam help ${name}`)
}

// Does not quote the command, which can contain a password.
function unseparated({ name, usage }: Command): UsageError {
  return new UsageError(`liveparam ${name}: put -- before the command to run`, `liveparam ${name} ${usage}`)
}

function tooMany(positionals: readonly string[], { name, usage, most }: Command): UsageError {
  const extra = positionals.slice(most).map((text) => JSON.stringify(text))
  const form = `liveparam ${name}${usage === '' ? '' : ` ${usage}`}`
  return new UsageError(`${form} does not take ${extra.join(' ')}`, `liveparam help ${name}`)
}
