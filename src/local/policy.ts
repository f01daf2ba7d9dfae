import { AwsError } from './aws-error.ts'
import { adviceFor, checkArguments, isActionPattern, isString } from './check-arguments.ts'
import type { AttachedPolicy } from './iam-policy.ts'

/**
 * Denies calls. Every other call is allowed.
 *
 * @experimental
 */
export interface Denial {
  /** IAM actions, for example `ssm:GetParameters`. `*` matches any text. */
  readonly action: string | readonly string[]
  /** An ARN, the name or path of a parameter, or the name of another resource. `*` matches any text. */
  readonly resource: string
}

/**
 * A call that was refused.
 *
 * @experimental
 */
export interface RefusedCall {
  /** The IAM action, for example `ssm:GetParameters`. */
  readonly action: string
  /** The ARN of the resource, or `*`. */
  readonly resource: string
}

/**
 * Denials and policies, in place of IAM.
 *
 * @experimental
 */
export interface Policy {
  /** The last 1,000 calls that denials and attached policies refused, in order. */
  readonly refused: readonly RefusedCall[]
  /** Adds a denial. It ends when you call `remove()`. @throws TypeError For an action that no operation has. */
  deny(denial: Denial): { remove(): void }
  /**
   * Attaches a policy of IAM to the role of every caller: only calls that an attached policy allows are then possible.
   * AWS's own keys decrypt for Parameter Store and Secrets Manager without a permission, as on AWS. It ends when you
   * call `remove()`.
   *
   * @param document A policy document, or its JSON text, with the elements `Sid`, `Effect`, `Action`, `Resource` and
   * `Condition` with `StringEquals`, `StringLike`, `ArnEquals` and `ArnLike`.
   * @throws TypeError For any other element.
   */
  attach(document: object | string): Promise<{ remove(): void }>
  /** Removes all denials and attached policies. */
  clear(): void
}

const mostRefused = 1_000

export class DenyList implements Policy {
  readonly refused: RefusedCall[] = []
  readonly #user: string
  readonly #actions: () => readonly string[]
  readonly #denials = new Set<Denial>()
  readonly #attached = new Set<AttachedPolicy>()

  /** @param actions The actions that a denial can name. */
  constructor(user: string, actions: () => readonly string[]) {
    this.#user = user
    this.#actions = actions
  }

  deny(denial: Denial): { remove(): void } {
    checkArguments('deny()', denial, { action: isActionPattern, resource: isString })
    checkActions('deny()', denial.action, this.#actions())
    this.#denials.add(denial)
    return { remove: () => this.#denials.delete(denial) }
  }

  async attach(document: object | string): Promise<{ remove(): void }> {
    const { readPolicy } = await import('./iam-policy.ts')
    const policy = readPolicy(document, 'attach()')
    this.#attached.add(policy)
    return { remove: () => this.#attached.delete(policy) }
  }

  clear(): void {
    this.#denials.clear()
    this.#attached.clear()
  }

  /** @param names All names that a denial can use for the resource. The ARN is the first. */
  isDenied(action: string, names: readonly string[]): boolean {
    return [...this.#denials].some((denial) => {
      const actions = typeof denial.action === 'string' ? [denial.action] : denial.action
      return actions.some((pattern) => matches(pattern, action)) && names.some((name) => matches(denial.resource, name))
    })
  }

  /**
   * @param conditions The values of condition keys.
   * @throws AwsError `AccessDeniedException`, in the wording of IAM.
   */
  check(action: string, names: readonly string[], conditions: Readonly<Record<string, string>> = {}): void {
    this.checkDenials(action, names)
    if (this.#attached.size === 0) return
    // IAM has no actions for batches.
    const call = { action: action.replace(/Batch$/, ''), resource: names[0] ?? '*', conditions }
    const decisions = [...this.#attached].map((policy) => policy.decide(call))
    if (decisions.includes('Deny') || !decisions.includes('Allow')) throw this.#refusal(action, names)
  }

  /** For a call that the policy of its resource allows. @throws AwsError */
  checkDenials(action: string, names: readonly string[]): void {
    if (this.isDenied(action, names)) throw this.#refusal(action, names)
  }

  #refusal(action: string, names: readonly string[]): AwsError {
    this.refused.push({ action, resource: names[0] ?? '*' })
    if (this.refused.length > mostRefused) this.refused.shift()
    const reason = `because no identity-based policy allows the ${action} action`
    const message = `User: ${this.#user} is not authorized to perform: ${action} on resource: ${names[0]} ${reason}`
    return new AwsError('AccessDeniedException', message)
  }
}

/** @throws TypeError For an action that no operation has: it would never apply. */
export function checkActions(caller: string, actions: string | readonly string[], known: readonly string[]): void {
  const wrong = (typeof actions === 'string' ? [actions] : actions).find((pattern) => {
    return !known.some((action) => matches(pattern, action))
  })
  if (wrong === undefined) return
  const [service = ''] = wrong.split(':')
  const near = known.filter((action) => action.startsWith(`${service}:`))
  const services = [...new Set(known.map((action) => action.replace(/:.*/, ':*')))]
  const advice = adviceFor(wrong, known, near.length > 0 ? near : services)
  throw new TypeError(`${caller}: no operation has the action ${wrong}: ${advice}`)
}

/** Whether a text matches a pattern. `*` matches any text. */
export function matches(pattern: string, value: string): boolean {
  return matchesParts(pattern.split('*'), value)
}

/** Whether a text consists of these parts, in order, with any text between them. */
export function matchesParts([first = '', ...others]: readonly string[], value: string): boolean {
  const last = others.pop()
  if (last === undefined) return value === first
  if (!value.startsWith(first)) return false
  let from = first.length
  for (const part of others) {
    const at = value.indexOf(part, from)
    if (at === -1) return false
    from = at + part.length
  }
  return value.length - last.length >= from && value.endsWith(last)
}
