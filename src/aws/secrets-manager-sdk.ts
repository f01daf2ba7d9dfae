// By name, so that a bundler leaves out the other commands of the client.
export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
