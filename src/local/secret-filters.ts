import { type Input, inputs, optionalText, texts } from './input.ts'
import { invalidParameter } from './secret-rules.ts'
import type { Secret } from './stored-secrets.ts'

/** The secrets that pass every filter of a request. */
export function filtered(secrets: readonly Secret[], input: Input): Secret[] {
  const filters = inputs(input, 'Filters').map(toFilter)
  return secrets.filter((secret) => filters.every((filter) => filter(secret)))
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
function toFilter(input: Input): (secret: Secret) => boolean {
  const key = optionalText(input, 'Key')
  if (key === undefined) throw invalidParameter('Invalid filter key')
  const values = texts(input, 'Values')
  if (values.length === 0) throw invalidParameter(`Invalid filter values for key: ${key}`)
  return (secret) =>
    values.some((value) => {
      const isNegated = value.startsWith('!')
      return hasMatch(secret, key, isNegated ? value.slice(1) : value) !== isNegated
    })
}

function hasMatch(secret: Secret, key: string, value: string): boolean {
  if (key === 'all') return matchesWords(wordsIn(value), attributesOf(secret).flatMap(wordsIn))
  if (key === 'description') return matchesWords(plainWords(value), plainWords(secret.description ?? ''))
  return startingTexts(secret, key).some((text) => text.startsWith(value))
}

function startingTexts({ name, tags }: Secret, key: string): string[] {
  if (key === 'name') return [name]
  if (key === 'tag-key') return [...tags.keys()]
  // No secret of the local AWS is a replica, or managed by another service.
  return key === 'tag-value' ? [...tags.values()] : []
}

function attributesOf({ name, description = '', tags }: Secret): string[] {
  return [name, description, ...tags.keys(), ...tags.values()]
}

function matchesWords(requested: readonly string[], own: readonly string[]): boolean {
  return requested.length > 0 && requested.every((word) => own.some((other) => other.startsWith(word)))
}

function plainWords(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean)
}

/** Recorded on AWS: a word also ends before a capital letter. `COMPANYThings` is `COMPANY` and `Things`. */
function wordsIn(text: string): string[] {
  const parts = text.match(/[A-Z]+(?![a-z])[\d]*|[A-Z]?[a-z\d]+/g) ?? []
  return parts.map((part) => part.toLowerCase())
}
