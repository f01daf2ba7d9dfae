// An import takes real time, and a fake clock would pass it meanwhile.
import 'p-retry'
import '../../src/aws/secrets-manager-sdk.ts'
import '../../src/aws/ssm-sdk.ts'
import { loadOnDemandModules } from '../../src/testing/on-demand.ts'

await loadOnDemandModules()
