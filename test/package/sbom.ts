import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../support/entry-points.ts'

// Prints the software bill of materials: the packages that npm installs together with liveparam, in the versions of the
// lock file. `npm sbom --omit dev` leaves out every package that a development dependency needs too, so the bill is made
// of a manifest without development dependencies. npm names the bill after the folder.
const { devDependencies, peerDependencies, peerDependenciesMeta, scripts, ...manifest } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)
const temporary = mkdtempSync(join(tmpdir(), 'liveparam-sbom-'))
const folder = join(temporary, manifest.name)
try {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  copyFileSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'))
  npm('install', '--package-lock-only', '--offline', '--ignore-scripts', '--no-audit', '--no-fund')
  process.stdout.write(npm('sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'))
} finally {
  rmSync(temporary, { recursive: true })
}

function npm(...args: string[]): string {
  return execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
