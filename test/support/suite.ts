/** Whether every case runs: in `npm run test:all` and in mode `slow`, and not in `npm test`. */
export const isWholeSuite: boolean = process.env.LIVEPARAM_SUITE !== 'test'

/** Every case in `npm run test:all`; in `npm test` so many of them, evenly spread. */
export function sample<Case>(cases: readonly Case[], count: number): Case[] {
  if (isWholeSuite || cases.length <= count) return [...cases]
  return Array.from({ length: count }, (_, index) => cases[Math.floor((index * cases.length) / count)] as Case)
}

/** How often a random case is drawn: a tenth of it in `npm test`. */
export function runs(count: number): number {
  return isWholeSuite ? count : Math.ceil(count / 10)
}

/**
 * As many random cases in parts, each for a test of its own: on a busy machine, hundreds of them take longer than one
 * test may.
 */
export function parts(count: number, largest = 50): { readonly numRuns: number }[] {
  const whole = runs(count)
  const starts = Array.from({ length: Math.ceil(whole / largest) }, (_, index) => index * largest)
  return starts.map((start) => ({ numRuns: Math.min(largest, whole - start) }))
}
