// The modules that src imports on demand. An import takes real time, and a fake clock would pass it meanwhile.
import '@aws-sdk/client-ssm'
import 'p-retry'
import '../../src/aws/aws-messages.ts'
import '../../src/aws/by-path.ts'
import '../../src/aws/secrets.ts'
import '../../src/aws/whereabouts.ts'
