// What only a failure needs, for `import()`: a start that succeeds does not load it.
export { findCopies } from './copied-secrets.ts'
export { SecretTexts } from './secret-texts.ts'
export { describeIssues } from './validation-problems.ts'
