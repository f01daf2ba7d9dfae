import type { ConfigEnvironment } from '../tools/environment.ts'
import { UsageError } from './command.ts'

/** @throws UsageError if a variable would replace another one of the environment, such as `PATH`. */
export function checkReplaced(
  { variables }: ConfigEnvironment,
  environment: Readonly<Record<string, string | undefined>>,
  command: string,
): void {
  const replaced = Object.keys(variables).filter((name) => {
    return environment[name] !== undefined && environment[name] !== variables[name]
  })
  if (replaced.length === 0) return
  const subject = replaced.length === 1 ? 'the environment variable' : 'environment variables that are set'
  throw new UsageError(
    `this would replace ${subject}: ${replaced.join(', ')}. Give the variables a prefix, or replace them with --overwrite`,
    `liveparam ${command} --prefix APP_ -- <command>`,
  )
}
