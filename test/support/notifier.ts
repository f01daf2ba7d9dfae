import type { Inbox, NotificationSource } from '../../src/source/index.ts'

/** A notification source that says what the test tells it to. */
export interface Notifier extends NotificationSource {
  readonly inbox: Inbox
}

export function makeNotifier(): Notifier {
  let opened: Inbox | undefined
  return {
    name: 'test',
    get inbox() {
      if (opened === undefined) throw new Error('nobody listens')
      return opened
    },
    async listen(inbox, { signal }) {
      opened = inbox
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    },
  }
}
