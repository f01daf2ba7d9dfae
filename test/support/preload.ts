// An import takes real time, and a fake clock would pass it meanwhile.
import '@aws-sdk/client-ssm'
import 'p-retry'
import { loadOnDemandModules } from '../../src/testing/on-demand.ts'

await loadOnDemandModules()
