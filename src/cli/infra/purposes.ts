/** What a command does with an account. Every one of them reads what the definition covers. */
export interface Purpose {
  /** Whether it receives notifications. */
  readonly listens: boolean
  /** Whether it lists every name below the paths. */
  readonly lists: boolean
}

const reads: Purpose = { listens: false, lists: false }

const purposes: Readonly<Record<string, Purpose>> = {
  run: { listens: true, lists: false },
  check: { listens: false, lists: true },
  explain: reads,
  diff: reads,
  exec: reads,
  watch: { listens: true, lists: false },
}

/** Commands that no policy is printed for, and why. */
export const refusedPurposes: Readonly<Record<string, string>> = {
  history:
    'no policy is printed for history: ssm:GetParameterHistory reads the values of all versions, and belongs to people who may read them, not to a role that a tool writes',
  init: 'init has no definition to derive a policy from: it needs ssm:GetParametersByPath on the paths that it reads',
  dev: 'dev reads no account: it needs no permission',
}

/** The values of `--for`. */
export const purposeNames: readonly string[] = Object.keys(purposes)

/** @param names Some of {@link purposeNames}. */
export function purposesOf(names: readonly string[]): readonly Purpose[] {
  return names.flatMap((name) => purposes[name] ?? [])
}
