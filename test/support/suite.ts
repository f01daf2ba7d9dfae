/** Whether every case runs: in `npm run test:all`, and not in `npm test`. */
export const isWholeSuite: boolean = process.env.LIVEPARAM_SUITE === 'all'

/** Every case in `npm run test:all`; in `npm test` so many of them, evenly spread. */
export function sample<Case>(cases: readonly Case[], count: number): Case[] {
  if (isWholeSuite || cases.length <= count) return [...cases]
  return Array.from({ length: count }, (_, index) => cases[Math.floor((index * cases.length) / count)] as Case)
}

/** How often a random case is drawn: a tenth of it in `npm test`. */
export function runs(count: number): number {
  return isWholeSuite ? count : Math.ceil(count / 10)
}
