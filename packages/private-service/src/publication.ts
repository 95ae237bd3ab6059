import { type Rng, randomUnit } from '@warren/primitives/rng'

/** How publication is delayed (§4.5). Longer delays hide more and make the service reachable later. */
export interface PublicationDelay {
  /** Between two clients' descriptors on one directory. */
  spacingMs: number
  /** Each upload waits a random time up to this. */
  spreadMs: number
}

/** The paper's figures: "e.g., 30 seconds" both. */
export const DEFAULT_DELAY: PublicationDelay = { spacingMs: 30_000, spreadMs: 30_000 }

/** One descriptor for one directory. `client` and `directory` are names of the caller's. */
export interface Upload<C, D> {
  client: C
  directory: D
}

/**
 * Due times, in order, for uploads wanted at `nowMs`. Every upload waits a random time of its own; and where
 * descriptors of different clients go to one directory, each waits until `spacingMs` after the one before, including
 * those of earlier plans (`lastUploadMs`, which is kept up to date).
 */
export function planUploads<C, D>(
  uploads: readonly Upload<C, D>[],
  delay: PublicationDelay,
  nowMs: number,
  lastUploadMs: Map<D, number>,
  rng: Rng,
): (Upload<C, D> & { dueMs: number })[] {
  const wanted = uploads
    .map((upload) => ({ ...upload, dueMs: nowMs + randomUnit(rng) * delay.spreadMs }))
    .toSorted((a, b) => a.dueMs - b.dueMs)
  for (const upload of wanted) {
    const last = lastUploadMs.get(upload.directory)
    if (last !== undefined) upload.dueMs = Math.max(upload.dueMs, last + delay.spacingMs)
    lastUploadMs.set(upload.directory, upload.dueMs)
  }
  return wanted.toSorted((a, b) => a.dueMs - b.dueMs)
}

/**
 * When, inside the overlap of two periods, a client's next descriptor is first published: each client at a random
 * moment, so that the change of period makes no burst. (The paper gives each client a period of its own, §4.3; among
 * version 3 descriptors, which all change together, that would stand out.) The last tenth is left free for failures.
 */
export function momentInOverlap(startMs: number, lengthMs: number, rng: Rng): number {
  return startMs + randomUnit(rng) * lengthMs * 0.9
}

const SHORTEST_REFRESH_MS = 3_600_000
const LONGEST_REFRESH_MS = 7_200_000

/** The pause before the same descriptor is published again: 60 to 120 minutes, as in C-tor, for each client alone. */
export function refreshPauseMs(rng: Rng): number {
  return SHORTEST_REFRESH_MS + randomUnit(rng) * (LONGEST_REFRESH_MS - SHORTEST_REFRESH_MS)
}
