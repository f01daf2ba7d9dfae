/** Next awaits it when a server starts, before the first request, and never when it builds. */
export async function register(): Promise<void> {
  // Not in middleware on the edge; and only in this form does Next leave what is imported out of there.
  if (process.env.NEXT_RUNTIME === 'nodejs') await (await import('./start')).start()
}
