import { EventEmitter, once } from 'node:events'
import { deliverEvent, type NotificationSource } from '../../src/source/index.ts'

/** Some other way by which messages come. */
export class Bus extends EventEmitter<{ message: [string]; state: [] }> {
  isUp = true

  /** What is published while it is down is lost. */
  publish(message: string): void {
    if (this.isUp) this.emit('message', message)
  }

  /** Takes it down until that is disposed of. */
  fail(): Disposable {
    this.#become('down')
    return { [Symbol.dispose]: () => this.#become('up') }
  }

  #become(state: 'up' | 'down'): void {
    this.isUp = state === 'up'
    this.emit('state')
  }
}

/** All that it takes to learn of changes by it. */
export function busNotifications(bus: Bus): NotificationSource {
  return {
    name: 'bus',
    async listen(inbox, { signal }) {
      const take = (message: string) => deliverEvent(message, inbox)
      const tellState = () => {
        if (bus.isUp) inbox.opened()
        else inbox.failed({ code: 'UNREACHABLE', isTransient: true, detail: 'the bus is down', remedy: 'start it' })
      }
      if (signal.aborted) return
      bus.on('message', take).on('state', tellState)
      tellState()
      await once(signal, 'abort')
      bus.off('message', take).off('state', tellState)
    },
  }
}
