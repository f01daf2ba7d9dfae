export type { MemoryParameter, MemorySource, MemorySourceOptions } from '../parameters/memory.ts'
export { memorySource } from '../parameters/memory.ts'
export { createFakeClock, type FakeClock } from './fake-clock.ts'
export { createTestConfig, type DeepPartial, type TestConfig, type TestContents } from './test-config.ts'
