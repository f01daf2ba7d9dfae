import { onTestFinished } from 'vitest'

/** Sets an environment variable for as long as the test. */
export function setForTest(name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  onTestFinished(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}
