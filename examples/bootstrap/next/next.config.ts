import type { NextConfig } from 'next'

const nextConfig: NextConfig = {
  // Not bundled, but required as they are installed: the SDK is large, and nothing is gained by it.
  serverExternalPackages: ['liveparam'],
}

export default nextConfig
