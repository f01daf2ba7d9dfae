import { appendFileSync } from 'node:fs'
import Table from 'cli-table3'

/** A printed table, for the plots. The first head is its title. */
export interface Printed {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Prints a table. `bench/main.ts --record` stores it. */
export function print(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const plain = { head: [], border: [], compact: true }
  const table = new Table({ head: [...head], style: plain })
  for (const row of rows) table.push([...row])
  console.log(`${table.toString()}\n`)
  const record = process.env.LIVEPARAM_BENCH_RECORD
  if (record !== undefined) appendFileSync(record, `${JSON.stringify({ head, rows } satisfies Printed)}\n`)
}
