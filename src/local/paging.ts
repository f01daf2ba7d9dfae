import { AwsError } from './aws-error.ts'

/** A piece of a list, and where the next one starts. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextToken: string | undefined
}

/** How a list is cut into pages. */
export interface Paging<Item> {
  readonly size: number
  readonly token: string | undefined
  /** What the items are ordered by. */
  readonly keyOf: (item: Item) => string
  /** Best effort: every other page is empty, the rest are short. */
  readonly isSparse: boolean
}

/** @throws AwsError `InvalidNextToken` for a token that none of our pages carried. */
export function pageOf<Item>(list: readonly Item[], { size, token, keyOf, isSparse }: Paging<Item>): Page<Item> {
  const { after, isRested } = decode(token)
  const rest = after === undefined ? list : list.filter((item) => keyOf(item) > after)
  if (isSparse && !isRested) return { items: [], nextToken: encode(after, true) }
  const items = rest.slice(0, isSparse ? Math.max(1, Math.floor(size / 3)) : size)
  const last = items.at(-1)
  const isEnd = items.length === rest.length || last === undefined
  return { items, nextToken: isEnd ? undefined : encode(keyOf(last), false) }
}

interface Place {
  readonly after: string | undefined
  readonly isRested: boolean
}

function encode(after: string | undefined, isRested: boolean): string {
  return Buffer.from(JSON.stringify(['local', after ?? null, isRested])).toString('base64url')
}

function decode(token: string | undefined): Place {
  if (token === undefined) return { after: undefined, isRested: false }
  try {
    const place: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    const [kind, after, isRested]: readonly unknown[] = Array.isArray(place) ? place : []
    if (kind === 'local' && (after === null || typeof after === 'string'))
      return { after: after ?? undefined, isRested: isRested === true }
  } catch {
    // Said below.
  }
  throw new AwsError('InvalidNextToken', 'The specified token is not valid.')
}
