import { connection } from 'next/server'
import { shopConfig } from '../config'

export default async function Page() {
  // From here on only for a request: Next makes pages at build time if they let it.
  await connection()
  return <h1>{shopConfig().current.greeting}</h1>
}
