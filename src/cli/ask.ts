/** What a question offers. */
export interface Choice {
  readonly value: string
  readonly label: string
  readonly hint?: string
}

/** The user ended the questions. */
export class Cancelled extends Error {}

// More would push the question out of the window.
const maxItems = 12

/** Asks for one of several, or for another text. @throws Cancelled */
export async function askText(message: string, suggestions: readonly Choice[], check: Check): Promise<string> {
  const { isCancel, select, text } = await import('@clack/prompts')
  if (suggestions.length > 0) {
    const other = { value: '', label: 'another path' }
    const options = [...suggestions, other].map((choice) => ({ ...choice }))
    const chosen = await select({ message, options, maxItems })
    if (isCancel(chosen)) throw new Cancelled()
    if (chosen !== '') return chosen
  }
  const typed = await text({ message, validate: (given = '') => check(given) })
  if (isCancel(typed)) throw new Cancelled()
  return typed
}

/** Says what is wrong with a text. */
export type Check = (text: string) => string | undefined

/** Asks for a selection, which starts with `chosen`. @throws Cancelled */
export async function askWhich(
  message: string,
  choices: readonly Choice[],
  { chosen, required }: { readonly chosen: readonly string[]; readonly required: boolean },
): Promise<readonly string[]> {
  const { isCancel, multiselect } = await import('@clack/prompts')
  const options = choices.map((choice) => ({ ...choice }))
  const answer = await multiselect({ message, options, initialValues: [...chosen], required, maxItems })
  if (isCancel(answer)) throw new Cancelled()
  return answer
}
