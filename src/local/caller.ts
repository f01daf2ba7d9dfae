import type { Caller, Operations } from './service-context.ts'
import type { Shape } from './shape.ts'

/** The caller of every request: a role of the account. */
export function callerOf(accountId: string, partition: string): Caller {
  return {
    accountId,
    arn: `arn:${partition}:sts::${accountId}:assumed-role/local/session`,
    userId: 'AROALOCAL:session',
  }
}

/** The operations of STS. AWS answers them to every caller, so no denial applies. */
export function callerOperations({ accountId, arn, userId }: Caller): Operations {
  return { GetCallerIdentity: () => ({ Arn: arn, UserId: userId, Account: accountId }) }
}

export const callerShapes: Readonly<Record<string, Shape>> = { GetCallerIdentity: {} }

/** The partition of a region, for example `aws-cn`: the second element of its ARNs. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  const isolated = /^us-(gov|iso)([a-z]?)-/.exec(region)
  if (isolated === null) return 'aws'
  const [, kind, letter] = isolated
  return kind === 'gov' ? 'aws-us-gov' : ['aws-iso', letter].filter(Boolean).join('-')
}
