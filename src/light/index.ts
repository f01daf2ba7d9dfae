export type { LightClient, LightService } from '../aws/client.ts'
export type { LightCredentials } from './credentials.ts'
export { type LightClientOptions, lightClient } from './light-client.ts'
