import { Agent, type ClientRequest } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Agents for the AWS SDK whose connections do not keep the process alive while they wait for messages. */
export interface IdleAgents {
  readonly handler: {
    readonly httpAgent: Agent
    readonly httpsAgent: SecureAgent
    readonly connectionTimeout: number
    readonly socketAcquisitionWarningTimeout: number
  }
  /** Closes the connections: the SDK does not destroy agents that it was given. */
  destroy(): void
}

export function idleAgents(): IdleAgents {
  const httpAgent = withoutTimer(new IdleAgent({ keepAlive: true }))
  const httpsAgent = withoutTimer(new IdleSecureAgent({ keepAlive: true }))
  return {
    // Two timers of the SDK keep the process alive: for a warning, and for connection timeouts of 2 s and more.
    handler: { httpAgent, httpsAgent, connectionTimeout: 1_900, socketAcquisitionWarningTimeout: 0 },
    destroy() {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}

// If `keepAlive` is exactly `true`, the SDK sets a timer of 3 s for each request; the agent works the same without.
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
