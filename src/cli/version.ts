import { readFile } from 'node:fs/promises'

/** The version in the manifest of the package. */
export async function readVersion(): Promise<string> {
  const { version }: { readonly version: string } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  return version
}
