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

/** Stores `count` parameters below a path, in `groups` sub-paths. */
export async function fillStore(
  aws: RemoteAws,
  { path, count, groups }: { readonly path: string; readonly count: number; readonly groups: number },
): Promise<Store> {
  const parameters = Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? text
    return { group: `group${index % groups}`, key: `key${index}`, kind }
  })
  const nameOf = ({ group, key }: { group: string; key: string }) => `${path}/${group}/${key}`
  await aws.put(parameters.map(({ kind, ...at }) => ({ name: nameOf(at), type: kind.type, value: kind.value })))
  const shape: Record<string, Record<string, z.ZodType>> = {}
  for (const { group, key, kind } of parameters) shape[group] = { ...shape[group], [key]: kind.leaf() }
  const schema = z.object(Object.fromEntries(Object.entries(shape).map(([group, keys]) => [group, z.object(keys)])))
  return { path, names: parameters.map(nameOf), schema }
}
