/**
 * The peers of a bound socket that are gone and have left messages: those can still be received, as in libzmq. Each
 * peer leaves as many as the high-water mark allows, so the number of such peers must have a bound, too: at
 * `maxDepartedPeers` new connections wait before their handshake until the program has received.
 *
 * @module
 */

import { afterTurn } from "../io/timers.ts";
import type { LinkHost } from "./link.ts";
import type { StreamPipe } from "./stream_pipe.ts";

const all = new WeakMap<LinkHost, Departed>();

/** Those of this socket, by whichever endpoint they came. */
export function departedOf(host: LinkHost): Departed {
  let departed = all.get(host);
  if (departed === undefined) all.set(host, departed = new Departed(host));
  return departed;
}

/** How many there are, and who waits for there to be fewer. */
export class Departed {
  readonly #host: LinkHost;
  #count = 0;
  /** What starts each connection that waits, oldest first. */
  readonly #waiting = new Map<object, () => void>();
  #scheduled = false;

  constructor(host: LinkHost) {
    this.#host = host;
  }

  /** Whether no new connection may begin its handshake. */
  get tooMany(): boolean {
    const most = this.#host.options.maxDepartedPeers;
    return most > 0 && this.#count >= most;
  }

  /** The peer of this pipe is gone, and the pattern has let go of the pipe unless it will still read from it. */
  add(pipe: StreamPipe): void {
    if (!pipe.readable) return;
    this.#count++;
    pipe.leaveBehind();
    pipe.onDrained = () => {
      pipe.onDrained = undefined;
      this.#count--;
      this.#admit();
    };
  }

  /** Starts this connection when there is room. */
  wait(connection: object, start: () => void): void {
    this.#waiting.set(connection, start);
    // The option may have been raised since, which nobody tells of.
    this.#admit();
  }

  /** It is over. */
  forget(connection: object): void {
    this.#waiting.delete(connection);
  }

  /** After the turn: the program is amid a `receive`. */
  #admit(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    afterTurn(() => {
      this.#scheduled = false;
      for (const [connection, start] of this.#waiting) {
        if (this.tooMany) return;
        this.#waiting.delete(connection);
        start();
      }
    });
  }
}
