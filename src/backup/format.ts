import type {
  HierarchyReading,
  Outcome,
  ParameterType,
  Reading,
  SavedReading,
  SavedSecret,
  SecretRequest,
  SourcePlace,
  StoredParameter,
  StoredSecret,
} from '../ports.ts'
import { UnusableReading } from './unusable-reading.ts'

/** The version of the format, of the bytes as well as of their plaintext. */
export const formatVersion = 1

const magic = 'liveparam reading '
// The longest header, with a version of many digits.
const maxHeaderLength = 40

/** Puts the version of the format before the encrypted bytes. */
export function addHeader(encrypted: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${magic}${formatVersion}\n`), encrypted])
}

/** Returns the encrypted bytes. @throws UnusableReading for other bytes, and for another version of the format. */
export function removeHeader(bytes: Uint8Array): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const header = buffer.subarray(0, maxHeaderLength).toString('latin1')
  const [line, version] = /^liveparam reading (\d{1,9})\n/.exec(header) ?? []
  if (line === undefined) throw new UnusableReading('it is corrupt: it does not begin as a saved reading does')
  if (Number(version) !== formatVersion) {
    throw new UnusableReading(`it has version ${version} of the format, and this liveparam reads ${formatVersion}`)
  }
  return buffer.subarray(line.length)
}

/** Makes the plaintext of a reading. */
export function encodeReading({ savedAt, place, reading, secrets }: SavedReading): Uint8Array {
  const { hierarchies, names } = reading
  const encoded = {
    savedAt,
    place,
    hierarchies: hierarchies.map(({ parameters }) => parameters.map(encodeParameter)),
    names: [...names].map(([name, outcome]) => [name, found(outcome, encodeParameter)]),
    secrets: reading.secrets.map((outcome) => found(outcome, encodeSecret)),
    others: secrets.map(({ request, outcome }) => [request, found(outcome, encodeSecret)]),
  }
  return Buffer.from(JSON.stringify(encoded))
}

/** Makes a reading of its plaintext. @throws UnusableReading for any other text. */
export function decodeReading(plaintext: Uint8Array): SavedReading {
  try {
    return decode(JSON.parse(Buffer.from(plaintext).toString()))
  } catch {
    // The cause may quote a value.
    throw new UnusableReading('it is corrupt: its content is not a reading')
  }
}

// Only what was found is kept: a reading that was accepted needs nothing else.
function found<Found>(outcome: Outcome<Found>, encode: (value: Found) => unknown): unknown {
  return outcome.kind === 'found' ? encode(outcome.found) : null
}

function encodeParameter({ name, type, dataType, version, modifiedAt, value }: StoredParameter): unknown {
  return { name, type, dataType, version, modifiedAt, value }
}

function encodeSecret({ versionId, arn, modifiedAt, value }: StoredSecret): unknown {
  const content = typeof value === 'string' ? { value } : { bytes: Buffer.from(value).toString('base64') }
  return { versionId, arn, modifiedAt, ...content }
}

function decode(json: unknown): SavedReading {
  const { savedAt, place, hierarchies, names, secrets, others } = members(json)
  const reading: Reading = {
    hierarchies: list(hierarchies).map((parameters): HierarchyReading => {
      return { parameters: list(parameters).map(decodeParameter), failures: new Map() }
    }),
    names: new Map(list(names).map((entry) => pair(entry, text, (value) => outcome(value, decodeParameter)))),
    secrets: list(secrets).map((value) => outcome(value, decodeSecret)),
  }
  return {
    savedAt: number(savedAt),
    ...(place !== undefined && { place: decodePlace(place) }),
    reading,
    secrets: list(others).map((entry): SavedSecret => {
      const [request, value] = pair(entry, decodeRequest, (secret) => outcome(secret, decodeSecret))
      return { request, outcome: value }
    }),
  }
}

function decodePlace(json: unknown): SourcePlace {
  const { accountId, region } = members(json)
  return { accountId: text(accountId), region: text(region) }
}

function decodeParameter(json: unknown): StoredParameter {
  const { name, type, dataType, version, modifiedAt, value } = members(json)
  return {
    name: text(name),
    type: parameterType(type),
    ...(dataType !== undefined && { dataType: text(dataType) }),
    version: number(version),
    ...(modifiedAt !== undefined && { modifiedAt: number(modifiedAt) }),
    value: text(value),
  }
}

function decodeSecret(json: unknown): StoredSecret {
  const { versionId, arn, modifiedAt, value, bytes } = members(json)
  return {
    versionId: text(versionId),
    ...(arn !== undefined && { arn: text(arn) }),
    ...(modifiedAt !== undefined && { modifiedAt: number(modifiedAt) }),
    value: bytes === undefined ? text(value) : new Uint8Array(Buffer.from(text(bytes), 'base64')),
  }
}

function decodeRequest(json: unknown): SecretRequest {
  const { id, selector, binary } = members(json)
  return { id: text(id), ...(selector !== undefined && { selector: text(selector) }), binary: binary === true }
}

function outcome<Found>(json: unknown, decodeFound: (json: unknown) => Found): Outcome<Found> {
  return json === null ? { kind: 'missing' } : { kind: 'found', found: decodeFound(json) }
}

function pair<First, Second>(
  json: unknown,
  first: (json: unknown) => First,
  second: (json: unknown) => Second,
): [First, Second] {
  const [one, two] = list(json)
  return [first(one), second(two)]
}

function members(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null) throw new TypeError('not an object')
  return json as Readonly<Record<string, unknown>>
}

function list(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw new TypeError('not a list')
  return json
}

function text(json: unknown): string {
  if (typeof json !== 'string') throw new TypeError('not a text')
  return json
}

function number(json: unknown): number {
  if (typeof json !== 'number') throw new TypeError('not a number')
  return json
}

function parameterType(json: unknown): ParameterType {
  if (json === 'String' || json === 'StringList' || json === 'SecureString') return json
  throw new TypeError('not a parameter type')
}
