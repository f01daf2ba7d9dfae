import { randomUUID } from 'node:crypto'
import { type FileHandle, lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { type Check, checkArguments } from '../messages/check-arguments.ts'
import type { SnapshotStore, StoreOptions } from '../ports.ts'
import { UnusableReading } from './unusable-reading.ts'

/** Where {@link fileStore} keeps its files. */
export interface FileStoreOptions {
  /**
   * The absolute path of a directory, which is created with mode 0700. It holds a file for each application, path and
   * schema. It must survive a restart, and only the user of the process should be able to write to it.
   */
  readonly path: string
}

const suffix = '.backup'
const temporary = '.tmp'
// The longest write takes 10 s, so its writer was killed.
const abandonedMs = 60_000
// A backup in use is renewed every hour. One of an earlier schema is not used again.
const unusedMs = 30 * 86_400_000
const maxBytes = 2 ** 28

/**
 * Keeps bytes in files of a directory, with mode 0600. A write goes to a temporary file, which replaces the last one
 * after it is on the disk: a process that is killed leaves the file before or the new one.
 *
 * @throws TypeError for wrong options.
 */
export function fileStore(options: FileStoreOptions): SnapshotStore {
  checkArguments('fileStore()', options, checks)
  const { path } = options
  if (path === undefined) throw new TypeError(`fileStore(): path must be ${checks.path[1]}`)
  return Object.freeze({
    read: (key: string, { signal }: StoreOptions) => readBytes(fileOf(path, key), signal),
    write: (key: string, bytes: Uint8Array, { signal }: StoreOptions) =>
      replace(path, fileOf(path, key), bytes, signal),
    async delete(key: string, { signal }: StoreOptions) {
      signal.throwIfAborted()
      await rm(fileOf(path, key), { force: true })
      await syncDirectory(path)
    },
  })
}

const checks: Readonly<Record<keyof FileStoreOptions, Check>> = {
  path: [(value) => typeof value === 'string' && isAbsolute(value), 'the absolute path of a directory'],
}

function fileOf(path: string, key: string): string {
  if (!/^[\w.-]{1,200}$/.test(key))
    throw new TypeError('fileStore(): a key has letters, digits, dots, dashes and underscores')
  return join(path, `${key}${suffix}`)
}

async function readBytes(file: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  signal.throwIfAborted()
  try {
    const stats = await stat(file)
    // To open a pipe can take forever.
    if (!stats.isFile()) throw new UnusableReading(`it is no regular file: remove ${file}`)
    if (stats.size > maxBytes)
      throw new UnusableReading(`it has ${stats.size} bytes, which is too large: remove ${file}`)
    return await readFile(file, { signal })
  } catch (error) {
    signal.throwIfAborted()
    if (isMissing(error)) return undefined
    throw error
  }
}

async function replace(path: string, file: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await mkdir(path, { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomUUID()}${temporary}`
  try {
    await writeDurably(draft, bytes, signal)
    // A write that took too long must not replace a later one.
    signal.throwIfAborted()
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw error
  }
  await syncDirectory(path)
  await removeOld(path, file)
}

async function writeDurably(draft: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(bytes, { signal })
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a rename durable, where the file system can. */
async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'r')
    await handle.sync()
  } catch (error) {
    // Windows opens no directory, and some network file systems sync none.
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'ENOENT'].includes(codeOf(error))) throw error
  } finally {
    await handle?.close()
  }
}

/** Removes the drafts of writers that were killed, and unused backups. The file system dates all files by one clock. */
async function removeOld(path: string, file: string): Promise<void> {
  try {
    const { mtimeMs: now } = await stat(file)
    for (const name of await readdir(path)) {
      const isDraft = name.endsWith(temporary) && name.includes(`${suffix}.`)
      if (!isDraft && !name.endsWith(suffix)) continue
      const { mtimeMs } = await lstat(join(path, name))
      if (now - mtimeMs > (isDraft ? abandonedMs : unusedMs)) await rm(join(path, name), { force: true })
    }
  } catch {
    // The write has succeeded, and the next one tries again.
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
