/** A complex number. Values, never changed: the per-frequency solutions read like their formulas. */
export interface Complex {
  readonly re: number
  readonly im: number
}

export const ZERO: Complex = { re: 0, im: 0 }
export const ONE: Complex = { re: 1, im: 0 }

export function complex(re: number, im = 0): Complex {
  return { re, im }
}
export function add(a: Complex, b: Complex): Complex {
  return { re: a.re + b.re, im: a.im + b.im }
}
export function subtract(a: Complex, b: Complex): Complex {
  return { re: a.re - b.re, im: a.im - b.im }
}
export function multiply(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re }
}
export function scale(a: Complex, factor: number): Complex {
  return { re: a.re * factor, im: a.im * factor }
}
export function divide(a: Complex, b: Complex): Complex {
  const d = b.re * b.re + b.im * b.im
  return { re: (a.re * b.re + a.im * b.im) / d, im: (a.im * b.re - a.re * b.im) / d }
}
export function conjugate(a: Complex): Complex {
  return { re: a.re, im: -a.im }
}
/** |a|². */
export function norm(a: Complex): number {
  return a.re * a.re + a.im * a.im
}
export function modulus(a: Complex): number {
  return Math.hypot(a.re, a.im)
}
/** The root with a real part ≥ 0. */
export function squareRoot(a: Complex): Complex {
  const m = modulus(a)
  const re = Math.sqrt((m + a.re) / 2)
  const im = Math.sqrt(Math.max(0, (m - a.re) / 2))
  return { re, im: a.im < 0 ? -im : im }
}
export function cosh(a: Complex): Complex {
  return { re: Math.cosh(a.re) * Math.cos(a.im), im: Math.sinh(a.re) * Math.sin(a.im) }
}
/** sinh(√a)/√a, an entire function of a: no cancellation on an electrically short line, where a → 0. */
export function sinhc(a: Complex): Complex {
  if (modulus(a) < 1e-2) {
    // 1 + a/6 + a²/120 + a³/5040; the next term is below 3e-14
    const a2 = multiply(a, a)
    return add(add(ONE, scale(a, 1 / 6)), add(scale(a2, 1 / 120), scale(multiply(a2, a), 1 / 5040)))
  }
  const root = squareRoot(a)
  return divide(
    { re: Math.sinh(root.re) * Math.cos(root.im), im: Math.cosh(root.re) * Math.sin(root.im) },
    root,
  )
}
