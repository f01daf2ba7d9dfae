import { Agent, type ClientRequest } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Connections that wait for messages without keeping the process alive, for handlers of the AWS SDK. */
export interface IdleAgents {
  readonly handler: {
    readonly httpAgent: Agent
    readonly httpsAgent: SecureAgent
    readonly connectionTimeout: number
    readonly socketAcquisitionWarningTimeout: number
  }
  /** Closes the connections: the SDK leaves agents alone that it has not made. */
  destroy(): void
}

export function idleAgents(): IdleAgents {
  const httpAgent = withoutTimer(new IdleAgent({ keepAlive: true }))
  const httpsAgent = withoutTimer(new IdleSecureAgent({ keepAlive: true }))
  return {
    // Timers of the SDK keep the process alive: one for a warning, and one for connection timeouts of 2 s and more.
    handler: { httpAgent, httpsAgent, connectionTimeout: 1_900, socketAcquisitionWarningTimeout: 0 },
    destroy() {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}

// Where this is exactly `true`, the SDK sets a timer of 3 s for each request, to do what the agent of Node does anyway.
function withoutTimer<SomeAgent extends Agent>(agent: SomeAgent): SomeAgent {
  return Object.assign(agent, { keepAlive: 1 })
}

class IdleAgent extends Agent {
  override createConnection(...args: Parameters<Agent['createConnection']>): ReturnType<Agent['createConnection']> {
    return idle(super.createConnection(...args))
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request)
    idle(socket)
  }
}

class IdleSecureAgent extends SecureAgent {
  override createConnection(
    ...args: Parameters<SecureAgent['createConnection']>
  ): ReturnType<SecureAgent['createConnection']> {
    return idle(super.createConnection(...args))
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request)
    idle(socket)
  }
}

function idle<Connection>(connection: Connection): Connection {
  if (connection instanceof Socket) connection.unref()
  return connection
}
