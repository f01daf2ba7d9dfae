import { getMaxListeners, setMaxListeners } from 'node:events'

/** Adds one listener to each signal for any number of callbacks: Node.js warns of a leak at the eleventh listener. */
export class AbortListeners {
  readonly #callbacks = new Map<AbortSignal, Set<() => void>>()

  /** @returns Removes the callback. */
  add(signal: AbortSignal, callback: () => void): () => void {
    const callbacks = this.#callbacks.get(signal) ?? this.#listen(signal)
    callbacks.add(callback)
    return () => {
      callbacks.delete(callback)
      if (callbacks.size === 0) this.#forget(signal)
    }
  }

  readonly #abort = (event: Event): void => {
    if (!(event.target instanceof AbortSignal)) return
    const callbacks = this.#callbacks.get(event.target) ?? []
    this.#forget(event.target)
    for (const callback of callbacks) callback()
  }

  #listen(signal: AbortSignal): Set<() => void> {
    const callbacks = new Set<() => void>()
    this.#callbacks.set(signal, callbacks)
    signal.addEventListener('abort', this.#abort)
    return callbacks
  }

  #forget(signal: AbortSignal): void {
    this.#callbacks.delete(signal)
    signal.removeEventListener('abort', this.#abort)
  }
}

/** Creates a controller whose signal any number of waits can share. */
export function sharedController(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

/**
 * Calls back once when a signal of the user aborts, without counting towards the listener limit of Node.js.
 *
 * @returns Stops listening.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const listen = () => {
    stop()
    callback()
  }
  let isListening = true
  const stop = () => {
    if (!isListening) return
    isListening = false
    signal.removeEventListener('abort', listen)
    changeLimit(signal, -1)
  }
  changeLimit(signal, 1)
  signal.addEventListener('abort', listen)
  return stop
}

function changeLimit(signal: AbortSignal, by: 1 | -1): void {
  if (!(signal instanceof EventTarget) || Object.isFrozen(signal)) return
  const limit = getMaxListeners(signal)
  // 0 means unlimited.
  if (limit > 0) setMaxListeners(Math.max(1, limit + by), signal)
}
