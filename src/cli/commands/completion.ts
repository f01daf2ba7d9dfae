import type { Arguments } from '../arguments.ts'
import { commonOptions } from '../arguments.ts'
import { type Command, type ExitCode, type OptionSpec, UsageError } from '../command.ts'
import type { CommandEntry } from '../commands.ts'
import type { Terminal } from '../terminal.ts'

const shells = ['bash', 'zsh']

export const completion: Command = {
  name: 'completion',
  summary: 'Print the completion script for bash or zsh',
  usage: 'bash|zsh',
  examples: [
    { line: 'source <(liveparam completion bash)', means: 'in ~/.bashrc' },
    { line: 'source <(liveparam completion zsh)', means: 'in ~/.zshrc, after compinit' },
  ],
  most: 1,
  choices: shells,
  options: {},
  async run(given: Arguments, terminal: Terminal, entries: readonly CommandEntry[]): Promise<ExitCode> {
    const [shell] = given.positionals
    if (shell === undefined || !shells.includes(shell)) {
      throw new UsageError('liveparam completion needs the name of a shell: bash or zsh', 'liveparam completion bash')
    }
    const all = await Promise.all(entries.map((entry) => entry.load()))
    terminal.print(shell === 'bash' ? bashScript(all) : zshScript(all))
    return 0
  },
}

function bashScript(all: readonly Command[]): string {
  const names = [...all.map(({ name }) => name), 'help'].join(' ')
  return `# liveparam completion for bash
_liveparam() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$word"))
    return
  fi
  case "$command $before" in
${all.flatMap((command) => bashChoices(command)).join('\n')}
  esac
  case "$command" in
    help) COMPREPLY=($(compgen -W "${names}" -- "$word")) ;;
${all.map(bashCase).join('\n')}
  esac
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _liveparam liveparam`
}

function bashChoices({ name, options, choices = [] }: Command): string[] {
  const values = Object.entries(options).flatMap(([option, { choices: own }]) =>
    own === undefined
      ? []
      : [`    "${name} --${option}") COMPREPLY=($(compgen -W "${own.join(' ')}" -- "$word")); return ;;`],
  )
  if (choices.length === 0) return values
  return [...values, `    "${name} ${name}") COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$word")); return ;;`]
}

function bashCase({ name, options }: Command): string {
  const words = Object.keys({ ...options, ...commonOptions }).map((option) => `--${option}`)
  return `    ${name}) case "$word" in -*) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word")) ;; esac ;;`
}

function zshScript(all: readonly Command[]): string {
  return `#compdef liveparam
# liveparam completion for zsh
_liveparam() {
  local -a commands
  commands=(
${all.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
    'help:Show the help of a command'
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local name=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $name in
    help) _describe 'command' commands ;;
${all.map(zshCase).join('\n')}
  esac
}
compdef _liveparam liveparam`
}

function zshCase({ name, options, choices }: Command): string {
  const specs = Object.entries({ ...options, ...commonOptions }).map(([option, spec]) => zshOption(option, spec))
  const first = choices === undefined ? "'1:definition:_files'" : `'1:choice:(${choices.join(' ')})'`
  return `    ${name}) _arguments ${[...specs, first, "'*:file:_files'"].join(' ')} ;;`
}

function zshOption(name: string, { type, help, value = '<value>', choices, multiple }: OptionSpec): string {
  const repeat = multiple === true ? '*' : ''
  const text = help.replace(/[[\]:]/g, (char) => `\\${char}`)
  const argument =
    type === 'boolean'
      ? ''
      : `:${value.replace(/[<>]/g, '')}:${choices === undefined ? '_files' : `(${choices.join(' ')})`}`
  return quoted(`${repeat}--${name}[${text}]${argument}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
