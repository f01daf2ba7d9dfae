import { AwsCallError, notAws } from '../aws/call-error.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** @throws AwsCallError when the environment names a proxy for this endpoint: the calls would bypass it, or fail. */
export function refuseProxy(endpoint: URL, environment: Environment): void {
  const { protocol, host } = endpoint
  const names = protocol === 'https:' ? ['HTTPS_PROXY', 'ALL_PROXY'] : ['HTTP_PROXY', 'ALL_PROXY']
  const name = names.flatMap((upper) => [upper, upper.toLowerCase()]).find((variable) => environment[variable])
  if (name === undefined || isLoopback(endpoint) || isExempt(endpoint, environment)) return
  const detail = `${name} names a proxy, and lightClient() cannot call ${host} through one`
  const remedy = `add ${host} to NO_PROXY if it is reachable without the proxy, or pass an SSMClient with a proxy agent`
  throw new AwsCallError({ code: 'UNREACHABLE', isTransient: false, detail, remedy }, notAws)
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** Whether `NO_PROXY` has the host or a domain above it. */
function isExempt({ hostname, port, protocol }: URL, environment: Environment): boolean {
  const exempt = (environment.NO_PROXY || environment.no_proxy || '').toLowerCase().split(/[\s,]+/)
  const actualPort = port || (protocol === 'https:' ? '443' : '80')
  return exempt.some((entry) => {
    if (entry === '*') return true
    const [, name = '', entryPort = actualPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
    const domain = name.replace(/^\*?\.?/, '')
    return domain !== '' && entryPort === actualPort && (hostname === domain || hostname.endsWith(`.${domain}`))
  })
}
