/**
 * Peers by routing id (RFC 28, "ROUTER"): ids that peers or `connect` chose, and generated ones.
 *
 * @module
 */

import { equalBytes, latin1 } from "../base/bytes.ts";
import type { Pipe } from "../pipe/pipe.ts";

/** Which pipe leads to whom. */
export class RoutingTable {
  readonly #pipes = new Map<string, Pipe>();
  /** The last pipe asked for: a reply usually goes where the last one went. */
  #last: Pipe | undefined;
  readonly #random: (length: number) => Uint8Array;

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
  }

  /** How many peers are known. */
  get size(): number {
    return this.#pipes.size;
  }

  /** The peer with this id. */
  find(routingId: Uint8Array): Pipe | undefined {
    const last = this.#last;
    if (last?.routingId !== undefined && equalBytes(last.routingId, routingId)) return last;
    return this.#last = this.#pipes.get(latin1(routingId));
  }

  /** Enters a pipe under an id that nobody has. */
  add(pipe: Pipe, routingId: Uint8Array): void {
    this.remove(pipe);
    pipe.routingId = routingId;
    pipe.routingKey = latin1(routingId);
    this.#pipes.set(pipe.routingKey, pipe);
  }

  /** Takes a pipe out. */
  remove(pipe: Pipe): void {
    if (pipe.routingKey !== undefined && this.#pipes.get(pipe.routingKey) === pipe) {
      this.#pipes.delete(pipe.routingKey);
    }
    if (this.#last === pipe) this.#last = undefined;
  }

  /**
   * A new id: a zero, which no peer may choose, and four octets that nobody can guess. libzmq counts up from
   * the first value of an unseeded generator, the same in every process.
   */
  generate(): Uint8Array {
    for (;;) {
      const routingId = new Uint8Array(5);
      routingId.set(this.#random(4), 1);
      if (!this.#pipes.has(latin1(routingId))) return routingId;
    }
  }

  /** All pipes. */
  values(): IterableIterator<Pipe> {
    return this.#pipes.values();
  }
}
