import { unwatchFile, watchFile } from 'node:fs'
import { platform } from '../platform/node.ts'

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
  let waiting = new AbortController()
  let running = Promise.resolve()
  const run = () => {
    waiting.abort()
    waiting = new AbortController()
    const { signal } = waiting
    platform.clock.sleep(quietMs, signal).then(
      () => {
        running = running.then(() => (signal.aborted ? undefined : onChange()))
      },
      () => undefined,
    )
  }
  watchFile(path, { interval: pollMs }, run)
  // The file may have changed since it was read.
  run()
  return () => {
    unwatchFile(path, run)
    waiting.abort()
  }
}
