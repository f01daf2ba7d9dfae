import type { Command } from './command.ts'

/** A command before its file is loaded. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  load(): Promise<Command>
}

/** Every command, in the order of the help. A command line loads the file of its own command only. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'check',
    summary: 'Compare what is stored with the schema, as a start would',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'explain',
    summary: 'Show where each key comes from: parameter, layer, type, version',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'diff',
    summary: 'Compare two environments by key: two paths, two accounts, or a report',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  {
    name: 'history',
    summary: 'Show the versions of a key: dates, users and labels',
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'watch',
    summary: 'Follow a configuration live: its state, its versions, and every change',
    load: async () => (await import('./commands/watch.ts')).watch,
  },
  {
    name: 'exec',
    summary: 'Run a command with the configuration as environment variables',
    load: async () => (await import('./commands/exec.ts')).exec,
  },
  {
    name: 'init',
    summary: 'Write a definition, or a seed for dev, from what is stored below a path',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'dev',
    summary: 'Run a command with a local AWS that holds the parameters of a file',
    load: async () => (await import('./commands/dev.ts')).dev,
  },
  {
    name: 'infra',
    summary: 'Print the IAM policy that a definition needs, or the resources of its notifications',
    load: async () => (await import('./commands/infra.ts')).infra,
  },
  {
    name: 'completion',
    summary: 'Print the completion script for bash or zsh',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
]
