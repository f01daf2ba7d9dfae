import { AwsError } from './aws-error.ts'
import { type Input, optionalNumber, optionalText } from './input.ts'
import type { CallContext } from './service-context.ts'

/** A page of a list, and the token of the next page. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextToken: string | undefined
}

/** How to divide a list into pages. */
export interface Paging<Item> {
  /** The key of an item. The list is in the order of the keys, unless `inAnyOrder` is set. */
  readonly keyOf: (item: Item) => string
  /** The size of a page if the request has none. */
  readonly size: number
  /** The members of the request for the size and the token. @default ['MaxResults', 'NextToken'] */
  readonly members?: readonly [size: string, token: string]
  readonly inAnyOrder?: boolean
  /** The code of the error for an invalid token. @default 'InvalidNextToken' */
  readonly badToken?: string
}

/** Makes the page that a call asks for. @throws AwsError For an invalid token. */
export function pageOf<Item>(
  list: readonly Item[],
  input: Input,
  { hasSparsePages }: Pick<CallContext, 'hasSparsePages'>,
  {
    keyOf,
    size,
    members = ['MaxResults', 'NextToken'],
    inAnyOrder = false,
    badToken = 'InvalidNextToken',
  }: Paging<Item>,
): Page<Item> {
  const [sizeMember, tokenMember] = members
  const { after, isAfterEmptyPage } = decode(optionalText(input, tokenMember), badToken)
  const rest = after === undefined ? list : itemsAfter(list, after, keyOf, inAnyOrder)
  if (hasSparsePages && !isAfterEmptyPage) return { items: [], nextToken: encode(after, true) }
  const fullSize = optionalNumber(input, sizeMember) ?? size
  const items = rest.slice(0, hasSparsePages ? Math.max(1, Math.floor(fullSize / 3)) : fullSize)
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
