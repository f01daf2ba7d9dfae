// The entry for `import()`. A start that succeeds does not load these modules.
export { findCopies } from './copied-secrets.ts'
export { SecretTexts } from './secret-texts.ts'
export { describeIssues } from './validation-problems.ts'
