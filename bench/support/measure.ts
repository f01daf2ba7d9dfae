/** Returns the middle value; of an even number, the upper one of the middle two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Returns how long a function takes, in milliseconds. */
export async function time(run: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

/**
 * Returns the times of several contenders, in milliseconds. They take turns, so that other load on the machine affects
 * all of them. The first turn of each does not count.
 */
export async function takeTurns<Name extends string>(
  contenders: Readonly<Record<Name, () => unknown>>,
  turns: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>
  for (let turn = 0; turn <= turns; turn++) {
    for (const name of names) {
      const took = await time(contenders[name])
      if (turn > 0) times[name].push(took)
    }
  }
  return times
}

/** `12.3 ms` */
export function inMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** `1.25 ×` */
export function asRatio(value: number): string {
  return `${value.toFixed(2)} ×`
}
