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

/** One descriptor for one directory, wanted from `fromMs` on. `directory` is a name of the caller's. */
export interface Upload<D> {
  directory: D
  fromMs: number
}

/**
 * When something goes to each directory. Kept across plans, so that descriptors of different plans are spaced too;
 * `forgetBefore` drops what cannot matter any more.
 */
export class UploadCalendar<D> {
  readonly #booked = new Map<D, number[]>()

  /** The first moment from `fromMs` on that is `spacingMs` away from everything booked; `gap` is added to a move. */
  book(directory: D, fromMs: number, spacingMs: number, gap: () => number): number {
    const booked = this.#booked.get(directory) ?? []
    let moment = fromMs
    for (const other of booked)
      if (moment > other - spacingMs && moment < other + spacingMs) moment = other + spacingMs + gap()
    const at = booked.findIndex((other) => other > moment)
    booked.splice(at < 0 ? booked.length : at, 0, moment)
    this.#booked.set(directory, booked)
    return moment
  }

  forgetBefore(moment: number): void {
    for (const [directory, booked] of this.#booked) {
      const kept = booked.filter((other) => other >= moment)
      if (kept.length === 0) this.#booked.delete(directory)
      else this.#booked.set(directory, kept)
    }
  }
}

/**
 * Due times, in order. Every upload waits a random time of its own; and where descriptors go to one directory, each
 * keeps `spacingMs` away from the others, moved by that and a random time again: a constant gap would be a mark of
 * its own (`unsafePlanAsInPaper`).
 */
export function planUploads<D, U extends Upload<D>>(
  uploads: readonly U[],
  delay: PublicationDelay,
  calendar: UploadCalendar<D>,
  rng: Rng,
): (U & { dueMs: number })[] {
  return plan(uploads, delay, calendar, rng, () => randomUnit(rng) * delay.spreadMs)
}

/**
 * §4.5 to the letter: "delayed with a delay of, e.g., 30 seconds". Two clients on one directory then appear exactly
 * that far apart. For the lab; see `private-services/links`.
 */
export function unsafePlanAsInPaper<D, U extends Upload<D>>(
  uploads: readonly U[],
  delay: PublicationDelay,
  calendar: UploadCalendar<D>,
  rng: Rng,
): (U & { dueMs: number })[] {
  return plan(uploads, delay, calendar, rng, () => 0)
}

function plan<D, U extends Upload<D>>(
  uploads: readonly U[],
  delay: PublicationDelay,
  calendar: UploadCalendar<D>,
  rng: Rng,
  gap: () => number,
): (U & { dueMs: number })[] {
  return uploads
    .map((upload) => ({ ...upload, dueMs: upload.fromMs + randomUnit(rng) * delay.spreadMs }))
    .toSorted((a, b) => a.dueMs - b.dueMs)
    .map((upload) => ({
      ...upload,
      dueMs: calendar.book(upload.directory, upload.dueMs, delay.spacingMs, gap),
    }))
    .toSorted((a, b) => a.dueMs - b.dueMs)
}

/**
 * When, inside the overlap of two periods, a client's next descriptor is first published: each client at a random
 * moment, so that the change of period makes no burst. (The paper gives each client a period of its own, §4.3; among
 * version 3 descriptors, which all change together, that would stand out.) The last tenth is left free for failures.
 */
export function momentInOverlap(startMs: number, lengthMs: number, rng: Rng): number {
  return startMs + randomUnit(rng) * lengthMs * 0.9
}
