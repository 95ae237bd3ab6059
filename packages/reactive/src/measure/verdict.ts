/** What is known of a statement about all k: never more than is true. */
export type Verdict =
  /** For every k ≥ `from`, with the reason. */
  | { readonly known: 'proved'; readonly holds: boolean; readonly from: number; readonly because: string }
  /** Computed for each k up to `upTo`, and not beyond. */
  | { readonly known: 'exact'; readonly holds: boolean; readonly upTo: number; readonly because: string }
  | { readonly known: 'unknown'; readonly because: string }

/** `holds (proved for all k ≥ 1: …)`. */
export function formatVerdict(verdict: Verdict): string {
  switch (verdict.known) {
    case 'proved':
      return `${verdict.holds ? 'holds' : 'fails'} (proved for all k ≥ ${verdict.from}: ${verdict.because})`
    case 'exact':
      return `${verdict.holds ? 'holds' : 'fails'} for k ≤ ${verdict.upTo} (${verdict.because}); unknown beyond`
    case 'unknown':
      return `unknown (${verdict.because})`
    default:
      return verdict satisfies never
  }
}
