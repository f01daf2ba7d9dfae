/** Loads every module that src imports on demand. Loading takes real time, which must not pass on a fake clock. */
export function loadOnDemandModules(): Promise<unknown> {
  return Promise.all([
    import('../aws/aws-messages.ts'),
    import('../aws/aws-source.ts'),
    import('../aws/by-path.ts'),
    import('../aws/call-failures.ts'),
    import('../aws/denied-names.ts'),
    import('../aws/secrets.ts'),
    import('../aws/whereabouts.ts'),
    import('../backup/encryption.ts'),
    import('../backup/identity.ts'),
    import('../config/invocations.ts'),
    import('../config/notification-intake.ts'),
    import('../decode/references.ts'),
    import('../diagnostics/diagnostics.ts'),
    import('../messages/describe-thrown.ts'),
    import('../platform/aws-identity.ts'),
    import('../redis/fleet-source.ts'),
    import('../refresh/hinted-reading.ts'),
    import('../refresh/hints.ts'),
    import('../refresh/hooks.ts'),
    import('../refresh/refusals.ts'),
    import('../refresh/repeated-reading.ts'),
    import('../refresh/sentinel.ts'),
    import('../resources/resources.ts'),
  ])
}
