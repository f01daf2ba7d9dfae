import { getMaxListeners, setMaxListeners } from 'node:events'

/** Creates a controller whose signal any number of waits can share. */
export function sharedController(): AbortController {
  const controller = new AbortController()
  setMaxListeners(Number.POSITIVE_INFINITY, controller.signal)
  return controller
}

/**
 * Calls back once when the signal aborts. Raises the number of listeners at which Node.js warns of a leak.
 *
 * @returns Stops listening.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let isListening = true
  const stop = () => {
    if (!isListening) return
    isListening = false
    signal.removeEventListener('abort', listen)
    changeLimit(signal, -1)
  }
  const listen = () => {
    stop()
    callback()
  }
  changeLimit(signal, 1)
  signal.addEventListener('abort', listen)
  return stop
}

function changeLimit(signal: AbortSignal, by: 1 | -1): void {
  if (!(signal instanceof EventTarget) || Object.isFrozen(signal)) return
  try {
    const limit = getMaxListeners(signal)
    if (limit > 0) setMaxListeners(Math.max(1, limit + by), signal)
  } catch {
    // Some releases of Node.js throw if the limit is 0, which means no limit.
  }
}
