import type { HandleParts } from './config-handle.ts'
import type { ConfigHealth, ConfigStatus } from './status.ts'

type StatusParts = Pick<HandleParts<unknown>, 'runtime' | 'loop' | 'publisher' | 'listeners' | 'source' | 'resources'>

export function describeStatus({ runtime, loop, publisher, listeners, source, resources }: StatusParts): ConfigStatus {
  const { state, reason, since, verifiedAt, failures, rejections, health } = loop.state
  const { snapshot, lastError } = publisher
  const { nextRefreshAt } = loop
  const place = source.place()
  return {
    runtime,
    state,
    ...(reason !== undefined && { reason }),
    since: loop.toClockTime(since),
    ...(snapshot !== undefined && { revision: snapshot.revision, loadedAt: snapshot.loadedAt }),
    ...(verifiedAt !== undefined && { verifiedAt: loop.toClockTime(verifiedAt) }),
    ...(nextRefreshAt !== undefined && { nextPollAt: Math.round(nextRefreshAt) }),
    failures: failures + rejections,
    ...(lastError !== undefined && {
      lastError: { code: lastError.error.code, message: lastError.error.message, at: lastError.at },
    }),
    ...(place !== undefined && { place }),
    missedNotifications: health.missed,
    notifications: listeners.status,
    expiring: publisher.expiring,
    usage: source.usage(),
    resources: resources.status,
  }
}

type HealthParts = Pick<HandleParts<unknown>, 'clock' | 'loop' | 'publisher' | 'resources'>

export function describeHealth({ clock, loop, publisher, resources }: HealthParts): ConfigHealth {
  const { state, reason, verifiedAt } = loop.state
  const { snapshot } = publisher
  const isCurrent = state === 'ready' && resources.status.every((resource) => resource.isCurrent)
  const isServing = snapshot !== undefined && state !== 'closed' && reason !== 'age-exceeded'
  return {
    status: !isServing ? 'down' : isCurrent ? 'up' : 'degraded',
    state,
    ...(reason !== undefined && { reason }),
    ...(snapshot !== undefined && { revision: snapshot.revision }),
    ...(verifiedAt !== undefined && { ageMs: Math.max(0, clock.now() - loop.toClockTime(verifiedAt)) }),
  }
}
