import type { Clock } from '@warren/primitives/clock'
import type { BlobId, Blobs } from './blobs/blobs.ts'
import type { Limits } from './limits.ts'
import type { Store } from './store/store.ts'

const BLOBS_AT_A_TIME = 500
const DAY_MS = 24 * 3600 * 1000

/**
 * Removes what nobody refers to: chunks that no commit named for `abandonedMs`, then blobs without a chunk that are as
 * old (younger ones may be on their way in), expired invitations, old enrolments, recoveries that are over, and those
 * that nobody completed in `recoveryMs`. Gives how many chunks and their bytes, and how many blobs.
 */
export async function collectGarbage(
  store: Store,
  blobs: Blobs,
  nowMs: number,
  { abandonedMs, recoveryMs }: Pick<Limits, 'abandonedMs' | 'recoveryMs'>,
): Promise<{ chunks: number; bytes: number; blobs: number }> {
  const before = nowMs - abandonedMs
  const { chunks, bytes } = await store.transact(async (tables) => {
    await tables.invitations.dropExpired(nowMs)
    await tables.enrolments.dropOlder(before)
    await tables.recoveries.dropOld(before, nowMs - recoveryMs)
    const bytesBefore = await tables.chunks.totalBytes()
    const dropped = await tables.chunks.dropAbandoned(before)
    return { chunks: dropped, bytes: bytesBefore - (await tables.chunks.totalBytes()) }
  })
  let removed = 0
  const remove = async (candidates: readonly BlobId[]) => {
    for (const id of await store.view.chunks.unreferenced(candidates)) {
      await blobs.delete(id)
      removed++
    }
  }
  let candidates: BlobId[] = []
  for await (const { id, writtenMs } of blobs.list()) {
    if (writtenMs >= before) continue
    candidates.push(id)
    if (candidates.length < BLOBS_AT_A_TIME) continue
    await remove(candidates)
    candidates = []
  }
  if (candidates.length > 0) await remove(candidates)
  return { chunks, bytes, blobs: removed }
}

/** Runs `work` now and then daily, until the signal. `work` reports its own failures. */
export async function daily(clock: Clock, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work()
    try {
      await clock.sleep(DAY_MS, signal)
    } catch {
      return
    }
  }
}
