import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileStore } from '../../src/backup/index.ts'
import { backupWorld, reasonOf, soon } from '../support/backup.ts'

const replaced: readonly [string, (file: string) => unknown, RegExp][] = [
  ['a pipe', (file) => execFileSync('mkfifo', [file]), /^it is no regular file: remove \/.*\.backup$/],
  ['a link to a device', (file) => symlinkSync('/dev/zero', file), /^it is no regular file: remove /],
  ['a link to itself', (file) => symlinkSync(file, file), /^ELOOP: too many symbolic links encountered, stat /],
  ['a link to nothing', (file) => symlinkSync('/nowhere', file), /^no backup was written yet$/],
  ['a file of a terabyte', makeHuge, /^it has 1099511627776 bytes, which is too large: remove \/.*\.backup$/],
  ['an empty file', (file) => writeFileSync(file, ''), /^it is corrupt: /],
]

describe.skipIf(process.platform === 'win32')('in the place of the file of a backup', () => {
  it.each(replaced)('%s is ignored, and the next write replaces it', async (_, make, reason) => {
    const { world, file } = await fileWorld()
    rmSync(file)
    make(file)
    const outage = world.disconnect()
    expect(await reasonOf(world)).toMatch(reason)

    outage.remove()
    await world.writeBackup()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    world.disconnect()
    const config = await world.load(soon)
    expect(config.current.token).toBe('hunter2')
  })

  it('a directory is ignored, and a write that cannot replace it is a warning', async () => {
    const { world, file } = await fileWorld()
    rmSync(file)
    mkdirSync(file)
    const config = await world.load()
    await expect.poll(() => config.explain().warnings).toHaveLength(1)
    expect(config.explain().warnings[0]).toMatch(/^the backup could not be written: EISDIR: .*, rename /)
    expect(config.status().state).toBe('ready')

    world.disconnect()
    expect(await reasonOf(world)).toMatch(/^it is no regular file: remove \/.*\.backup$/)
  })

  it('a link is replaced, and the file that it names stays as it is', async () => {
    const { world, file } = await fileWorld()
    const other = join(file, '../other')
    writeFileSync(other, 'x')
    rmSync(file)
    symlinkSync(other, file)
    await world.writeBackup()

    expect(statSync(other).size).toBe(1)
  })
})

/** A world whose store has a file. */
async function fileWorld() {
  const path = mkdtempSync(join(tmpdir(), 'liveparam-store-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  const world = await backupWorld({ store: fileStore({ path }) })
  await world.writeBackup()
  const [name = ''] = readdirSync(path)
  return { world, file: join(path, name) }
}

// Without blocks on the disk.
function makeHuge(file: string): void {
  writeFileSync(file, '')
  truncateSync(file, 2 ** 40)
}
