import assert from 'node:assert/strict'
import type { SnapshotStore, StoreOptions } from '../../ports.ts'
import type { ContractCase } from './parameter-source.ts'

/**
 * The test cases for a snapshot store, for any test runner:
 * `for (const { name, run } of snapshotStoreContract) it(name, () => run(setUp))`. `setUp` makes an empty store.
 */
export const snapshotStoreContract: readonly ContractCase<SnapshotStore>[] = [
  testCase('returns undefined for a key without bytes', async (store) => {
    assert.equal(await store.read('absent', now()), undefined, 'read() must resolve with undefined for an unknown key')
  }),

  testCase('returns the bytes that were written, of any value', async (store) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    await store.write('app-1', bytes, now())

    assert.deepEqual(await readBytes(store, 'app-1'), [...bytes], 'read() must return exactly the bytes of write()')
  }),

  testCase('returns a Uint8Array that does not share memory with the one written', async (store) => {
    const bytes = Uint8Array.of(1, 2, 3)
    await store.write('app-1', bytes, now())
    bytes.fill(0)
    const read = await store.read('app-1', now())

    assert.ok(read instanceof Uint8Array, 'read() must return a Uint8Array')
    assert.deepEqual([...read], [1, 2, 3], 'a store must copy the bytes')
  }),

  testCase('replaces bytes as a whole, also by fewer ones', async (store) => {
    await store.write('app-1', new Uint8Array(100_000).fill(7), now())
    await store.write('app-1', Uint8Array.of(8, 9), now())

    assert.deepEqual(await readBytes(store, 'app-1'), [8, 9], 'no byte of an earlier write may remain')
  }),

  testCase('keeps a megabyte', async (store) => {
    const bytes = Uint8Array.from({ length: 2 ** 20 }, (_, index) => index % 251)
    await store.write('app-1', bytes, now())
    const read = await store.read('app-1', now())

    assert.ok(read !== undefined && Buffer.from(read).equals(bytes), 'a megabyte must be read as it was written')
  }),

  testCase('keeps the bytes of each key apart', async (store) => {
    const keys = ['a', 'b', 'A.b-c_d', 'app-RdXn3L4jS0qv2rK_5wq9b1k2m3n4o5p6', `${'long-'.repeat(19)}end`]
    for (const [index, key] of keys.entries()) await store.write(key, Uint8Array.of(index), now())

    for (const [index, key] of keys.entries()) {
      assert.deepEqual(await readBytes(store, key), [index], `the key ${key} must have its own bytes`)
    }
  }),

  testCase('deletes the bytes of one key', async (store) => {
    await store.write('app-1', Uint8Array.of(1), now())
    await store.write('app-2', Uint8Array.of(2), now())
    await store.delete('app-1', now())

    assert.equal(await store.read('app-1', now()), undefined, 'a deleted key must have no bytes')
    assert.deepEqual(await readBytes(store, 'app-2'), [2], 'other keys must keep their bytes')
    await store.write('app-1', Uint8Array.of(3), now())
    assert.deepEqual(await readBytes(store, 'app-1'), [3], 'a deleted key must be writable')
  }),

  testCase('deletes a key without bytes without a failure', async (store) => {
    await store.delete('absent', now())
    assert.equal(await store.read('absent', now()), undefined, 'delete() must resolve for an unknown key')
  }),

  testCase('never returns a part of a write to a concurrent reader', async (store) => {
    const versions = Array.from({ length: 8 }, (_, index) => new Uint8Array(50_000 + index).fill(index))
    await store.write('app-1', Uint8Array.of(0), now())
    let isOver = false
    const reading = (async () => {
      while (!isOver) {
        const bytes = await readBytes(store, 'app-1')
        const isWhole = bytes.every((byte) => byte === bytes[0]) && [1, 50_000 + (bytes[0] ?? 0)].includes(bytes.length)
        assert.ok(isWhole, 'read() must return the bytes before a write or after it')
      }
    })()
    try {
      for (let round = 0; round < 3; round++)
        await Promise.all(versions.map((bytes) => store.write('app-1', bytes, now())))
    } finally {
      isOver = true
      await reading
    }
    assert.ok((await readBytes(store, 'app-1')).length >= 50_000, 'one of the last writes must remain')
  }),

  testCase('rejects with the reason of an aborted signal, and changes nothing', async (store) => {
    await store.write('app-1', Uint8Array.of(1), now())
    const aborted = { signal: AbortSignal.abort('closing') }
    const calls = {
      'read()': () => store.read('app-1', aborted),
      'write()': () => store.write('app-1', Uint8Array.of(2), aborted),
      'delete()': () => store.delete('app-1', aborted),
    }

    for (const [name, call] of Object.entries(calls)) {
      await assert.rejects(call, (reason) => reason === 'closing', `${name} must reject with the reason of the signal`)
    }
    assert.deepEqual(await readBytes(store, 'app-1'), [1], 'an aborted call must change nothing')
  }),
]

function testCase(name: string, check: (store: SnapshotStore) => Promise<void>): ContractCase<SnapshotStore> {
  return { name, run: async (setUp) => check(await setUp()) }
}

function now(): StoreOptions {
  return { signal: new AbortController().signal }
}

async function readBytes(store: SnapshotStore, key: string): Promise<number[]> {
  const bytes = await store.read(key, now())
  assert.ok(bytes !== undefined, `the key ${key} must have bytes`)
  return [...bytes]
}
