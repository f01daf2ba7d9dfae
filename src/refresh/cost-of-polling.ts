// https://docs.aws.amazon.com/general/latest/gr/ssm.html: of GetParameter, GetParameters and GetParametersByPath together
const callsPerSecond = 40

/** @returns A warning, if polls that take so many calls each make more than one call a second. */
export function costOfPolling(calls: number, everyMs: number): string | undefined {
  if (calls * 1_000 <= everyMs) return undefined
  const rate = Math.round((calls * 10_000) / everyMs) / 10
  const share = `${rate} a second of the ${callsPerSecond} that an account has for all by default`
  return `poll.everyMs: a look makes ${calls} calls, which is ${share}`
}
