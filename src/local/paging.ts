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
  /** Identifies an item. The list is in the order of the keys, unless it comes `inAnyOrder`. */
  readonly keyOf: (item: Item) => string
  /** Best effort: every other page is empty, the rest are short. */
  readonly isSparse: boolean
  readonly inAnyOrder?: boolean
  /** The error for a token that no page carried. @default 'InvalidNextToken' */
  readonly badToken?: string
}

/** @throws AwsError For a token that no page carried. */
export function pageOf<Item>(
  list: readonly Item[],
  { size, token, keyOf, isSparse, inAnyOrder = false, badToken = 'InvalidNextToken' }: Paging<Item>,
): Page<Item> {
  const { after, isRested } = decode(token, badToken)
  const rest = after === undefined ? list : restAfter(list, after, keyOf, inAnyOrder)
  if (isSparse && !isRested) return { items: [], nextToken: encode(after, true) }
  const items = rest.slice(0, isSparse ? Math.max(1, Math.floor(size / 3)) : size)
  const last = items.at(-1)
  const isEnd = items.length === rest.length || last === undefined
  return { items, nextToken: isEnd ? undefined : encode(keyOf(last), false) }
}

function restAfter<Item>(
  list: readonly Item[],
  after: string,
  keyOf: (item: Item) => string,
  inAnyOrder: boolean,
): readonly Item[] {
  if (!inAnyOrder) return list.filter((item) => keyOf(item) > after)
  // Without the item itself, which was deleted since, the list begins again.
  return list.slice(list.findIndex((item) => keyOf(item) === after) + 1)
}

interface Place {
  readonly after: string | undefined
  readonly isRested: boolean
}

function encode(after: string | undefined, isRested: boolean): string {
  return Buffer.from(JSON.stringify(['local', after ?? null, isRested])).toString('base64url')
}

function decode(token: string | undefined, badToken: string): Place {
  if (token === undefined) return { after: undefined, isRested: false }
  try {
    const place: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    const [kind, after, isRested]: readonly unknown[] = Array.isArray(place) ? place : []
    if (kind === 'local' && (after === null || typeof after === 'string'))
      return { after: after ?? undefined, isRested: isRested === true }
  } catch {
    // Said below.
  }
  throw new AwsError(badToken, 'The specified token is not valid.')
}
