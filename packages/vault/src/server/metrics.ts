/** Counters and gauges of one server, in the text that Prometheus reads. */
export class Metrics {
  readonly #counters = new Map<string, { help: string; value: number }>()
  readonly #gauges = new Map<string, { help: string; read(): number }>()

  /** Adds to a counter, which exists from its first use on. */
  count(name: string, help: string, by = 1): void {
    const counter = this.#counters.get(name)
    if (counter === undefined) this.#counters.set(name, { help, value: by })
    else counter.value += by
  }

  gauge(name: string, help: string, read: () => number): void {
    this.#gauges.set(name, { help, read })
  }

  text(): string {
    const lines: string[] = []
    const add = (name: string, type: string, help: string, value: number) =>
      lines.push(`# HELP warren_${name} ${help}`, `# TYPE warren_${name} ${type}`, `warren_${name} ${value}`)
    for (const [name, { help, value }] of this.#counters) add(`${name}_total`, 'counter', help, value)
    for (const [name, { help, read }] of this.#gauges) add(name, 'gauge', help, read())
    return `${lines.join('\n')}\n`
  }
}
