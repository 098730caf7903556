/**
 * A bound endpoint of streams: a listener, and the directory that was made for it.
 *
 * @module
 */

import type { Pipe } from "../pipe/pipe.ts";
import type { SocketCore } from "./core.ts";
import type { BoundLink } from "./scheme.ts";

/** A listener, as its binding sees it. */
interface Listening {
  readonly endpoint: string;
  readonly pipes: Iterable<Pipe>;
  readonly handshakes: number;
  stopListening(): Promise<void>;
  close(linger: number): Promise<void>;
}

/** What was bound. */
export class StreamBinding implements BoundLink {
  readonly told = true;
  readonly #listener: Listening;
  readonly #core: SocketCore;
  /** Where `ipc://*` made a directory for it. */
  readonly #directory: string | undefined;

  constructor(listener: Listening, core: SocketCore, directory?: string) {
    this.#listener = listener;
    this.#core = core;
    this.#directory = directory;
  }

  get endpoint(): string {
    return this.#listener.endpoint;
  }

  get handshakes(): number {
    return this.#listener.handshakes;
  }

  get pipes(): Iterable<Pipe> {
    return this.#listener.pipes;
  }

  async stopListening(): Promise<void> {
    await this.#listener.stopListening();
    if (this.#directory === undefined) return;
    const transports = await this.#core.context.transports();
    await transports.remove?.(this.#directory).catch(() => {});
  }

  close(linger: number): Promise<void> {
    return this.#listener.close(linger);
  }
}
