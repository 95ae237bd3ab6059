import { reencryptionWebWorkers } from '@warren/reencryption/batch-web'
import { batch, compute } from './browser-compute.ts'

// The page of browser.test.ts: leaves what it computed, or why it could not, where the test looks for it.
const page = globalThis as {
  computed?: Record<string, string | number>
  batches?: Record<string, string>
  failed?: string
}
const worker = () => new Worker('/batch-worker-web.js', { type: 'module' })
try {
  page.batches = {}
  for (const id of ['cai-liu', 'split'] as const) {
    const pool = reencryptionWebWorkers(id, [worker(), worker()])
    page.batches[id] = await batch(id, pool)
    await pool.close()
  }
  page.computed = await compute()
} catch (error) {
  page.failed = String(error instanceof Error ? error.stack : error)
}
