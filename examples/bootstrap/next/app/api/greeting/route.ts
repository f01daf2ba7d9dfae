import { connection } from 'next/server'
import { shopConfig } from '../../../config'

export async function GET(): Promise<Response> {
  await connection()
  return Response.json({ greeting: shopConfig().current.greeting })
}
