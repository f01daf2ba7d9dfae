import { AwsError } from './aws-error.ts'
import { type Input, tagList, tagsOf, text, texts } from './input.ts'
import type { ParameterForm } from './parameter-form.ts'
import { isShared } from './parameter-names.ts'
import { checkTags } from './parameter-rules.ts'
import type { Operations, ServiceContext } from './service-context.ts'
import type { StoredParameter, StoredParameters } from './stored-parameters.ts'

const maxTags = 50

/** The operations on the tags of parameters. */
export class ParameterTags {
  readonly operations: Operations
  readonly #context: ServiceContext
  readonly #form: ParameterForm
  readonly #stored: StoredParameters

  constructor(context: ServiceContext, form: ParameterForm, stored: StoredParameters) {
    this.#context = context
    this.#form = form
    this.#stored = stored
    this.operations = {
      AddTagsToResource: (input) => this.#add(input),
      RemoveTagsFromResource: (input) => this.#remove(input),
      ListTagsForResource: (input) => ({ TagList: tagList(this.#tagged('ListTagsForResource', input).tags) }),
    }
  }

  #add(input: Input): object {
    const { tags } = this.#tagged('AddTagsToResource', input)
    const added = tagsOf(input) ?? {}
    checkTags(added)
    if (new Set([...tags.keys(), ...Object.keys(added)]).size > maxTags) throw new AwsError('TooManyTagsError', '')
    for (const [key, value] of Object.entries(added)) tags.set(key, value)
    return {}
  }

  #remove(input: Input): object {
    const { tags } = this.#tagged('RemoveTagsFromResource', input)
    for (const key of texts(input, 'TagKeys')) tags.delete(key)
    return {}
  }

  #tagged(action: string, input: Input): StoredParameter {
    const type = text(input, 'ResourceType')
    if (type !== 'Parameter') {
      throw new AwsError('InvalidResourceType', `The local AWS does not have resources of type ${type}: use Parameter`)
    }
    const name = text(input, 'ResourceId')
    this.#context.policy.check(`ssm:${action}`, this.#form.namesOf(name))
    const parameter = isShared(name) ? undefined : this.#stored.at(name, this.#context.clock.now())
    if (parameter === undefined) throw new AwsError('InvalidResourceId', '')
    return parameter
  }
}
