import { unwatchFile, watchFile } from 'node:fs'
import { afterQuiet } from './after-quiet.ts'

const pollMs = 200
// Longer than a poll: an editor may write a file in several steps.
const quietMs = 250

/**
 * Runs an action after each change of a file, one at a time. Compares its times and size: notifications of the file
 * system miss editors that replace the file, links, and the mounts of containers.
 *
 * @returns Call it to end this.
 */
export function followFile(path: string, onChange: () => Promise<void>): () => void {
  let running = Promise.resolve()
  const following = afterQuiet(quietMs, (superseded) => {
    running = running.then(() => (superseded.aborted ? undefined : onChange()))
  })
  watchFile(path, { interval: pollMs }, following.request)
  // The file may have changed since it was read.
  following.request()
  return () => {
    unwatchFile(path, following.request)
    following.cancel()
  }
}
