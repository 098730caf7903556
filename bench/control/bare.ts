/**
 * A bare stream of each runtime, behind as thin a face as will do: what the control programs measure.
 *
 * `data` may answer a promise; a runtime that reads by pulling waits for it before it reads again.
 *
 * @module
 */

/** One connection. */
export interface BareStream {
  /** Writes all of it. A promise where the runtime wants its caller to wait, settled when it may go on. */
  write(bytes: Uint8Array): Promise<void> | undefined;
}

/** Who listens to a connection. */
export interface BareSink {
  /** How much to read at once, where the reader brings the buffer. */
  readonly readSize?: number;
  open?(stream: BareStream): void;
  data(stream: BareStream, chunk: Uint8Array): void | Promise<void>;
}

/** The bare streams of one runtime. */
export interface Bare {
  listen(endpoint: Endpoint, sink: BareSink): Promise<void>;
  connect(endpoint: Endpoint, sink: BareSink): Promise<BareStream>;
}

/** A TCP address or a Unix path. */
export type Endpoint = { readonly hostname: string; readonly port: number } | { readonly path: string };

/** The adapter of the runtime this runs on. */
export async function bare(): Promise<Bare> {
  const names = globalThis as { Deno?: unknown; Bun?: unknown };
  if (names.Deno !== undefined) return (await import("./deno.ts")).deno;
  if (names.Bun !== undefined) return (await import("./bun.ts")).bun;
  return (await import("./node.ts")).node;
}

/** `tcp://127.0.0.1:5555` or `ipc:///tmp/path`. */
export function parse(endpoint: string): Endpoint {
  const ipc = /^ipc:\/\/(.+)$/.exec(endpoint);
  if (ipc !== null) return { path: ipc[1]! };
  const tcp = /^tcp:\/\/([^:]+):(\d+)$/.exec(endpoint);
  if (tcp === null) throw new TypeError(`Not a tcp or ipc endpoint: "${endpoint}"`);
  return { hostname: tcp[1]!, port: Number(tcp[2]) };
}
