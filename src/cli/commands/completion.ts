import type { Arguments } from '../arguments.ts'
import { commonOptions } from '../arguments.ts'
import { type Command, type ExitCode, type OptionSpec, UsageError } from '../command.ts'
import type { CommandEntry } from '../commands.ts'
import { definitionExports, openDefinition } from '../open-definition.ts'
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
  most: 2,
  choices: shells,
  options: {},
  details: [
    'Where only a project has liveparam, and no shell finds it, define it first: liveparam() { npx liveparam "$@"; }',
  ],
  async run(given: Arguments, terminal: Terminal, entries: readonly CommandEntry[]): Promise<ExitCode> {
    const [shell, file] = given.positionals
    const words = await wordsFor.get(shell ?? '')?.(file, given, terminal)
    if (words !== undefined) {
      terminal.print(words.join('\n'))
      return 0
    }
    if (shell === undefined || !shells.includes(shell)) {
      throw new UsageError('liveparam completion needs the name of a shell: bash or zsh', 'liveparam completion bash')
    }
    const all = await Promise.all(entries.map((entry) => entry.load()))
    terminal.print(shell === 'bash' ? bashScript(all) : zshScript(all))
    return 0
  },
}

// The scripts ask for these words, which depend on the definition, while the user types.
const wordsFor: ReadonlyMap<string, typeof definitionExports> = new Map([
  ['exports', definitionExports],
  ['keys', definitionKeys],
])

async function definitionKeys(...[file, given, terminal]: Parameters<typeof definitionExports>): Promise<string[]> {
  const { options } = await openDefinition(file, given, terminal)
  const { inspectDefinition } = await import('../../tools/inspect-definition.ts')
  return inspectDefinition(options).keys.map(({ key }) => key)
}

// The first word that names a module.
const moduleName = `*.(ts|js|mts|mjs|cts|cjs)`

function bashScript(all: readonly Command[]): string {
  const names = [...all.map(({ name }) => name), 'help'].join(' ')
  return `# liveparam completion for bash
_liveparam() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local definition entry
  for entry in "\${COMP_WORDS[@]:2}"; do
    case $entry in *.ts | *.js | *.[mc]ts | *.[mc]js) definition=$entry; break ;; esac
  done
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$word"))
    return
  fi
  case "$before" in
    --export) COMPREPLY=($(compgen -W "$(liveparam completion exports $definition 2>/dev/null)" -- "$word")); return ;;
  esac
  case "$command $before" in
${all.flatMap((command) => bashChoices(command)).join('\n')}
  esac
  case "$command" in
    help) COMPREPLY=($(compgen -W "${names}" -- "$word")) ;;
${all.map(bashCase).join('\n')}
  esac
  case "$command $word" in
    "explain -"* | "history -"*) ;;
    explain* | history*) COMPREPLY=($(compgen -W "$(liveparam completion keys $definition 2>/dev/null)" -- "$word")) ;;
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
_liveparam_words() {
  local -a found
  found=(\${(f)"$(liveparam completion $1 \${words[(r)${moduleName}]} 2>/dev/null)"})
  compadd -a found
}
_liveparam_keys() {
  _liveparam_words keys
  _files -g '${moduleName}'
}
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
  const takesKey = name === 'explain' || name === 'history'
  const first = choices === undefined ? '' : `'1:choice:(${choices.join(' ')})'`
  const rest = takesKey ? "'*:key:_liveparam_keys'" : "'*:file:_files'"
  return `    ${name}) _arguments ${[...specs, first, rest].filter((part) => part !== '').join(' ')} ;;`
}

function zshOption(name: string, { type, help, value = '<value>', choices, multiple }: OptionSpec): string {
  const repeat = multiple === true ? '*' : ''
  const text = help.replace(/[[\]:]/g, (char) => `\\${char}`)
  const values = name === 'export' ? '{_liveparam_words exports}' : '_files'
  const argument =
    type === 'boolean'
      ? ''
      : `:${value.replace(/[<>]/g, '')}:${choices === undefined ? values : `(${choices.join(' ')})`}`
  return quoted(`${repeat}--${name}${type === 'boolean' ? '' : '='}[${text}]${argument}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
