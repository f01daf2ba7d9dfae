import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm'
import type { Load } from './contender.ts'

export const loadByNames: Load = async (aws, { names }) => {
  const awsSdkV3Client = aws.client()
  const provider = new SSMProvider({ awsSdkV3Client })
  const values = await provider.getParametersByName(Object.fromEntries(names.map((name) => [name, {}])), {
    decrypt: true,
  })
  awsSdkV3Client.destroy()
  return values
}

export const loadByPath: Load = async (aws, { path }) => {
  const awsSdkV3Client = aws.client()
  const provider = new SSMProvider({ awsSdkV3Client })
  const values = await provider.getMultiple(path, { recursive: true, decrypt: true })
  awsSdkV3Client.destroy()
  return values
}
