import type { $ZodType, ParsePayload } from 'zod/v4/core'
import { printable } from '../messages/printable.ts'
import { parseArn } from './arn.ts'
import { parseSecretId } from './secret-id.ts'

/** The annotations that the helpers add to a schema. */
export interface Annotations {
  readonly secret?: { readonly id: string; readonly binary: boolean }
  readonly parameter?: string
  readonly json?: true
  readonly sensitive?: true
}

// Registered, so that one installed copy of the package sees the annotations of another.
const annotationsKey: symbol = Symbol.for('liveparam.annotations')

// Each returns a new schema without the annotation, which would silently turn one leaf into many parameters.
const dropping = 'extend safeExtend pick omit partial required strict strip loose passthrough catchall merge'.split(' ')

/**
 * Declares the value of a secret in Secrets Manager: text for a text schema, JSON for any other.
 *
 * @param id The secret's name, optionally followed by a staging label or a version id (`prod/db:AWSPREVIOUS`). A secret
 * of another account needs its full ARN.
 * @param schema The schema of the value. Call `secret` last, after `.extend()` and the like.
 * @throws TypeError if the id is neither a name nor an ARN.
 */
export function secret<Schema extends $ZodType>(id: string, schema: Schema): Schema
/** Declares the bytes of a binary secret. The client of Secrets Manager reads them, and is loaded only in this case. */
export function secret(id: string, options: { readonly binary: true }): $ZodType<Uint8Array, Uint8Array>
export function secret(id: string, schema: $ZodType | { readonly binary: true }): $ZodType {
  if (typeof id !== 'string' || parseSecretId(id) === undefined) {
    const reason = isValueFrom(id) ? valueFrom : 'is neither the name of a secret nor its ARN'
    throw new TypeError(printable(`secret(): ${JSON.stringify(id)} ${reason}`))
  }
  const binary = !isSchema(schema)
  if (binary && schema?.binary !== true) {
    throw new TypeError('secret(): the second argument must be a zod schema (z.string() for text) or { binary: true }')
  }
  const valueSchema = binary ? (new BytesSchema() as unknown as $ZodType) : schema
  return annotate('secret', valueSchema, { secret: { id, binary }, sensitive: true })
}

// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
function isValueFrom(id: unknown): boolean {
  const { service, resource = '' } = (typeof id === 'string' && parseArn(id)) || {}
  return service === 'secretsmanager' && /^secret:[^:]+(:[^:]*){3}$/.test(resource)
}

const valueFrom =
  'is the valueFrom of an ECS task (<ARN>:<JSON key>:<stage>:<version id>): pass the ARN alone, optionally with :<stage or version id>, and name the JSON key in the schema'

/**
 * Names the parameter of a key explicitly.
 *
 * @param name Relative to the enclosing object's path (`hostname`, `legacy/host`), or absolute (`/common/region`, or a
 * full ARN), optionally with a version or a label (`hostname:3`, `/common/region:live`). Around an object, it is the
 * path of the object's keys.
 * @throws TypeError if the name is not a string.
 */
export function parameter<Schema extends $ZodType>(name: string, schema: Schema): Schema {
  if (typeof name !== 'string') throw new TypeError('parameter(): the first argument must be a name')
  return annotate('parameter', schema, { parameter: name })
}

/** Declares one parameter that holds JSON. Without it, an object is a path with one parameter for each key. */
export function json<Schema extends $ZodType>(schema: Schema): Schema {
  return annotate('json', schema, { json: true })
}

/**
 * Declares that a value, or everything below an object, is never shown. The stored text may be a reference to a secret:
 * `/aws/reference/secretsmanager/<id>`, optionally followed by `#<key>` for one key of a JSON secret.
 */
export function sensitive<Schema extends $ZodType>(schema: Schema): Schema {
  return annotate('sensitive', schema, { sensitive: true })
}

/** The annotations of a schema and of the schemas it was refined from. The outermost of a kind counts. */
export function annotationsOf(schema: $ZodType): Annotations {
  let annotations = noAnnotations
  for (let current: $ZodType | undefined = schema; current !== undefined; current = current._zod.parent) {
    const own: Annotations | undefined = Reflect.get(current._zod, annotationsKey)
    if (own !== undefined) annotations = { ...own, ...annotations }
  }
  return annotations
}

/** The annotations of most schemas. */
export const noAnnotations: Annotations = Object.freeze({})

/** Whether this is a schema of zod 4, from any installed copy of `zod` or `zod/mini`. */
export function isSchema(value: unknown): value is $ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value
}

/** Describes a value that is not a schema. */
export function whyNotASchema(value: unknown): string {
  const isZod3 = typeof value === 'object' && value !== null && '_def' in value
  return isZod3 ? 'this is a schema of zod 3' : 'this is not a zod schema'
}

function annotate<Schema extends $ZodType>(helper: string, schema: Schema, annotations: Annotations): Schema {
  if (!isSchema(schema)) throw new TypeError(`${helper}(): the schema must be a zod 4 schema`)
  const clone = new schema._zod.constr(schema._zod.def) as Schema
  clone._zod.parent = schema
  Object.defineProperty(clone._zod, annotationsKey, { value: Object.freeze(annotations) })
  for (const method of schema._zod.def.type === 'object' ? dropping : []) {
    const refuse = () => {
      throw new TypeError(`.${method}() would drop ${helper}(): call it first and put ${helper}() around the result`)
    }
    if (method in clone) Object.defineProperty(clone, method, { value: refuse })
  }
  return clone
}

// Made without zod: liveparam imports neither `zod` nor `zod/mini`, because the user may use either.
class BytesSchema {
  readonly _zod: object
  readonly '~standard': object = { version: 1, vendor: 'liveparam', validate: (value: unknown) => ({ value }) }

  constructor() {
    const run = (payload: ParsePayload): ParsePayload => {
      const { value: input, issues } = payload
      if (!(input instanceof Uint8Array)) {
        issues.push({ code: 'invalid_type', expected: 'Uint8Array', input, inst: this } as never)
      }
      return payload
    }
    this._zod = {
      def: { type: 'custom' },
      constr: BytesSchema,
      traits: new Set(['$ZodType', '$ZodCustom']),
      version: { major: 4, minor: 3, patch: 0 },
      bag: {},
      deferred: [],
      run,
      parse: run,
    }
  }
}
