import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { nearest } from '../messages/nearest.ts'
import type { Arguments } from './arguments.ts'
import { UsageError } from './command.ts'
import { nextCommand } from './next-command.ts'

const names = [
  'liveparam.config',
  'config',
  'src/config',
  'src/config/index',
  'config/index',
  'lib/config',
  'app/config',
]
const endings = ['ts', 'mts', 'js', 'mjs', 'cts', 'cjs']

/**
 * The module that exports the definition: the given one, or the first usual name in this folder, and in the folders
 * above it up to the next package.json.
 *
 * @throws UsageError if no such module exists.
 */
export function findDefinition(named: string | undefined, folder: string, given: Arguments): string {
  if (named !== undefined) {
    const file = isAbsolute(named) ? named : resolve(folder, named)
    const found = [file, ...endings.map((ending) => `${file}.${ending}`)].find((path) => existsSync(path))
    if (found !== undefined && /\.[cm]?[jt]sx?$/.test(found)) return found
    throw found === undefined ? noFile(named, file, given) : notAModule(named, given)
  }
  const searched = foldersUpFrom(folder)
  const candidates = searched.flatMap((place) =>
    names.flatMap((name) => endings.map((ending) => join(place, `${name}.${ending}`))),
  )
  const found = candidates.find((path) => existsSync(path))
  if (found !== undefined) return found
  const usual = names.slice(0, 3).map((name) => `${name}.ts`)
  throw new UsageError(
    `found no definition in ${searched.join(' or ')}: looked for ${usual.join(', ')} and the like. Name its file, or write one from what is stored`,
    nextCommand(given, { command: given.command, words: ['path/to/config.ts'] }),
    nextCommand(given, { command: 'init', without: ['export', 'path'] }),
  )
}

/** A path as the user would type it. */
export function shownPath(file: string, folder: string): string {
  const path = relative(folder, file)
  return path === '' || path.startsWith('..') ? file : path
}

function foldersUpFrom(folder: string): string[] {
  const folders = [folder]
  for (let current = folder; !existsSync(join(current, 'package.json')); ) {
    const parent = dirname(current)
    if (parent === current) return [folder]
    folders.push(parent)
    current = parent
  }
  return folders
}

function noFile(named: string, file: string, given: Arguments): UsageError {
  const siblings = names.flatMap((name) => endings.map((ending) => `${name}.${ending}`))
  const present = siblings.filter((path) => existsSync(join(dirname(file), path)))
  const close = nearest(named, present) ?? present[0]
  const message = `there is no file ${named}${close === undefined ? '' : `: did you mean ${close}?`}`
  return new UsageError(message, nextCommand(given, { command: given.command, words: [close ?? 'path/to/config.ts'] }))
}

function notAModule(named: string, given: Arguments): UsageError {
  return new UsageError(
    `${named} is not a module: name the TypeScript or JavaScript file that exports the definition`,
    nextCommand(given, { command: given.command, words: ['path/to/config.ts'] }),
  )
}
