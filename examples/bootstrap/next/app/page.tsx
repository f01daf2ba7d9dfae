import { connection } from 'next/server'
import { shopConfig } from '../config'

export default async function Page() {
  // The rest runs for requests only: without this line, Next renders the page at build time.
  await connection()
  return <h1>{shopConfig().current.greeting}</h1>
}
