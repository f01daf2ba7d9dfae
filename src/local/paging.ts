import { AwsError } from './aws-error.ts'

/** A page of a list, and the token of the next page. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextToken: string | undefined
}

/** How to divide a list into pages. */
export interface Paging<Item> {
  readonly size: number
  readonly token: string | undefined
  /** The key of an item. The list is in the order of the keys, unless `inAnyOrder` is set. */
  readonly keyOf: (item: Item) => string
  /** Makes every other page empty, and the rest short. */
  readonly isSparse: boolean
  readonly inAnyOrder?: boolean
  /** The code of the error for an invalid token. @default 'InvalidNextToken' */
  readonly badToken?: string
}

/** @throws AwsError For an invalid token. */
export function pageOf<Item>(
  list: readonly Item[],
  { size, token, keyOf, isSparse, inAnyOrder = false, badToken = 'InvalidNextToken' }: Paging<Item>,
): Page<Item> {
  const { after, isAfterEmptyPage } = decode(token, badToken)
  const rest = after === undefined ? list : itemsAfter(list, after, keyOf, inAnyOrder)
  if (isSparse && !isAfterEmptyPage) return { items: [], nextToken: encode(after, true) }
  const items = rest.slice(0, isSparse ? Math.max(1, Math.floor(size / 3)) : size)
  const last = items.at(-1)
  const isEnd = items.length === rest.length || last === undefined
  return { items, nextToken: isEnd ? undefined : encode(keyOf(last), false) }
}

function itemsAfter<Item>(
  list: readonly Item[],
  after: string,
  keyOf: (item: Item) => string,
  inAnyOrder: boolean,
): readonly Item[] {
  if (!inAnyOrder) return list.filter((item) => keyOf(item) > after)
  // If the item was deleted in the meantime, the list begins again.
  return list.slice(list.findIndex((item) => keyOf(item) === after) + 1)
}

interface Place {
  readonly after: string | undefined
  readonly isAfterEmptyPage: boolean
}

function encode(after: string | undefined, isAfterEmptyPage: boolean): string {
  return Buffer.from(JSON.stringify(['local', after ?? null, isAfterEmptyPage])).toString('base64url')
}

function decode(token: string | undefined, badToken: string): Place {
  if (token === undefined) return { after: undefined, isAfterEmptyPage: false }
  try {
    const place: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    const [kind, after, isAfterEmptyPage]: readonly unknown[] = Array.isArray(place) ? place : []
    if (kind === 'local' && (after === null || typeof after === 'string'))
      return { after: after ?? undefined, isAfterEmptyPage: isAfterEmptyPage === true }
  } catch {
    // The error below is for every malformed token.
  }
  throw new AwsError(badToken, 'The specified token is not valid.')
}
