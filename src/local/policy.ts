import { AwsError } from './aws-error.ts'
import { adviceFor, checkArguments, isActionPattern, isString } from './check-arguments.ts'

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
 * A list of denials, in place of IAM.
 *
 * @experimental
 */
export interface Policy {
  /** Adds a denial. It ends when you call `remove()`. @throws TypeError For an action that no operation has. */
  deny(denial: Denial): { remove(): void }
  /** Removes all denials. */
  clear(): void
}

export class DenyList implements Policy {
  readonly #user: string
  readonly #actions: () => readonly string[]
  readonly #denials = new Set<Denial>()

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

  clear(): void {
    this.#denials.clear()
  }

  /** @param names All names that a denial can use for the resource. The ARN is the first. */
  isDenied(action: string, names: readonly string[]): boolean {
    return [...this.#denials].some((denial) => {
      const actions = typeof denial.action === 'string' ? [denial.action] : denial.action
      return actions.some((pattern) => matches(pattern, action)) && names.some((name) => matches(denial.resource, name))
    })
  }

  /** @throws AwsError `AccessDeniedException`, in the wording of IAM. */
  check(action: string, names: readonly string[]): void {
    if (!this.isDenied(action, names)) return
    const reason = `because no identity-based policy allows the ${action} action`
    const message = `User: ${this.#user} is not authorized to perform: ${action} on resource: ${names[0]} ${reason}`
    throw new AwsError('AccessDeniedException', message)
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
