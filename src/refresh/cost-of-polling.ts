// GetParameter, GetParameters and GetParametersByPath together: https://docs.aws.amazon.com/general/latest/gr/ssm.html
const callsPerSecond = 40

/** @returns A warning if polls of so many calls make more than one call per second. */
export function costOfPolling(calls: number, everyMs: number): string | undefined {
  if (calls * 1_000 <= everyMs) return undefined
  const rate = Math.round((calls * 10_000) / everyMs) / 10
  const share = `${rate} of the ${callsPerSecond} calls per second that an account has by default`
  return `poll.everyMs: a poll makes ${calls} calls, which is ${share}`
}
