/** Eigenvalues of a symmetric matrix by Jacobi's rotations; exact to rounding for the sizes used here (≤ 8). */
export function symmetricEigenvalues(matrix: readonly (readonly number[])[]): number[] {
  const a = matrix.map((row) => [...row])
  const at = (i: number, j: number) => (a[i] as number[])[j] as number
  const n = a.length
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) off += at(i, j) ** 2
    if (off < 1e-30) break
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (at(p, q) === 0) continue
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q))
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        const s = t * c
        for (let k = 0; k < n; k++) {
          const row = a[k] as number[]
          const x = row[p] as number
          const y = row[q] as number
          row[p] = c * x - s * y
          row[q] = s * x + c * y
        }
        const rowP = a[p] as number[]
        const rowQ = a[q] as number[]
        for (let k = 0; k < n; k++) {
          const x = rowP[k] as number
          const y = rowQ[k] as number
          rowP[k] = c * x - s * y
          rowQ[k] = s * x + c * y
        }
      }
  }
  return a.map((row, i) => row[i] as number)
}
