import type { SourceUnderTest } from './parameter-source.ts'

/** One thing that a source has to do. */
export interface ContractCase<Subject = SourceUnderTest> {
  readonly name: string
  /** @throws AssertionError when it does something else. */
  run(setUp: () => Subject | Promise<Subject>): Promise<void>
}
