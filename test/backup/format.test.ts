import { describe, expect, it } from 'vitest'
import { addHeader, decodeReading, encodeReading, removeHeader } from '../../src/backup/format.ts'
import { UnusableReading } from '../../src/backup/unusable-reading.ts'
import type { Outcome, Reading, SavedReading, StoredParameter, StoredSecret } from '../../src/ports.ts'

const host: StoredParameter = {
  name: '/shop/host',
  type: 'String',
  dataType: 'hostname',
  version: 3,
  modifiedAt: 7,
  value: 'h',
}
const token: StoredParameter = { name: '/shop/token', type: 'SecureString', version: 1, value: 'hunter2 "\u0000é"' }
const login: StoredSecret = {
  versionId: 'v1',
  arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:x',
  value: '{"a":1}',
}
const bytes: StoredSecret = { versionId: 'v2', modifiedAt: 9, value: Uint8Array.of(0, 255, 7) }
const missing: Outcome<never> = { kind: 'missing' }

const saved: SavedReading = {
  savedAt: 1_700_000_000_000,
  place: { accountId: '111122223333', region: 'eu-west-1' },
  reading: {
    hierarchies: [
      { parameters: [host, token], failures: new Map() },
      { parameters: [], failures: new Map() },
    ],
    names: new Map<string, Outcome<StoredParameter>>([
      ['/other/name:3', { kind: 'found', found: host }],
      ['/none', missing],
    ]),
    secrets: [{ kind: 'found', found: login }, missing, { kind: 'found', found: bytes }],
  },
  secrets: [
    { request: { id: 'x', selector: 'AWSPREVIOUS', binary: false }, outcome: { kind: 'found', found: login } },
    { request: { id: 'y', binary: true }, outcome: { kind: 'found', found: bytes } },
    { request: { id: 'z', binary: false }, outcome: missing },
  ],
}

describe('the format of saved readings', () => {
  it('keeps values, types, versions, dates and bytes', () => {
    expect(decodeReading(encodeReading(saved))).toEqual(saved)
  })

  it('keeps a reading of an unknown place', () => {
    const { place: _, ...placeless } = saved
    expect(decodeReading(encodeReading(placeless))).toEqual(placeless)
  })

  it('keeps neither the names that a path lists nor failures', () => {
    const failure = { code: 'ACCESS_DENIED', isTransient: false, detail: 'denied', remedy: 'allow it' } as const
    const reading: Reading = {
      hierarchies: [
        { parameters: [host], listed: ['/shop/host', '/shop/x'], failures: new Map([['/shop/x', failure]]) },
      ],
      names: new Map([['/none', { kind: 'failed', failure }]]),
      secrets: [],
    }
    expect(decodeReading(encodeReading({ savedAt: 1, reading, secrets: [] })).reading).toEqual({
      hierarchies: [{ parameters: [host], failures: new Map() }],
      names: new Map([['/none', missing]]),
      secrets: [],
    })
  })

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"savedAt":"today","hierarchies":[],"names":[],"secrets":[],"others":[]}',
    '{"savedAt":1,"hierarchies":[[{"name":"/a","type":"Text","version":1,"value":"hunter2"}]],"names":[],"secrets":[],"others":[]}',
    '{"savedAt":1,"hierarchies":[[{"name":"/a","type":"String","version":1,"value":7}]],"names":[],"secrets":[],"others":[]}',
    '{"savedAt":1,"hierarchies":[],"names":["/a"],"secrets":[],"others":[]}',
    '{"savedAt":1,"hierarchies":[],"names":[],"secrets":[{"value":"hunter2"}],"others":[]}',
    '{"savedAt":1,"hierarchies":[],"names":[],"secrets":[],"others":[[{},null]]}',
  ])('refuses %j without quoting it', (text) => {
    const decode = () => decodeReading(Buffer.from(text))
    expect(decode).toThrow(UnusableReading)
    expect(decode).toThrow('it is corrupt: its content is not a reading')
  })
})

describe('the header', () => {
  it('is removed from the bytes', () => {
    const encrypted = Buffer.from([2, 5, 10])
    expect([...removeHeader(addHeader(encrypted))]).toEqual([2, 5, 10])
  })

  it('names a later version', () => {
    expect(() => removeHeader(Buffer.from('liveparam reading 12\nx'))).toThrow('it has version 12 of the format')
  })

  it.each(['', 'liveparam', 'liveparam reading 1', 'liveparam reading x\n', 'another file\n'])('refuses %j', (text) => {
    expect(() => removeHeader(Buffer.from(text))).toThrow('it does not begin as a saved reading does')
  })
})
