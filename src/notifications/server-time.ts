import type { SqsModule } from './queue-listener.ts'

/** Makes a command record the server's time in its answer; `undefined` until then, and if the answer has no date. */
export function noteServerTime(command: InstanceType<SqsModule['GetQueueAttributesCommand']>): {
  readonly at: number | undefined
} {
  const time: { at: number | undefined } = { at: undefined }
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const at = Date.parse(dateIn(result.response))
      time.at = Number.isNaN(at) ? undefined : at
      return result
    },
    { step: 'deserialize', name: 'liveparamServerTime' },
  )
  return time
}

function dateIn(response: unknown): string {
  const { headers = {} } = response as { readonly headers?: Readonly<Record<string, string>> }
  return headers.date ?? ''
}
