/** Next awaits this when a server starts, before the first request, but not when it builds. */
export async function register(): Promise<void> {
  // Not in the edge runtime: Next leaves the import out of the edge bundle only in this form.
  if (process.env.NEXT_RUNTIME === 'nodejs') await (await import('./start')).start()
}
