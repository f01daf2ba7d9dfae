// Its own declarations do not compile with exactOptionalPropertyTypes, so this module has others.
export const loadEncryptionSdk = () => import('@aws-crypto/client-node')
