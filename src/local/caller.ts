import type { Shape } from './shape.ts'
import type { Caller, Operations } from './world.ts'

/** The caller of every request: a role of the account. */
export function callerOf(accountId: string): Caller {
  return { accountId, arn: `arn:aws:sts::${accountId}:assumed-role/local/session`, userId: 'AROALOCAL:session' }
}

/** STS: who the caller is. AWS answers this to every caller, whatever a policy says. */
export function callerOperations({ accountId, arn, userId }: Caller): Operations {
  return { GetCallerIdentity: () => ({ Arn: arn, UserId: userId, Account: accountId }) }
}

export const callerShapes: Readonly<Record<string, Shape>> = { GetCallerIdentity: {} }
