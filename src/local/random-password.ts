import { randomInt } from 'node:crypto'
import { flag, type Input, optionalNumber, optionalText } from './input.ts'
import { invalidParameter } from './secret-rules.ts'

const kinds = [
  ['ExcludeLowercase', 'abcdefghijklmnopqrstuvwxyz'],
  ['ExcludeUppercase', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  ['ExcludeNumbers', '0123456789'],
  ['ExcludePunctuation', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
] as const

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
export function randomPassword(input: Input): string {
  const length = optionalNumber(input, 'PasswordLength') ?? 32
  const included = [
    ...kinds.filter(([exclusion]) => !flag(input, exclusion)).map(([, characters]) => characters),
    ...(flag(input, 'IncludeSpace') ? [' '] : []),
  ].map((characters) => without(characters, optionalText(input, 'ExcludeCharacters') ?? ''))
  const sets = included.filter((characters) => characters !== '')
  const all = sets.join('')
  if (all === '') throw invalidParameter('The exclusions leave no character for the password.')
  const isEachRequired = (input.RequireEachIncludedType ?? true) === true
  if (isEachRequired && length < sets.length) {
    throw invalidParameter(`Password length ${length} is too short based on the required types.`)
  }
  const required = isEachRequired ? sets.map(oneOf) : []
  const others = Array.from({ length: length - required.length }, () => oneOf(all))
  return shuffled([...required, ...others]).join('')
}

function without(characters: string, excluded: string): string {
  return [...characters].filter((character) => !excluded.includes(character)).join('')
}

function oneOf(characters: string): string {
  return characters.charAt(randomInt(characters.length))
}

function shuffled(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1)
    const [a = '', b = ''] = [characters[last], characters[other]]
    characters[last] = b
    characters[other] = a
  }
  return characters
}
