import type { ReadFailure } from '../errors.ts'

export const binarySecret: ReadFailure = {
  code: 'BINARY_SECRET',
  isTransient: false,
  detail: 'the secret is binary, and text was expected',
  remedy: 'declare it as secret(id, { binary: true })',
}

export const textSecret: ReadFailure = {
  code: 'INVALID_REFERENCE',
  isTransient: false,
  detail: 'the secret is text, and bytes were expected',
  remedy: 'declare it as secret(id, schema)',
}

export const deletedSecret: ReadFailure = {
  code: 'SECRET_DELETED',
  isTransient: false,
  detail: 'the secret is marked for deletion',
  remedy: 'restore the secret, or name another secret',
}
