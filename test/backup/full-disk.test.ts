import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { localAws, put } from '../support/aws.ts'
import { backupWorld, memorySnapshotStore } from '../support/backup.ts'

const path = mkdtempSync(join(tmpdir(), 'liveparam-disk-'))
afterAll(() => rmSync(path, { recursive: true }))

// A file system in memory that one process and its children see, and that ends with them.
const mounting = ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=16k tmpfs "$STATE_PATH" && exec "$@"', 'sh']
const env = { ...process.env, NODE_OPTIONS: undefined, STATE_PATH: path }
const canMount = spawnSync('unshare', [...mounting, 'true'], { env }).status === 0

describe('a backup', () => {
  if (canMount) {
    it('outlives a full disk and a read-only disk', { timeout: 90_000 }, async () => {
      const aws = await localAws()
      put(aws, { '/shop/host': 'db1' })
      const [empty, full, again, readOnly] = await run({ ...aws.environment, KEY_ID: aws.keys.create().arn })
      const used = [expect.stringMatching(/^backup of \d+$/)]
      const notWritten = (reason: string) => ['remote', expect.stringContaining(`could not be written: ${reason}`)]

      expect(empty).toEqual({ disk: 'empty', written: ['remote'], restored: used })
      const { restored: first } = empty ?? {}
      expect(full).toEqual({ disk: 'full', written: notWritten('ENOSPC: no space left on device, '), restored: first })
      expect(again).toEqual({ disk: 'with space again', written: ['remote'], restored: used })
      const { restored: second } = again ?? {}
      expect(second).not.toEqual(first)
      expect(readOnly).toEqual({
        disk: 'read-only',
        written: notWritten('EROFS: read-only file system, '),
        restored: second,
      })
    })
  } else {
    it('that a store refuses with ENOSPC is a warning (no file system can be mounted here)', async () => {
      const full = { code: 'ENOSPC', syscall: 'write' }
      const error = Object.assign(new Error('ENOSPC: no space left on device, write'), full)
      const { load } = await backupWorld({ store: { ...memorySnapshotStore(), write: () => Promise.reject(error) } })
      const config = await load()

      await expect.poll(() => config.explain().warnings).toEqual([`the backup could not be written: ${error.message}`])
    })
  }
})

interface DiskReport {
  readonly disk: string
  readonly written: readonly string[]
  readonly restored: readonly string[]
}

/** Runs the program on a small disk of its own. */
async function run(own: Readonly<Record<string, string>>): Promise<DiskReport[]> {
  const command = [...mounting, process.execPath, '--import', 'tsx', 'test/support/full-disk-process.ts']
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const { stdout } = await promisify(execFile)('unshare', command, { cwd, env: { ...env, ...own }, timeout: 80_000 })
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
