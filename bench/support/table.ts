import { appendFileSync } from 'node:fs'
import Table from 'cli-table3'

/** What was printed, for the plots: the first head says what it is about. */
export interface Printed {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Prints a table; what is true of a row, and what it has to be. `bench/main.ts --record` keeps it. */
export function print(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const plain = { head: [], border: [], compact: true }
  const table = new Table({ head: [...head], style: plain })
  for (const row of rows) table.push([...row])
  console.log(`${table.toString()}\n`)
  const record = process.env.LIVEPARAM_BENCH_RECORD
  if (record !== undefined) appendFileSync(record, `${JSON.stringify({ head, rows } satisfies Printed)}\n`)
}
