import type { ServerResponse } from 'node:http'
import type { LiveConfig } from '../config/live-config.ts'

/** Answers with what `config.health()` says: 503 when it is down. */
export function answerHealth(config: LiveConfig<unknown>, response: ServerResponse): void {
  const health = config.health()
  answer(response, health.status === 'down' ? 503 : 200, health)
}

/** Answers whether requests may be sent here, and if not, why: 503. */
export function answerReadiness(config: LiveConfig<unknown>, response: ServerResponse): void {
  const { status, state, reason } = config.health()
  const isReady = status !== 'down'
  answer(response, isReady ? 200 : 503, {
    isReady,
    ...(!isReady && { state, ...(reason !== undefined && { reason }) }),
  })
}

function answer(response: ServerResponse, statusCode: number, body: object): void {
  response.statusCode = statusCode
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.setHeader('cache-control', 'no-store')
  response.end(JSON.stringify(body))
}
