import * as z from 'zod'

/** What a hundred parameters under one path make: half of them read as numbers. */
export const schema = z.object(
  Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`key${index}`, index % 2 === 0 ? z.string() : z.coerce.number()]),
  ),
)
