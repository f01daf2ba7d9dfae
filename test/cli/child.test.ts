import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Child } from '../../src/cli/child.ts'
import { createFakeClock } from '../../src/testing/index.ts'

let folder: string
const children: Child[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'liveparam-child-'))
})

afterEach(() => {
  for (const child of children.splice(0)) child.signal('SIGKILL', false)
  rmSync(folder, { recursive: true })
})

// Each notes what happens to it in the file `log`.
const log = `const log = (text) => require('node:fs').appendFileSync('log', text + ' ')`
const waits = `${log}; process.on('SIGTERM', () => { log('ends'); process.exit(0) }); log(process.env.LEVEL); setInterval(() => {}, 1e6)`
const ignores = `${log}; process.on('SIGTERM', () => log('ignores')); log(process.env.LEVEL); setInterval(() => {}, 1e6)`

function run(program: string, killAfterMs = 5_000) {
  const clock = createFakeClock()
  const child = new Child({ command: [process.execPath, '-e', program], folder, clock, killAfterMs })
  children.push(child)
  child.start({ LEVEL: 'first' })
  return { child, clock }
}

async function isLogged(text: string): Promise<void> {
  const path = join(folder, 'log')
  await expect.poll(() => (existsSync(path) ? readFileSync(path, 'utf8') : '')).toBe(text)
}

describe('a child', () => {
  it('that ends by itself passes its exit code on', async () => {
    const { child } = run('process.exit(3)')

    expect(await child.ended).toBe(3)
  })

  it('that is killed has the code of the signal', async () => {
    const { child } = run(waits)
    await isLogged('first ')
    child.signal('SIGKILL', false)

    expect(await child.ended).toBe(137)
  })

  it('receives the signals, and may go on', async () => {
    const { child } = run(ignores)
    await isLogged('first ')
    child.signal('SIGTERM', false)
    await isLogged('first ignores ')
    child.signal('SIGTERM', true)
    child.signal('SIGKILL', false)

    expect(await child.ended).toBe(137)
    await isLogged('first ignores ')
  })

  it.each([
    ['there-is-no-such-program', 127, 'there is no command there-is-no-such-program: check its spelling and PATH'],
    ['./', 126, './ cannot be run: make the file executable'],
  ])('%s cannot be started', async (program, exitCode, message) => {
    const child = new Child({ command: [program], folder, clock: createFakeClock(), killAfterMs: 1 })
    child.start({ PATH: process.env.PATH })

    await expect(child.ended).rejects.toMatchObject({ exitCode, message })
  })
})

it('a child with more environment than the system takes cannot be started, and the error shows none of it', async () => {
  const child = new Child({ command: [process.execPath], folder, clock: createFakeClock(), killAfterMs: 1 })
  child.start({ BIG: 'hunter2'.repeat(1_000_000) })
  const error = await child.ended.catch((thrown: unknown) => thrown)

  expect(error).toMatchObject({ exitCode: 126, message: expect.stringContaining('store shorter values') })
  expect(String(error)).not.toContain('hunter2')
})

describe('a child that is replaced', () => {
  it('ends before the next one starts', async () => {
    const { child } = run(waits)
    await isLogged('first ')
    await child.replace({ LEVEL: 'second' })

    await isLogged('first ends second ')
  })

  it('starts once for all changes that arrive until it has ended', async () => {
    const { child } = run(waits)
    await isLogged('first ')
    const replaced = [child.replace({ LEVEL: 'second' }), child.replace({ LEVEL: 'third' })]
    await Promise.all(replaced)

    await isLogged('first ends third ')
  })

  it('is killed when it has not ended in time', async () => {
    const { child, clock } = run(ignores)
    await isLogged('first ')
    const replaced = child.replace({ LEVEL: 'second' })
    await isLogged('first ignores ')
    await clock.advance(4_999)
    await isLogged('first ignores ')
    await clock.advance(1)
    await replaced

    await isLogged('first ignores second ')
  })

  it('does not start again after a signal to end', async () => {
    const { child, clock } = run(ignores)
    await isLogged('first ')
    const replaced = child.replace({ LEVEL: 'second' })
    await isLogged('first ignores ')
    child.signal('SIGINT', true)
    await clock.advance(5_000)
    await replaced

    expect(await child.ended).toBe(137)
    await isLogged('first ignores ')
  })

  it('does nothing once the child has ended by itself', async () => {
    const { child } = run('process.exit(0)')
    expect(await child.ended).toBe(0)
    await child.replace({ LEVEL: 'second' })

    expect(existsSync(join(folder, 'log'))).toBe(false)
  })
})
