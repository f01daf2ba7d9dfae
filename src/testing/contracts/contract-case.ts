import type { SourceUnderTest } from './parameter-source.ts'

/** One thing that a source has to do. */
export interface ContractCase<Subject = SourceUnderTest> {
  /** What it has to do, as the name of a test. */
  readonly name: string
  /** Asks for it. @throws AssertionError when it does something else. */
  run(setUp: () => Subject | Promise<Subject>): Promise<void>
}
