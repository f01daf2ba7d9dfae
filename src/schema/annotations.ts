import type { $ZodType, ParsePayload } from 'zod/v4/core'
import { printable } from '../messages/printable.ts'
import { parseArn } from './arn.ts'
import { parseSecretId } from './secret-id.ts'

/** What the helpers add to a schema. */
export interface Annotations {
  readonly secret?: { readonly id: string; readonly binary: boolean }
  readonly parameter?: string
  readonly json?: true
  readonly sensitive?: true
}

// Registered, so that marks made by one installed copy are seen by another.
const markKey: symbol = Symbol.for('liveparam.marks')

// Each returns a new schema without the mark: called last, they would silently turn one leaf into many parameters.
const dropping = ['extend', 'safeExtend', 'pick', 'omit', 'partial', 'required', 'strict', 'strip', 'loose']
const alsoDropping = ['passthrough', 'catchall', 'merge']

/**
 * The value of a secret in Secrets Manager: text for a text schema, JSON for anything else.
 *
 * @param id The secret's name, optionally followed by a staging label or a version id (`prod/db:AWSPREVIOUS`); or its
 * full ARN, which is the way to reach a secret of another account.
 * @param schema What the secret holds. Put `secret` around it last, after `.extend()` and the like.
 * @throws TypeError when the id can be neither a name nor an ARN.
 */
export function secret<Schema extends $ZodType>(id: string, schema: Schema): Schema
/** The bytes of a binary secret. They are read through Secrets Manager itself, which is loaded only then. */
export function secret(id: string, options: { readonly binary: true }): $ZodType<Uint8Array, Uint8Array>
export function secret(id: string, schema: $ZodType | { readonly binary: true }): $ZodType {
  if (typeof id !== 'string' || parseSecretId(id) === undefined) {
    const reason = isValueFrom(id) ? valueFrom : 'is neither the name of a secret nor its ARN'
    throw new TypeError(printable(`secret(): ${JSON.stringify(id)} ${reason}`))
  }
  if (isSchema(schema)) return mark('secret', schema, { secret: { id, binary: false }, sensitive: true })
  if (schema?.binary === true) return mark('secret', bytesSchema(), { secret: { id, binary: true }, sensitive: true })
  throw new TypeError('secret(): the second argument must be a zod schema or { binary: true }')
}

// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
function isValueFrom(id: unknown): boolean {
  const { service, resource = '' } = (typeof id === 'string' && parseArn(id)) || {}
  return service === 'secretsmanager' && /^secret:[^:]+(:[^:]*){3}$/.test(resource)
}

const valueFrom =
  'is the valueFrom of an ECS task (<ARN>:<JSON key>:<stage>:<version id>): pass the ARN alone, optionally with :<stage or version id>, and name the JSON key in the schema'

/**
 * The parameter under a name of its own instead of the one that follows from the key.
 *
 * @param name Relative to the enclosing object's path (`hostname`, `legacy/host`), or absolute (`/common/region`, or a
 * full ARN); optionally with a version or a label (`hostname:3`, `/common/region:live`). Around an object it names
 * the path that the object's keys live under.
 * @throws TypeError when the name is not a string.
 */
export function parameter<Schema extends $ZodType>(name: string, schema: Schema): Schema {
  if (typeof name !== 'string') throw new TypeError('parameter(): the first argument must be a name')
  return mark('parameter', schema, { parameter: name })
}

/** One parameter that holds JSON, whatever the schema. Without it an object is a path with one parameter for each key. */
export function json<Schema extends $ZodType>(schema: Schema): Schema {
  return mark('json', schema, { json: true })
}

/**
 * A value, or everything below an object, that must never be shown. It may be stored as a reference to a secret:
 * `/aws/reference/secretsmanager/<id>`, optionally followed by `#<key>` for one key of a JSON secret.
 */
export function sensitive<Schema extends $ZodType>(schema: Schema): Schema {
  return mark('sensitive', schema, { sensitive: true })
}

/** The marks on a schema and on those it was refined from; the outermost of a kind counts. */
export function annotationsOf(schema: $ZodType): Annotations {
  let marks = noAnnotations
  for (let current: $ZodType | undefined = schema; current !== undefined; current = current._zod.parent) {
    const own: Annotations | undefined = Reflect.get(current._zod, markKey)
    if (own !== undefined) marks = { ...own, ...marks }
  }
  return marks
}

/** What {@link annotationsOf} gives for most schemas. */
export const noAnnotations: Annotations = Object.freeze({})

/** Whether this is a zod 4 schema, of `zod` or `zod/mini`, of whichever installed copy. */
export function isSchema(value: unknown): value is $ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value
}

/** Why something that is no schema is none. */
export function whyNotASchema(value: unknown): string {
  const isZod3 = typeof value === 'object' && value !== null && '_def' in value
  return isZod3 ? 'this is a schema of zod 3' : 'this is not a zod schema'
}

function mark<Schema extends $ZodType>(helper: string, schema: Schema, marks: Annotations): Schema {
  if (!isSchema(schema)) throw new TypeError(`${helper}(): the schema must be a zod 4 schema`)
  const clone = new schema._zod.constr(schema._zod.def) as Schema
  clone._zod.parent = schema
  Object.defineProperty(clone._zod, markKey, { value: Object.freeze(marks) })
  for (const method of [...dropping, ...alsoDropping]) guardMethod(helper, clone, method)
  return clone
}

function guardMethod(helper: string, schema: $ZodType, method: string): void {
  if (schema._zod.def.type !== 'object' || !(method in schema)) return
  Object.defineProperty(schema, method, {
    value: () => {
      throw new TypeError(`.${method}() would drop ${helper}(): call it first and put ${helper}() around the result`)
    },
  })
}

// Made without zod: liveparam imports neither `zod` nor `zod/mini`, because the user may use either.
function bytesSchema(): $ZodType<Uint8Array, Uint8Array> {
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
