// Events as AWS documents them.

const origin = {
  version: '0',
  account: '123456789012',
  region: 'us-east-2',
  resources: ['arn:aws:ssm:us-east-2:123456789012:parameter/MyExampleParameter'],
}

// https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
export const created = {
  ...origin,
  id: '6a7e4feb-b491-4cf7-a9f1-bf3703497718',
  'detail-type': 'Parameter Store Change',
  source: 'aws.ssm',
  time: '2017-05-22T16:43:48Z',
  detail: { operation: 'Create', name: 'MyExampleParameter', type: 'String', description: 'Sample Parameter' },
}

export const updated = {
  ...created,
  id: '9547ef2d-3b7e-4057-b6cb-5fdf09ee7c8f',
  time: '2017-05-22T16:44:48Z',
  detail: { ...created.detail, operation: 'Update' },
}

export const deleted = {
  ...created,
  id: '80e9b391-6a9b-413c-839a-453b528053af',
  time: '2017-05-22T16:45:48Z',
  detail: { ...created.detail, operation: 'Delete' },
}

/** A write that AWS accepted, and then found to be no image. */
export const failedImage = {
  ...created,
  id: 'eed4a719-0fa4-6a49-80d8-8ac65EXAMPLE',
  account: '111122223333',
  time: '2020-05-26T22:04:42Z',
  resources: ['arn:aws:ssm:us-east-2:111122223333:parameter/golden-ami'],
  detail: {
    exception: 'Unable to Describe Resource',
    dataType: 'aws:ec2:image',
    name: 'golden-ami',
    type: 'String',
    operation: 'Create',
  },
}

// By the schema of aws.ssm@ParameterStoreChange in the registry of EventBridge.
export const labelled = {
  ...created,
  resources: ['arn:aws:ssm:us-east-2:123456789012:parameter/app/x'],
  detail: {
    operation: 'LabelParameterVersion',
    name: '/app/x',
    type: 'String',
    description: 'x',
    label: 'current',
    fromVersion: '3',
    toVersion: '4',
  },
}

export const unchanged = {
  ...origin,
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'Parameter Store Policy Action',
  source: 'aws.ssm',
  time: '2017-05-22T16:43:48Z',
  region: 'us-east-1',
  resources: ['arn:aws:ssm:us-east-1:123456789012:parameter/foo'],
  detail: {
    'policy-type': 'NoChangeNotification',
    'parameter-name': 'foo',
    'parameter-type': 'String',
    'policy-content': '{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"2","Unit":"Hours"}}',
    'action-status': 'Success',
    'action-reason':
      'The parameter has not been changed for 2 hours. This notification was generated based on the policy created at 2018-02-05T20:26:18.795Z',
  },
}

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
export const stageMoved = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'Secret Label Updated',
  source: 'aws.secretsmanager',
  account: '012345678901',
  time: '2024-02-06T16:43:48Z',
  region: 'us-west-2',
  resources: ['arn:aws:secretsmanager:us-west-2:012345678901:secret:mySecret-a1b2c3'],
  detail: { name: 'mySecret', labelUpdated: 'AWSCURRENT', versionId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111' },
}

const trailed = {
  version: '0',
  source: 'aws.secretsmanager',
  resources: [],
}

/** An API call through CloudTrail. */
export const secretPut = {
  ...trailed,
  id: '79f04f06-924c-7a00-b3f8-e532167d23e0',
  'detail-type': 'AWS API Call via CloudTrail',
  account: '123456789012',
  time: '2024-10-23T12:26:45Z',
  region: 'eu-west-1',
  detail: {
    eventVersion: '1.09',
    eventTime: '2024-10-23T12:26:45Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'PutSecretValue',
    awsRegion: 'eu-west-1',
    requestParameters: {
      secretId: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/test-secret-123456',
      clientRequestToken: '4d383ea9-084a-49c9-8722-cbfb0f25c456',
    },
    responseElements: { arn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/test-secret-123456' },
    eventID: '12345678-1234-1234-1234-123456789012',
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '123456789012',
    eventCategory: 'Management',
  },
}

/** An event of the service itself through CloudTrail. */
export const rotated = {
  ...trailed,
  id: 'dd5fd657-7361-f5d2-0c0f-0fe27390611b',
  'detail-type': 'AWS Service Event via CloudTrail',
  account: 'accountid',
  time: '2021-08-13T19:17:16Z',
  region: 'us-west-2',
  detail: {
    eventVersion: '1.08',
    userIdentity: { accountId: 'accountid', invokedBy: 'secretsmanager.amazonaws.com' },
    eventTime: '2021-08-13T19:17:16Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'RotationSucceeded',
    awsRegion: 'us-west-2',
    sourceIPAddress: 'secretsmanager.amazonaws.com',
    userAgent: 'secretsmanager.amazonaws.com',
    requestParameters: null,
    responseElements: null,
    additionalEventData: {
      SecretId: 'arn:aws:secretsmanager:us-west-2:accountid:secret:Appuser-pyodbc-WoDpmU',
    },
    requestID:
      'Rotation-arn:aws:secretsmanager:us-west-2:accountid:secret:Appuser-pyodbc-WoDpmU-7ac47c8c-f328-423b-9698-6926dd1f293e',
    eventID: '638c6d2d-e098-4100-a3e0-a4b7b87e5b92',
    readOnly: false,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: 'accountid',
    eventCategory: 'Management',
  },
}

export const samples = {
  created,
  updated,
  deleted,
  failedImage,
  labelled,
  unchanged,
  stageMoved,
  secretPut,
  rotated,
} as const

/** An SNS message as a queue receives it. */
export function inEnvelope(event: object): object {
  return {
    Type: 'Notification',
    MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
    TopicArn: 'arn:aws:sns:us-west-2:123456789012:MyTopic',
    Message: JSON.stringify(event),
    Timestamp: '2012-04-26T20:45:04.751Z',
    SignatureVersion: '1',
    Signature: 'c2lnbmF0dXJl',
    SigningCertURL:
      'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem',
    UnsubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe',
  }
}

export const confirmation = {
  Type: 'SubscriptionConfirmation',
  MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
  Token: '2336412f37',
  TopicArn: 'arn:aws:sns:us-west-2:123456789012:MyTopic',
  Message:
    'You have chosen to subscribe to the topic arn:aws:sns:us-west-2:123456789012:MyTopic.\nTo confirm the subscription, visit the SubscribeURL included in this message.',
  SubscribeURL:
    'https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-west-2:123456789012:MyTopic&Token=2336412f37',
  Timestamp: '2012-04-26T20:45:04.751Z',
  SignatureVersion: '1',
  Signature: 'c2lnbmF0dXJl',
  SigningCertURL: 'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem',
}
