import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { at } from './aws.ts'
import { root } from './entry-points.ts'
import type { Ended } from './run-process.ts'

/** The built command line. */
export const bin: string = join(root, 'dist/cli/main.js')

/** A folder of a user, in which commands are typed. */
export interface Project {
  readonly folder: string
  /** Runs the built command line, and ends it after 30 s. */
  run(...args: string[]): Promise<Ended>
  /** Runs it in a folder below. */
  runIn(folder: string, ...args: string[]): Promise<Ended>
  /** Runs it on a terminal of this width, which shows both streams. */
  runOnTerminal(columns: number, ...args: string[]): Promise<Ended>
  /** Starts it, and goes on. It is killed at the end of the test. */
  start(...args: string[]): Running
  /** The same on a terminal. */
  startOnTerminal(columns: number, ...args: string[]): Running
  /** Starts another program on a terminal, which finds `liveparam` as a command. */
  startProgram(command: string): Running
  write(file: string, text: string): void
}

/** A command line that runs. */
export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<number | null>
  /** What it has printed: the result, and everything. */
  output(): string
  printed(): string
}

/** Makes a folder with these files, where liveparam and zod are installed. It is removed at the end of the test. */
export function makeProject(
  files: Readonly<Record<string, string>>,
  aws?: LocalAws,
  { packages = ['zod', 'jiti'], env = {} }: ProjectOptions = {},
): Project {
  const folder = mkdtempSync(join(tmpdir(), 'liveparam-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/liveparam'), 'dir')
  for (const name of packages) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir')
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  write('package.json', '{ "type": "module" }')
  for (const [file, text] of Object.entries(files)) write(file, text)
  // As in a shell, and not below a package manager.
  const shell = { npm_execpath: undefined, AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' }
  const place = aws === undefined ? shell : { ...shell, AWS_ENDPOINT_URL: at(aws).endpoint, AWS_REGION: at(aws).region }
  const runIn = (below: string, ...args: string[]) =>
    runProgram([process.execPath, bin, ...args], join(folder, below), { ...place, ...env })
  const onTerminal = (columns: number, args: readonly string[]) => {
    const command = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ')
    return ['script', '-qec', `stty cols ${columns} rows 50; exec ${command}`, '/dev/null']
  }
  const terminalEnv = { ...place, TERM: 'xterm', NO_COLOR: '1', ...env }
  return {
    folder,
    write,
    runIn,
    run: (...args) => runIn('', ...args),
    runOnTerminal: (columns, ...args) => runProgram(onTerminal(columns, args), folder, terminalEnv),
    start: (...args) => startProgram([process.execPath, bin, ...args], folder, { ...place, ...env }),
    startProgram(command) {
      write('bin/liveparam', `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`)
      chmodSync(join(folder, 'bin/liveparam'), 0o755)
      const path = `${join(folder, 'bin')}:${process.env.PATH}`
      return startProgram(['script', '-qec', `stty cols 100 rows 50; ${command}`, '/dev/null'], folder, {
        ...terminalEnv,
        PATH: path,
      })
    },
    startOnTerminal: (columns, ...args) => startProgram(onTerminal(columns, args), folder, terminalEnv),
  }
}

export interface ProjectOptions {
  readonly packages?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A module that exports a definition. `schema` is the text of its z.object(). */
export function configModule(schema: string, options = "path: '/shop/prod'"): string {
  return `
    import { defineConfig, json, parameter, secret, sensitive } from 'liveparam'
    import * as z from 'zod'
    export const definition = defineConfig({ ${options}, schema: z.object(${schema}) })
  `
}

type Environment = Readonly<Record<string, string | undefined>>

function startProgram([program = '', ...args]: readonly string[], cwd: string, env: Environment): Running {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const texts = { output: '', printed: '' }
  child.stdout.on('data', (chunk) => {
    texts.output += String(chunk)
    texts.printed += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    texts.printed += String(chunk)
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { process: child, ended, output: () => texts.output, printed: () => texts.printed }
}

async function runProgram([program = '', ...args]: readonly string[], cwd: string, env: Environment): Promise<Ended> {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  })
  const ended = { output: '', errors: '' }
  child.stdout.on('data', (chunk) => {
    ended.output += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    ended.errors += String(chunk)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...ended }
}

/** The proposed commands in what a terminal shows, as they are printed. */
export function nextIn(output: string): string {
  return (output.replaceAll('\r', '').match(/^ {2}→ .*\n/gm) ?? []).join('')
}
