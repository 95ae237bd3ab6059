import { spawnSync } from 'node:child_process'
import { describe } from 'vitest'

function isInstalled(tool: string): boolean {
  return spawnSync('sh', ['-c', `command -v "$1"`, 'sh', tool]).status === 0
}

/**
 * A `describe` that needs programs of the operating system. Where one is missing the suite is skipped under a name
 * that says which; in CI (`CI=true`) it is run, and so fails, because there nothing may be skipped.
 */
export function describeWithTools(tools: readonly string[], name: string, suite: () => void): void {
  const missing = process.env['CI'] === 'true' ? [] : tools.filter((tool) => !isInstalled(tool))
  if (missing.length === 0) describe(name, suite)
  // oxlint-disable-next-line vitest/no-disabled-tests -- a missing program is named, and fails in CI
  else describe.skip(`${name} (needs ${missing.join(', ')})`, suite)
}
