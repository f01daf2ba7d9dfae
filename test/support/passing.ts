import type { FakeClock } from '../../src/testing/index.ts'

/** For `expect.poll`: lets time pass before it attempts, where real calls are made in between. */
export function passing<Seen>(clock: FakeClock, stepMs: number, look: () => Seen): () => Promise<Seen> {
  return async () => {
    await clock.advance(stepMs)
    return look()
  }
}
