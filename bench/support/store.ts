import * as z from 'zod'
import type { RemoteAws } from './local-aws.ts'

/** Parameters: 70 % String, 20 % SecureString, 10 % StringList. */
export interface Store {
  readonly path: string
  readonly names: readonly string[]
  /** A closed schema of exactly these names. Its leaves share no objects. */
  readonly schema: z.ZodType<Record<string, Record<string, unknown>>>
}

interface Kind {
  readonly type: 'String' | 'SecureString' | 'StringList'
  readonly value: string
  leaf(): z.ZodType
}

const text: Kind = { type: 'String', value: 'the quick brown fox jumps over it', leaf: () => z.string() }
const number: Kind = { type: 'String', value: '5432', leaf: () => z.number() }
const secure: Kind = { type: 'SecureString', value: 'correct horse battery staple', leaf: () => z.string() }
const list: Kind = { type: 'StringList', value: 'alpha,beta,gamma', leaf: () => z.array(z.string()) }
const kinds = [text, number, secure, text, list, text, number, secure, text, text]

/** Where the parameters of a benchmark are stored. */
export interface Place {
  readonly path: string
  readonly count: number
  /** The number of sub-paths. */
  readonly groups: number
}

/** Stores `count` parameters below a path, in `groups` sub-paths. */
export async function fillStore(aws: RemoteAws, place: Place): Promise<Store> {
  const parameters = parametersOf(place)
  await aws.put(parameters.map(({ name, kind }) => ({ name, type: kind.type, value: kind.value })))
  return schemaOf(place)
}

/** The parameters that {@link fillStore} stores. */
export function schemaOf(place: Place): Store {
  const parameters = parametersOf(place)
  const shape: Record<string, Record<string, z.ZodType>> = {}
  for (const { group, key, kind } of parameters) shape[group] = { ...shape[group], [key]: kind.leaf() }
  const schema = z.object(Object.fromEntries(Object.entries(shape).map(([group, keys]) => [group, z.object(keys)])))
  return { path: place.path, names: parameters.map(({ name }) => name), schema }
}

function parametersOf({ path, count, groups }: Place) {
  return Array.from({ length: count }, (_, index) => {
    const [group, key] = [`group${index % groups}`, `key${index}`]
    return { group, key, name: `${path}/${group}/${key}`, kind: kinds[index % kinds.length] ?? text }
  })
}
