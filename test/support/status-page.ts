import express from 'express'
import * as z from 'zod'
import { expressConfig, type StatusPageOptions } from '../../src/express/index.ts'
import { secret, sensitive } from '../../src/index.ts'
import { createTestConfig, type TestConfig } from '../../src/testing/index.ts'
import { serve } from './serve.ts'

export const canary = 'hunter2-canary'
export const schema = z.object({
  host: z.string(),
  port: z.number().default(5432),
  marked: sensitive(z.string()),
  stored: z.string(),
  login: secret('login', z.object({ password: z.string() })),
  mixed: z.object({ shown: z.string(), hidden: sensitive(z.string()) }).transform(({ hidden }) => `made of ${hidden}`),
  limits: z.record(z.string(), z.number()).default({}),
})
export type Config = TestConfig<typeof schema>

export async function load(): Promise<Config> {
  return createTestConfig(
    { path: ['/shared', '/app'], schema },
    {
      parameters: {
        '/shared/host': '<b>&"shared"',
        '/app/host': `<script>alert("x")</script>'`,
        '/app/marked': canary,
        '/app/stored': { type: 'SecureString', value: canary },
        '/app/mixed/shown': 'plain',
        '/app/mixed/hidden': canary,
      },
      secrets: { login: JSON.stringify({ password: canary }) },
    },
  )
}

export interface Page {
  readonly config: Config
  readonly url: string
  html(): Promise<string>
  report(): Promise<Report>
}

/** The part of status.json that the tests check. */
export interface Report {
  readonly keys: readonly { readonly key: string; readonly value?: string; readonly isSensitive: boolean }[]
  readonly changes: readonly {
    readonly revision: number
    readonly omitted: number
    readonly keys: readonly { readonly key: string; readonly before?: string; readonly after?: string }[]
  }[]
  readonly [other: string]: unknown
}

export async function open(options?: StatusPageOptions): Promise<Page> {
  const config = await load()
  const url = await serve(express().use('/_config', expressConfig(config).statusPage(options)))
  return {
    config,
    url: `${url}/_config`,
    html: async () => (await fetch(`${url}/_config/`)).text(),
    report: async () => JSON.parse(await (await fetch(`${url}/_config/status.json`)).text()),
  }
}

/** Sets NODE_ENV until disposed. */
export function withNodeEnv(value: string | undefined): Disposable {
  const { NODE_ENV } = process.env
  set(value)
  return {
    [Symbol.dispose]() {
      set(NODE_ENV)
    },
  }
}

function set(value: string | undefined): void {
  if (value === undefined) delete process.env.NODE_ENV
  else process.env.NODE_ENV = value
}
