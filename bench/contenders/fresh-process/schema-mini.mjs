import * as z from 'zod/mini'

/** A schema in zod/mini of a hundred parameters under one path, half of them numbers. */
export const schema = z.object(
  Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`key${index}`, index % 2 === 0 ? z.string() : z.coerce.number()]),
  ),
)
