/**
 * How the catalogue is written down: a section is a title, where its rows come from, and a text with a row a line,
 * `id | source within that | what it asks for`.
 */

/** A part of the catalogue, and of the table in tests/README.md. */
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** One thing that is asked for. */
export interface Row {
  /** By this name tests refer to it: `GR-1`, `LT-141`, `X-30`. */
  readonly id: string;
  /** Where it comes from: RFC and level, file and test of libzmq, CVE or issue. */
  readonly source: string;
  /** What must be so, in a few words. */
  readonly says: string;
}

/** Reads a section's text; `origin` goes before the source of each row that names no RFC of its own. */
export function section(title: string, origin: string, text: string): Section {
  const rows = text.trim().split("\n").map((line): Row => {
    const [id, source, says, ...rest] = line.split(" | ").map((cell) => cell.trim());
    if (!id || source === undefined || !says || rest.length > 0) throw new Error(`not a row: ${line}`);
    return { id, source: source.startsWith("RFC ") ? source : `${origin} ${source}`.trim(), says };
  });
  return { title, rows };
}
