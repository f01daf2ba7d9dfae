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
  const [httpAgent, httpsAgent] = [new IdleAgent({ keepAlive: true }), new IdleSecureAgent({ keepAlive: true })]
  return {
    // The SDK's own timer for a warning would keep the process alive for seconds.
    handler: { httpAgent, httpsAgent, connectionTimeout: 2_000, socketAcquisitionWarningTimeout: 0 },
    destroy() {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
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
