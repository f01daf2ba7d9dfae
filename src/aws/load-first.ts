import { loadPackage } from './client.ts'

/**
 * Imports the first of two packages with the same purpose. If neither can be loaded, the error names both.
 *
 * @throws AwsCallError when the first one cannot be loaded.
 */
export async function loadFirst<Module>(
  purpose: string,
  [name, load]: readonly [name: string, load: () => Promise<Module>],
  [otherName, loadOther]: readonly [name: string, load: () => Promise<unknown>],
): Promise<Module> {
  const [first, other] = await Promise.allSettled([load(), loadOther()])
  const missing = other.status === 'fulfilled' ? name : `${name} ${otherName}`
  return first.status === 'fulfilled' ? first.value : loadPackage(missing, purpose, load)
}
