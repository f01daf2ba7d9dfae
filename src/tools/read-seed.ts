import { type LocalAwsOptions, type Seed, startLocalAws } from '../local/index.ts'
import { storeSeed } from '../local/options.ts'
import { readSeedFile } from '../local/seed-file.ts'

/**
 * Reads a seed from a file, after a local AWS has accepted all of it.
 *
 * @throws TypeError for a mistake in the file. The message names the file and the line, and shows no value.
 */
export async function readSeed(path: string, place: LocalAwsOptions): Promise<Seed> {
  const { seed, placeOf } = await readSeedFile(path)
  const trial = await startLocalAws(place)
  try {
    storeSeed(seed, trial.parameters, trial.secrets, (kind, name) => `${placeOf(kind, name)}: ${name}`)
  } finally {
    await trial.close()
  }
  return seed
}
