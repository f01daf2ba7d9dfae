import type { $ZodType, ParsePayload } from 'zod/v4/core'

/**
 * A schema for bytes, made without importing zod: the library only ever calls the schemas that it is given, so that
 * `zod`, `zod/mini` or both can be in use and neither is loaded for us.
 */
export function bytesSchema(): $ZodType<Uint8Array, Uint8Array> {
  const run = (payload: ParsePayload): ParsePayload => {
    if (!(payload.value instanceof Uint8Array)) {
      payload.issues.push({ code: 'invalid_type', expected: 'Uint8Array', input: payload.value, inst: schema } as never)
    }
    return payload
  }
  const schema = new BytesSchema(run)
  return schema as unknown as $ZodType<Uint8Array, Uint8Array>
}

class BytesSchema {
  readonly _zod: object
  readonly '~standard': object

  constructor(run: (payload: ParsePayload) => ParsePayload) {
    this._zod = {
      def: { type: 'custom' },
      constr: function clone() {
        return new BytesSchema(run)
      },
      traits: new Set(['$ZodType', '$ZodCustom']),
      version: { major: 4, minor: 3, patch: 0 },
      bag: {},
      deferred: [],
      run,
      parse: run,
    }
    this['~standard'] = { version: 1, vendor: 'liveparam', validate: (value: unknown) => ({ value }) }
  }
}
