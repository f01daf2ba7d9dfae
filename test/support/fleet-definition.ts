import * as z from 'zod'
import type { FleetTimes } from '../../src/redis/fleet-source.ts'

export const fleetSchema = z.object({
  greeting: z.string(),
  token: z.string(),
  limits: z.record(z.string(), z.number()),
})

/** Times that are long enough for a busy machine. */
export const patientTimes: FleetTimes = { freshMs: 60_000, leaseMs: 12_000, keepMs: 600_000, commandMs: 10_000 }
