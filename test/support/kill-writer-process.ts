import { fileStore } from '../../src/backup/index.ts'

// Writes as fast as it can, until it is killed: each write has one byte value throughout.
const [, , path = '', key = ''] = process.argv
const store = fileStore({ path })
const { signal } = new AbortController()
process.stdout.write('writing\n')
for (let round = 0; ; round++)
  await store.write(key, new Uint8Array(20_000 + (round % 256)).fill(round % 256), { signal })
