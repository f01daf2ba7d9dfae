import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * What happens to the answers. `cut`: connections end, and new ones are refused. `stall`: nothing passes in either
 * direction, until the mode changes. `corrupt`: every answer has a wrong byte.
 */
export type ProxyMode = 'pass' | 'cut' | 'stall' | 'corrupt'

/** Passes connections on to a port of this machine. */
export interface TcpProxy {
  readonly port: number
  mode: ProxyMode
  /** How long each answer waits, in milliseconds. */
  delayMs: number
  /** Changes the mode when so many requests have passed. */
  after(requests: number, mode: ProxyMode): void
  /** The number of requests so far. */
  readonly requests: number
}

/** Starts a proxy that lives as long as the test. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()
  const stalled: (() => void)[] = []
  let mode: ProxyMode = 'pass'
  let change: { readonly requests: number; readonly mode: ProxyMode } | undefined
  const cutAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  const setMode = (next: ProxyMode) => {
    mode = next
    if (next === 'cut') cutAll()
    if (next !== 'stall') for (const write of stalled.splice(0)) write()
  }
  const server = createServer((downstream) => {
    if (mode === 'cut') {
      downstream.destroy()
      return
    }
    const upstream = connect(targetPort, '127.0.0.1')
    for (const [socket, other] of [
      [downstream, upstream],
      [upstream, downstream],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    downstream.on('data', (chunk) => {
      proxy.count++
      if (change !== undefined && proxy.count > change.requests) setMode(change.mode)
      unlessStalled(() => upstream.write(chunk))
    })
    upstream.on('data', (chunk) => {
      unlessStalled(() => answer(downstream, chunk))
    })
  })
  const unlessStalled = (write: () => void) => {
    if (mode === 'stall') stalled.push(write)
    else write()
  }
  const answer = (downstream: Socket, chunk: Buffer) => {
    if (mode === 'corrupt') chunk[0] = 0x21
    if (proxy.delayMs === 0) downstream.write(chunk)
    else later(() => downstream.write(chunk), proxy.delayMs)
  }
  const later = (run: () => void, ms: number) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, ms)
    timers.add(timer)
  }
  const proxy = { count: 0, delayMs: 0 }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const timer of timers) clearTimeout(timer)
    const closed = once(server, 'close')
    server.close()
    cutAll()
    await closed
  })
  return {
    port: (server.address() as AddressInfo).port,
    get mode() {
      return mode
    },
    set mode(next) {
      change = undefined
      setMode(next)
    },
    get delayMs() {
      return proxy.delayMs
    },
    set delayMs(ms) {
      proxy.delayMs = ms
    },
    get requests() {
      return proxy.count
    },
    after(requests, next) {
      change = { requests: proxy.count + requests, mode: next }
    },
  }
}
