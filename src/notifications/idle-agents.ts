import { Agent, type ClientRequest } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** How a client waits for messages without keeping the process alive: for handlers of the AWS SDK. */
export interface IdleHandlerOptions {
  readonly httpAgent: Agent
  readonly httpsAgent: SecureAgent
  readonly connectionTimeout: number
  readonly socketAcquisitionWarningTimeout: number
}

export function idleHandler(): IdleHandlerOptions {
  const options = { keepAlive: true }
  return {
    httpAgent: new IdleAgent(options),
    httpsAgent: new IdleSecureAgent(options),
    connectionTimeout: 2_000,
    // The SDK's own timer for a warning would keep the process alive for seconds.
    socketAcquisitionWarningTimeout: 0,
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
