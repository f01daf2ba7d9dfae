import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { encryptedBackup, fileStore } from '../../src/backup/index.ts'
import { loadConfig } from '../../src/index.ts'

// The path is a small file system in memory, which this process alone sees.
const { STATE_PATH: path = '', KEY_ID: keyId = '', AWS_ENDPOINT_URL = '' } = process.env
const backup = encryptedBackup(fileStore({ path }), { keyId, endpoint: AWS_ENDPOINT_URL })
const filler = join(path, 'filler')

await report('empty')
fill()
await report('full')
rmSync(filler)
await report('with space again')
execFileSync('mount', ['-o', 'remount,ro', path])
await report('read-only')

/** Starts twice, during an outage the second time. */
async function report(disk: string): Promise<void> {
  const written = await start(AWS_ENDPOINT_URL)
  const restored = await start('http://127.0.0.1:1')
  console.log(JSON.stringify({ disk, written, restored }))
}

async function start(endpoint: string): Promise<string[]> {
  const schema = z.object({ host: z.string() })
  const startup = { timeoutMs: endpoint === AWS_ENDPOINT_URL ? 60_000 : 100 }
  const config = await loadConfig({ schema, path: '/shop', poll: false, logger: false, startup, endpoint, backup })
  const { origin, savedAt } = config.status()
  // Closing writes the backup.
  await config.close()
  return [`${origin}${savedAt === undefined ? '' : ` of ${savedAt}`}`, ...config.explain().warnings]
}

function fill(): void {
  try {
    writeFileSync(filler, new Uint8Array(2 ** 20))
  } catch {}
}
