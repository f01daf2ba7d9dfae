import { describeWithMoto } from '../support/moto.ts'
import { isWholeSuite } from '../support/suite.ts'
import { describeAws } from './aws.ts'
import { describeNotifications } from './notifications.ts'
import type { Differences } from './workbench.ts'

// The differences of moto 5.2.1 from AWS.
const differences: Differences = {
  'alphabetical answers': 'moto answers in the order of a hash',
  'selectors in answers': 'moto never repeats a selector',
  'ARNs in GetParameters': 'moto takes ARNs for invalid names',
  'label filter': 'moto looks at the latest version alone',
  'last page': 'moto adds an empty page, and breaks on a bad token',
  'name rules': 'moto accepts any shape of name',
  'value rules': 'moto accepts any value',
  'type changes': 'moto accepts any type',
  'opaque ciphertext': 'moto prefixes the plaintext with the key',
  'unknown keys': 'moto accepts any key',
  'reference names': 'moto answers with the bare name and an ARN of its own',
  'reference source': 'moto describes the secret there',
  'bad references': 'moto has one text for all of them',
  'references undecrypted': 'moto fails the whole call',
  'binary references': 'moto breaks',
  'stage moves': 'moto reads what was put last, wherever AWSCURRENT is',
  'secret errors': 'moto answers with 404',
}

describeWithMoto((start) => {
  describeAws(start, differences)
  // moto sends no events by itself, and its rules cannot send to topics.
  if (isWholeSuite) describeNotifications(start, 'by hand')
})
