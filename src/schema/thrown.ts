/** `TypeError at src/config.ts:12:3`: who threw and where. What was thrown may quote a secret, so its message is not for others. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'something that is not an error'
  const [frame] = framesOf(thrown)
  return frame === undefined ? thrown.constructor.name : `${thrown.constructor.name} ${frame}`
}

/** A copy that tells where something was thrown and nothing of what it said. */
export function withoutMessage(thrown: unknown): Error {
  const copy = new Error('message withheld: it could quote a secret')
  if (!(thrown instanceof Error)) return copy
  copy.name = thrown.constructor.name
  copy.stack = [`${copy.name}: ${copy.message}`, ...framesOf(thrown).map((frame) => `    ${frame}`)].join('\n')
  return copy
}

// A message may span lines and look like anything: frames are what follows it.
function framesOf(error: Error): string[] {
  const { stack = '', message } = error
  const afterMessage = stack.slice(message === '' ? 0 : stack.indexOf(message) + message.length)
  return afterMessage
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^at .*:\d+:\d+\)?$/.test(line))
}
