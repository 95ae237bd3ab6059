import { compute } from './browser-compute.ts'

// The page of browser.test.ts: leaves what it computed, or why it could not, where the test looks for it.
const page = globalThis as { computed?: Record<string, string | number>; failed?: string }
try {
  page.computed = await compute()
} catch (error) {
  page.failed = String(error instanceof Error ? error.stack : error)
}
