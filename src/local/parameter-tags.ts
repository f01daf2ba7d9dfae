import { AwsError } from './aws-error.ts'
import { type Input, tagList, tagsOf, text, texts } from './input.ts'
import type { ParameterForm } from './parameter-form.ts'
import { isShared } from './parameter-names.ts'
import { checkTags } from './parameter-rules.ts'
import type { Operations, ServiceContext } from './service-context.ts'
import type { StoredParameters } from './stored-parameters.ts'

const maxTags = 50

/** The operations on the tags of parameters. */
export function tagOperations(
  { policy, clock }: ServiceContext,
  form: ParameterForm,
  parameters: StoredParameters,
): Operations {
  const tagsFor = (action: string, input: Input): Map<string, string> => {
    const type = text(input, 'ResourceType')
    if (type !== 'Parameter') {
      throw new AwsError('InvalidResourceType', `The local AWS does not have resources of type ${type}: use Parameter`)
    }
    const name = text(input, 'ResourceId')
    policy.check(`ssm:${action}`, form.namesOf(name))
    const parameter = isShared(name) ? undefined : parameters.at(name, clock.now())
    if (parameter === undefined) throw new AwsError('InvalidResourceId', '')
    return parameter.tags
  }
  return {
    AddTagsToResource: (input) => {
      const tags = tagsFor('AddTagsToResource', input)
      const added = tagsOf(input) ?? {}
      checkTags(added)
      if (new Set([...tags.keys(), ...Object.keys(added)]).size > maxTags) throw new AwsError('TooManyTagsError', '')
      for (const [key, value] of Object.entries(added)) tags.set(key, value)
      return {}
    },
    RemoveTagsFromResource: (input) => {
      const tags = tagsFor('RemoveTagsFromResource', input)
      for (const key of texts(input, 'TagKeys')) tags.delete(key)
      return {}
    },
    ListTagsForResource: (input) => ({ TagList: tagList(tagsFor('ListTagsForResource', input)) }),
  }
}
