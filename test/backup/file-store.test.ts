import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { fileStore } from '../../src/backup/index.ts'
import type { SnapshotStore } from '../../src/source/index.ts'
import { snapshotStoreContract } from '../../src/testing/index.ts'
import { memorySnapshotStore } from '../support/backup.ts'
import { rejection } from '../support/rejection.ts'
import { runs } from '../support/suite.ts'

const now = { signal: new AbortController().signal }

const programs = mkdtempSync(join(tmpdir(), 'liveparam-programs-'))
afterAll(() => rmSync(programs, { recursive: true }))

// The user without permissions on Linux.
const otherUser = 65_534

describe('the contract of snapshot stores', () => {
  for (const { name, run } of snapshotStoreContract) {
    it(`fileStore ${name}`, () => run(() => fileStore({ path: join(folder(), 'made/by/the store') })))
    it(`a store in memory ${name}`, () => run(memorySnapshotStore))
  }
})

describe('fileStore', () => {
  it('keeps files that only their user can read, in a directory of the same kind', async () => {
    const path = join(folder(), 'state')
    await fileStore({ path }).write('app-1', Uint8Array.of(1), now)

    expect(statSync(join(path, 'app-1.backup')).mode & 0o777).toBe(0o600)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(readdirSync(path)).toEqual(['app-1.backup'])
  })

  it('removes the temporary files of writers that were killed, and no other files', async () => {
    const path = folder()
    const minutesAgo = new Date(Date.now() - 600_000)
    for (const name of ['app-1.backup.dead.tmp', 'app-2.backup.dead.tmp', 'other.tmp', 'app-3.backup']) {
      writeFileSync(join(path, name), 'x')
      utimesSync(join(path, name), minutesAgo, minutesAgo)
    }
    writeFileSync(join(path, 'app-1.backup.alive.tmp'), 'x')
    await fileStore({ path }).write('app-1', Uint8Array.of(1), now)

    expect(readdirSync(path).sort()).toEqual(['app-1.backup', 'app-1.backup.alive.tmp', 'app-3.backup', 'other.tmp'])
  })

  it('removes a backup that no process has written for 30 days, and no other one', async () => {
    const path = folder()
    for (const [name, days] of [
      ['app-earlier-schema.backup', 31],
      ['app-other.backup', 29],
      ['other.json', 400],
    ] as const) {
      const writtenAt = new Date(Date.now() - days * 86_400_000)
      writeFileSync(join(path, name), 'x')
      utimesSync(join(path, name), writtenAt, writtenAt)
    }
    await fileStore({ path }).write('app-1', Uint8Array.of(1), now)

    expect(readdirSync(path).sort()).toEqual(['app-1.backup', 'app-other.backup', 'other.json'])
  })

  it('leaves the file before when the disk cannot take a write', async () => {
    const path = folder()
    const store = fileStore({ path })
    await store.write('app-1', Uint8Array.of(1), now)
    // The draft takes the place of a file that cannot be replaced.
    mkdirSync(join(path, 'app-2.backup'))
    const error = await rejection(store.write('app-2', Uint8Array.of(2), now))

    expect(error).toMatchObject({ code: expect.stringMatching(/^E/), syscall: 'rename' })
    expect(readdirSync(path).sort()).toEqual(['app-1.backup', 'app-2.backup'])
  })

  it.runIf(existsSync('/sys/kernel'))('rejects on a file system that cannot be written to', async () => {
    const error = await rejection(fileStore({ path: '/sys/kernel/state' }).write('app-1', Uint8Array.of(1), now))
    expect(error).toMatchObject({ code: expect.stringMatching(/^(EROFS|EACCES|EPERM|ENOENT)$/), syscall: 'mkdir' })
  })

  it('rejects in a directory that cannot be written to', async () => {
    const path = folder()
    chmodSync(path, 0o500)
    const isRoot = process.getuid?.() === 0
    // The mode does not bind root.
    if (isRoot) process.seteuid?.(otherUser)
    try {
      const error = await rejection(fileStore({ path }).write('app-1', Uint8Array.of(1), now))
      expect(error).toMatchObject({ code: 'EACCES' })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  it('refuses a key that could leave the directory', async () => {
    const store = fileStore({ path: folder() })
    for (const key of ['../x', 'a/b', '', 'a\\b', 'a\0', 'x'.repeat(300)]) {
      expect(await rejection(Promise.resolve().then(() => store.read(key, now)))).toBeInstanceOf(TypeError)
    }
  })

  it.each<[string, unknown, string]>([
    ['no options', undefined, 'fileStore(): pass an object with path'],
    ['no path', {}, 'fileStore(): path must be the absolute path of a directory'],
    ['a relative path', { path: 'state' }, 'fileStore(): path must be the absolute path of a directory'],
    ['an unknown option', { path: '/x', mode: 0o644 }, 'fileStore(): there is no option mode'],
  ])('refuses %s', (_, options, message) => {
    expect(() => fileStore(options as never)).toThrow(message)
  })

  it('leaves the bytes before or after a write whenever its process is killed', { timeout: 120_000 }, async () => {
    const path = folder()
    const store = fileStore({ path })
    await store.write('app-1', new Uint8Array(20_000).fill(0), now)
    for (let round = 0; round < runs(40); round++) {
      await killWhileWriting(path, 3 + ((round * 7) % 40))
      await expectWhole(store)
    }
  })

  it('keeps whole bytes while two processes write at once', { timeout: 60_000 }, async () => {
    const path = folder()
    const store = fileStore({ path })
    await store.write('app-1', new Uint8Array(20_000).fill(0), now)
    const writers = [startWriter(path), startWriter(path)]
    await Promise.all(writers.map(({ isWriting }) => isWriting))
    for (let round = 0; round < 50; round++) await expectWhole(store)
    await Promise.all(writers.map(({ kill }) => kill()))

    await expectWhole(store)
  })
})

async function expectWhole(store: SnapshotStore): Promise<void> {
  const bytes = await store.read('app-1', now)
  const [first = -1] = bytes ?? []
  expect(bytes?.length).toBe(20_000 + first)
  expect(bytes?.every((byte) => byte === first)).toBe(true)
}

async function killWhileWriting(path: string, afterMs: number): Promise<void> {
  const { isWriting, kill } = startWriter(path)
  await isWriting
  // The moment of the kill is the point of the test: any of them must do.
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  await kill()
}

function startWriter(path: string): { readonly isWriting: Promise<unknown>; kill(): Promise<unknown> } {
  const child = spawn(process.execPath, [writerProgram(), path, 'app-1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: undefined },
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    isWriting: Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Compiles the program once: to compile it for each of many processes takes minutes. */
function writerProgram(): string {
  const entry = fileURLToPath(new URL('../support/kill-writer-process.ts', import.meta.url))
  const outfile = join(programs, 'writer.mjs')
  if (!existsSync(outfile)) buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' })
  return outfile
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'liveparam-store-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
