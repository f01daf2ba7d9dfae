import { AwsError } from './aws-error.ts'
import { anAction, aText, checkGiven } from './check-given.ts'

/** What is denied; everything else is allowed. */
export interface Denial {
  /** Such as `ssm:GetParameters`; `*` stands for anything. */
  readonly action: string | readonly string[]
  /** An ARN, a parameter's name or path, or a secret's name; `*` stands for anything. */
  readonly resource: string
}

/** A small list of denials in the place of IAM. */
export interface Policy {
  /** Denies from now on, until it is removed. @throws TypeError when nothing could ever be like it. */
  deny(denial: Denial): { remove(): void }
  /** Removes all denials. */
  clear(): void
}

export class DenyList implements Policy {
  readonly #accountId: string
  readonly #denials = new Set<Denial>()

  constructor(accountId: string) {
    this.#accountId = accountId
  }

  deny(denial: Denial): { remove(): void } {
    checkGiven('deny()', denial, { action: anAction, resource: aText })
    this.#denials.add(denial)
    return { remove: () => this.#denials.delete(denial) }
  }

  clear(): void {
    this.#denials.clear()
  }

  /** @param names Every way in which the resource can be named; its ARN comes first. */
  isDenied(action: string, names: readonly string[]): boolean {
    return [...this.#denials].some((denial) => {
      const actions = typeof denial.action === 'string' ? [denial.action] : denial.action
      return actions.some((pattern) => matches(pattern, action)) && names.some((name) => matches(denial.resource, name))
    })
  }

  /** @throws AwsError `AccessDeniedException`, in the words of IAM. */
  check(action: string, names: readonly string[]): void {
    if (!this.isDenied(action, names)) return
    const user = `arn:aws:sts::${this.#accountId}:assumed-role/local/session`
    const reason = `because no identity-based policy allows the ${action} action`
    const message = `User: ${user} is not authorized to perform: ${action} on resource: ${names[0]} ${reason}`
    throw new AwsError('AccessDeniedException', message)
  }
}

/** Whether a text is like a pattern in which `*` stands for anything. */
export function matches(pattern: string, value: string): boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined || !value.startsWith(first)) return pattern === value
  let from = first.length
  for (const part of others) {
    const at = value.indexOf(part, from)
    if (at === -1) return false
    from = at + part.length
  }
  return value.length - last.length >= from && value.endsWith(last)
}
