import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { closeOnSignals } from '../../src/index.ts'

const fixture = fileURLToPath(new URL('../support/ending-process.mjs', import.meta.url))

describe('closeOnSignals', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('closes the config, and %s then ends the process', async (signal) => {
    const { output, ...end } = await endBy(signal, 'plain')

    expect(output).toBe('up\ndestroyed x\nclosed\n')
    expect(end).toEqual({ code: null, signal, errors: '' })
  })

  it('closes the config after `before` fails, and reports the error', async () => {
    const { output, errors, ...end } = await endBy('SIGTERM', 'rejecting')

    expect(output).toBe('up\ndestroyed x\nclosed\n')
    expect(errors).toContain('the server would not close')
    expect(end).toEqual({ code: 1, signal: null })
  })

  it('waits no longer than timeoutMs', async () => {
    expect(await endBy('SIGTERM', 'hanging')).toEqual({ output: 'up\n', errors: '', code: null, signal: 'SIGTERM' })
  })

  it('takes a timeoutMs that a timer cannot hold', async () => {
    const { output, ...end } = await endBy('SIGTERM', 'patient')

    expect(output).toBe('up\nready to close\ndestroyed x\nclosed\n')
    expect(end).toEqual({ code: null, signal: 'SIGTERM', errors: '' })
  })

  it('waits until all configs are closed', async () => {
    const { output, ...end } = await endBy('SIGTERM', 'two')

    expect(output).toBe('up\ndestroyed x\nclosed\ndestroyed slowly\n')
    expect(end).toEqual({ code: null, signal: 'SIGTERM', errors: '' })
  })

  it('ends at the second signal while a config is still being closed', async () => {
    const { output, ...end } = await endBy('SIGTERM', 'two, hanging', /closed\n/)

    expect(output).toBe('up\ndestroyed x\nclosed\n')
    expect(end).toEqual({ code: null, signal: 'SIGTERM', errors: '' })
  })

  it('does not end the process if other code listens to the signal', async () => {
    const { output, ...end } = await endBy('SIGTERM', 'shared')

    expect(output).toBe('up\nsomebody else\ndestroyed x\nclosed\n')
    expect(end).toEqual({ code: 0, signal: null, errors: '' })
  })

  it('stops listening when it is disposed of', async () => {
    expect(await endBy('SIGTERM', 'taken')).toEqual({ output: 'up\n', errors: '', code: null, signal: 'SIGTERM' })
  })

  it('refuses an argument that is not a live config, and unknown options', () => {
    const config = { close: async () => undefined }
    for (const wrong of [undefined, { path: '/app' }, Promise.resolve(config)]) {
      // @ts-expect-error these are not live configs
      expect(() => closeOnSignals(wrong)).toThrow(
        new TypeError('closeOnSignals(): pass the live config that loadConfig() or createConfig() returns'),
      )
    }
    const refuses = (options: object, message: string) =>
      expect(() => closeOnSignals(config, options)).toThrow(new TypeError(`closeOnSignals(): ${message}`))
    refuses({ timeout: 1 }, 'there is no option timeout: did you mean timeoutMs?')
    refuses({ before: 'x' }, 'before must be a function')
    refuses({ timeoutMs: '1' }, 'timeoutMs must be a number of milliseconds, 0 or more and finite')
  })
})

interface Ending {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
  readonly errors: string
}

/** Sends the signal when the process is up, and once more when it has printed `again`. */
async function endBy(signal: 'SIGTERM' | 'SIGINT', how: string, again?: RegExp): Promise<Ending> {
  const child = spawn(process.execPath, [fixture, how], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 })
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
    if (String(chunk).includes('up\n') || again?.test(String(chunk))) child.kill(signal)
  })
  child.stderr.on('data', (chunk) => {
    errors += String(chunk)
  })
  const [code, by] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (...end) => resolve(end))
  })
  return { code, signal: by, output, errors }
}
