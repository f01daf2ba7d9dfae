import type { Problem, Whereabouts } from '../errors.ts'

/** Adds the caller that a denial names. */
export function whereaboutsIn(problems: readonly Problem[], known: Whereabouts): Whereabouts {
  for (const { detail } of problems) {
    const [, account, role] = callers.exec(detail) ?? []
    if (account !== undefined && role !== undefined) return { ...known, account, role }
  }
  return known
}

// The caller in AWS's denials. The name of the session follows the name of the role.
const callers = /arn:aws[\w-]*:(?:sts|iam)::(\d{12}):(?:assumed-role|role|user)\/([\w+=,.@-]+)/

/** Explains missing credentials or a missing region by a missing profile. */
export function withProfile(problem: Problem, { profile, isProfileMissing }: Whereabouts): Problem {
  const isAboutProfile = problem.code === 'NO_CREDENTIALS' || problem.code === 'NO_REGION'
  if (profile === undefined || isProfileMissing !== true || !isAboutProfile) return problem
  const detail = `the shared config files have no profile ${JSON.stringify(profile)}: ${problem.detail}`
  return { ...problem, detail, remedy: 'correct AWS_PROFILE, or add the profile to the shared config files' }
}
