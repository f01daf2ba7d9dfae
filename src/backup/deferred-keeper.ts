import { moduleFailure } from '../messages/describe-thrown.ts'
import type { BackedUpConfig, ConnectedBackup } from '../refresh/backup.ts'
import type { BackupKeeper } from './keeper.ts'
import type { ReadingStore } from './writer.ts'

/** The backup of one config, whose modules load on first use. A module that cannot be loaded is a warning. */
export function deferKeeper(parts: BackedUpConfig, open: () => Promise<ReadingStore>): ConnectedBackup {
  let loading: Promise<BackupKeeper> | undefined
  const load = async () => {
    const [{ BackupKeeper }, store] = await Promise.all([import('./keeper.ts'), open()])
    return new BackupKeeper(store, parts)
  }
  const use = async <Result>(work: (keeper: BackupKeeper) => Result | Promise<Result>): Promise<Result | undefined> => {
    loading ??= load()
    try {
      return await work(await loading)
    } catch (error) {
      // The next use tries again.
      loading = undefined
      parts.publisher.warn(`the backup cannot be used: ${moduleFailure(error).detail}`)
      return undefined
    }
  }
  return {
    restore: async (...given) => (await use((keeper) => keeper.restore(...given))) ?? {},
    save: (...given) => void use((keeper) => keeper.save(...given)),
    resume: () => void use((keeper) => keeper.resume()),
    pause: () => use((keeper) => keeper.pause()),
    close: () => use((keeper) => keeper.close()),
  }
}
