/**
 * DISH over udp (RFC 48, libzmq's `udp_engine`): what arrives is handed up as `[group, body]`, of all groups; the
 * socket type looks for those that were joined. There is no way to slow a sender down, so what comes while the
 * host is full is dropped.
 *
 * @module
 */

import type { DatagramAddress } from "../io/datagram.ts";
import type { DatagramEngine, DatagramEngineHost, OutgoingDatagram } from "../io/engine.ts";
import { decodeRadioMessage } from "./codec.ts";

/** The receiving end. */
export class DishEngine implements DatagramEngine {
  readonly #host: DatagramEngineHost;
  readonly #dropped: () => void;
  #stalled = false;
  #finished = false;

  /** `dropped` is told of each message for which the host had no room. */
  constructor(dropped: () => void, host: DatagramEngineHost) {
    this.#dropped = dropped;
    this.#host = host;
  }

  get finished(): boolean {
    return this.#finished;
  }

  receive(datagram: Uint8Array, from: DatagramAddress, _now: number): void {
    const message = decodeRadioMessage(datagram);
    if (typeof message === "string") this.#host.malformed(from, message);
    else if (this.#stalled) this.#dropped();
    else this.#stalled = !this.#host.push(message);
  }

  transmit(_now: number): OutgoingDatagram | undefined {
    return undefined;
  }

  tick(_now: number): void {}

  deadline(): number | undefined {
    return undefined;
  }

  resume(_now: number): void {
    this.#stalled = false;
  }

  finish(_now: number): void {
    this.#finished = true;
  }
}
