import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { errorOf, type Workbench } from './workbench.ts'

/** The contract of Parameter Store. */
export function describeParameters(aws: Workbench): void {
  describe('PutParameter', () => {
    it('increments the version, even for the same value', async () => {
      const name = `${aws.path()}/a`
      expect((await aws.put(name, 'x')).Version).toBe(1)
      expect((await aws.overwrite(name, 'x')).Version).toBe(2)
    })

    it('overwrites only with Overwrite', async () => {
      const name = `${aws.path()}/a`
      await aws.put(name, 'x')
      expect(await errorOf(aws.put(name, 'y'))).toBe('ParameterAlreadyExists')
    })

    it('requires a type and a value for a new parameter', async () => {
      const name = `${aws.path()}/a`
      expect(await errorOf(aws.ssm.send(new PutParameterCommand({ Name: name, Value: 'x' })))).toBe(
        'ValidationException',
      )
      expect(await errorOf(aws.put(name, ''))).toBe('ValidationException')
    })

    it('keeps the last hundred versions, and refuses to drop a labelled one', async () => {
      const name = `${aws.path()}/a`
      await aws.put(name, '1')
      await aws.ssm.send(new LabelParameterVersionCommand({ Name: name, Labels: ['keep'] }))
      for (let version = 2; version <= 100; version++) await aws.overwrite(name, String(version))
      expect(await errorOf(aws.overwrite(name, '101'))).toBe('ParameterMaxVersionLimitExceeded')
    })

    it('starts at version 1 again after a deletion', async () => {
      const name = `${aws.path()}/a`
      await aws.put(name, 'x')
      await aws.overwrite(name, 'y')
      await aws.ssm.send(new DeleteParameterCommand({ Name: name }))
      expect(await errorOf(aws.ssm.send(new GetParameterCommand({ Name: name })))).toBe('ParameterNotFound')
      expect((await aws.put(name, 'z')).Version).toBe(1)
    })

    aws.asAws('name rules', 'refuses names that no hierarchy has', async () => {
      for (const name of ['a/b', '/a//b', '/a b', `/${'x/'.repeat(15)}x`, `/${'x'.repeat(1_000)}`]) {
        expect(await errorOf(aws.put(name, 'x'))).toMatch(/ValidationException|HierarchyLevelLimitExceededException/)
      }
    })

    it('refuses reserved names', async () => {
      expect(await errorOf(aws.put('/aws/x', 'x'))).toMatch(/AccessDeniedException|ValidationException/)
      expect(await errorOf(aws.put('ssmx', 'x'))).toBe('ValidationException')
    })

    aws.asAws('value rules', 'refuses values that are too long, nest or do not match', async () => {
      const name = `${aws.path()}/a`
      expect(await errorOf(aws.put(name, 'x'.repeat(4_097)))).toBe('ValidationException')
      expect(await errorOf(aws.put(name, '{{ssm:x}}'))).toBe('ValidationException')
      expect(await errorOf(aws.put(name, 'x', { AllowedPattern: '\\d+' }))).toBe('ParameterPatternMismatchException')
      expect((await aws.put(name, 'x'.repeat(4_097), { Tier: 'Advanced' })).Version).toBe(1)
    })

    aws.asAws('type changes', 'refuses another type inside a hierarchy', async () => {
      const name = `${aws.path()}/a`
      await aws.put(name, 'x')
      const change = aws.put(name, 'x', { Type: 'SecureString', Overwrite: true })
      expect(await errorOf(change)).toBe('HierarchyTypeMismatchException')
    })

    aws.asAws('unknown keys', 'refuses a key that is not there', async () => {
      const call = aws.put(`${aws.path()}/a`, 'x', { Type: 'SecureString', KeyId: 'alias/none' })
      expect(await errorOf(call)).toBe('InvalidKeyId')
    })
  })

  describe('GetParameter', () => {
    it('finds versions and labels', async () => {
      const name = `${aws.path()}/a`
      await aws.put(name, 'one')
      await aws.overwrite(name, 'two')
      await aws.ssm.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion: 1, Labels: ['live'] }))
      const contentOf = async (Name: string) => (await aws.ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value

      expect(await contentOf(name)).toBe('two')
      expect(await contentOf(`${name}:1`)).toBe('one')
      expect(await contentOf(`${name}:live`)).toBe('one')
    })

    it('distinguishes a missing parameter from a missing version', async () => {
      const name = `${aws.path()}/a`
      expect(await errorOf(aws.ssm.send(new GetParameterCommand({ Name: name })))).toBe('ParameterNotFound')
      await aws.put(name, 'x')
      expect(await errorOf(aws.ssm.send(new GetParameterCommand({ Name: `${name}:9` })))).toBe(
        'ParameterVersionNotFound',
      )
    })

    it('decrypts on request', async () => {
      const name = `${aws.path()}/a`
      await aws.put(name, 'hunter2', { Type: 'SecureString' })
      const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
      expect(Parameter).toMatchObject({ Type: 'SecureString', Value: 'hunter2' })
    })

    aws.asAws('opaque ciphertext', 'reveals nothing of a SecureString that it does not decrypt', async () => {
      const name = `${aws.path()}/a`
      await aws.put(name, 'hunter2', { Type: 'SecureString' })
      const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: name }))
      expect(Parameter?.Value).toMatch(/^[A-Za-z0-9+/]{40,}=*$/)
      expect(Buffer.from(Parameter?.Value ?? '', 'base64').toString()).not.toContain('hunter2')
    })
  })

  describe('GetParameters', () => {
    it('lists missing names, and accepts ten names', async () => {
      const folder = aws.path()
      await aws.put(`${folder}/a`, 'x')
      const Names = [`${folder}/a`, `${folder}/none`, `${folder}/a:9`, `${folder}/a:none`]
      const { Parameters, InvalidParameters } = await aws.ssm.send(new GetParametersCommand({ Names }))

      expect(Parameters?.map(({ Name }) => Name)).toEqual([`${folder}/a`])
      expect(InvalidParameters?.sort()).toEqual(Names.slice(1).sort())
      const eleven = Array.from({ length: 11 }, (_, index) => `${folder}/k${index}`)
      expect(await errorOf(aws.ssm.send(new GetParametersCommand({ Names: eleven })))).toBe('ValidationException')
    })

    aws.asAws('alphabetical answers', 'answers in the order of the alphabet, not of the request', async () => {
      const folder = aws.path()
      for (const key of ['c', 'e', 'a', 'd', 'b']) await aws.put(`${folder}/${key}`, key)
      const Names = ['b', 'c', 'a', 'e', 'd'].map((key) => `${folder}/${key}`)
      const { Parameters } = await aws.ssm.send(new GetParametersCommand({ Names }))
      expect(Parameters?.map(({ Value }) => Value)).toEqual(['a', 'b', 'c', 'd', 'e'])
    })

    aws.asAws('selectors in answers', 'repeats the selector, beside the plain name', async () => {
      const name = `${aws.path()}/a`
      await aws.put(name, 'x')
      const { Parameters } = await aws.ssm.send(new GetParametersCommand({ Names: [`${name}:1`] }))
      expect(Parameters).toMatchObject([{ Name: name, Selector: ':1', Version: 1 }])
    })

    aws.asAws('ARNs in GetParameters', 'takes ARNs, and answers with the plain name', async () => {
      const name = `${aws.path()}/a`
      await aws.put(name, 'x')
      const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: name }))
      const { Parameters } = await aws.ssm.send(new GetParametersCommand({ Names: [Parameter?.ARN ?? ''] }))
      expect(Parameters).toMatchObject([{ Name: name, ARN: Parameter?.ARN, Value: 'x' }])
    })
  })

  describe('GetParametersByPath', () => {
    it('distinguishes one level from all levels, and a path from a name with the same start', async () => {
      const folder = aws.path()
      for (const name of ['/a', '/b/c', 'other/x']) await aws.put(`${folder}${name}`, 'x')
      const namesOf = async (Recursive: boolean) => {
        const { Parameters } = await aws.ssm.send(new GetParametersByPathCommand({ Path: folder, Recursive }))
        return Parameters?.map(({ Name }) => Name?.slice(folder.length)).sort()
      }
      expect(await namesOf(false)).toEqual(['/a'])
      expect(await namesOf(true)).toEqual(['/a', '/b/c'])
    })

    it('returns at most ten parameters a page, and each of them once', async () => {
      const folder = aws.path()
      const keys = Array.from({ length: 23 }, (_, index) => `k${String(index).padStart(2, '0')}`)
      for (const key of keys) await aws.put(`${folder}/${key}`, key)
      const seen: string[] = []
      let NextToken: string | undefined
      do {
        const page = await aws.ssm.send(
          new GetParametersByPathCommand({ Path: folder, ...(NextToken && { NextToken }) }),
        )
        expect(page.Parameters?.length).toBeLessThanOrEqual(10)
        seen.push(...(page.Parameters ?? []).flatMap(({ Value }) => Value ?? []))
        NextToken = page.NextToken
      } while (NextToken)
      expect(seen.sort()).toEqual(keys)
      const call = aws.ssm.send(new GetParametersByPathCommand({ Path: folder, MaxResults: 11 }))
      expect(await errorOf(call)).toBe('ValidationException')
    })

    aws.asAws(
      'last page',
      'carries no token on a last page that is full, and refuses a token that is none',
      async () => {
        const folder = aws.path()
        for (let index = 0; index < 10; index++) await aws.put(`${folder}/k${index}`, 'x')
        const { NextToken } = await aws.ssm.send(new GetParametersByPathCommand({ Path: folder }))
        expect(NextToken).toBeUndefined()
        const call = aws.ssm.send(new GetParametersByPathCommand({ Path: folder, NextToken: 'nonsense' }))
        expect(await errorOf(call)).toBe('InvalidNextToken')
      },
    )

    it('filters by type', async () => {
      const folder = aws.path()
      await aws.put(`${folder}/a`, 'x')
      await aws.put(`${folder}/b`, 'x,y', { Type: 'StringList' })
      const ParameterFilters = [{ Key: 'Type', Option: 'Equals', Values: ['StringList'] }]
      const { Parameters } = await aws.ssm.send(new GetParametersByPathCommand({ Path: folder, ParameterFilters }))
      expect(Parameters?.map(({ Name }) => Name)).toEqual([`${folder}/b`])
    })

    aws.asAws('label filter', 'gives the version that carries the label', async () => {
      const folder = aws.path()
      for (const key of ['a', 'b']) await aws.put(`${folder}/${key}`, 'one')
      for (const key of ['a', 'b']) {
        await aws.ssm.send(new LabelParameterVersionCommand({ Name: `${folder}/${key}`, Labels: ['live', 'also'] }))
      }
      await aws.overwrite(`${folder}/a`, 'two')
      const ParameterFilters = [{ Key: 'Label', Option: 'Equals', Values: ['live'] }]
      const { Parameters } = await aws.ssm.send(new GetParametersByPathCommand({ Path: folder, ParameterFilters }))
      expect(Parameters?.map(({ Version, Value }) => [Version, Value])).toEqual([
        [1, 'one'],
        [1, 'one'],
      ])
    })
  })

  describe('labels and history', () => {
    it('moves a label, and refuses bad ones without failing', async () => {
      const name = `${aws.path()}/a`
      await aws.put(name, 'one')
      await aws.overwrite(name, 'two')
      await aws.ssm.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion: 1, Labels: ['live'] }))
      const Labels = ['live', '1st', 'awsome']
      const moved = await aws.ssm.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion: 2, Labels }))
      const { Parameters } = await aws.ssm.send(new GetParameterHistoryCommand({ Name: name }))

      expect(moved.InvalidLabels?.sort()).toEqual(['1st', 'awsome'])
      expect(Parameters?.map(({ Version, Value, Labels: labels = [] }) => [Version, Value, labels])).toEqual([
        [1, 'one', []],
        [2, 'two', ['live']],
      ])
    })
  })
}
