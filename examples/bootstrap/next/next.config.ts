import type { NextConfig } from 'next'

const nextConfig: NextConfig = {
  // Required from node_modules instead of bundled: the SDK is large, and bundling gains nothing.
  serverExternalPackages: ['liveparam'],
}

export default nextConfig
