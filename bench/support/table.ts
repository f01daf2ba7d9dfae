import Table from 'cli-table3'

/** Prints a table; what is true of a row, and what it has to be. */
export function print(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const plain = { head: [], border: [], compact: true }
  const table = new Table({ head: [...head], style: plain })
  for (const row of rows) table.push([...row])
  console.log(`${table.toString()}\n`)
}
