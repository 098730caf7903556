/**
 * RADIO over udp (RFC 48, libzmq's `udp_engine`): every message to one address, whatever its group. Nothing comes
 * back.
 *
 * @module
 */

import type { DatagramAddress } from "../io/datagram.ts";
import type { DatagramEngine, DatagramEngineHost, OutgoingDatagram } from "../io/engine.ts";
import { encodeRadioMessage } from "./codec.ts";

/** The sending end. */
export class RadioEngine implements DatagramEngine {
  readonly #to: DatagramAddress;
  readonly #host: DatagramEngineHost;
  #finishing = false;
  #finished = false;

  constructor(to: DatagramAddress, host: DatagramEngineHost) {
    this.#to = to;
    this.#host = host;
  }

  get finished(): boolean {
    return this.#finished;
  }

  receive(_datagram: Uint8Array, from: DatagramAddress, _now: number): void {
    this.#host.malformed(from, "nothing is sent to a RADIO");
  }

  transmit(_now: number): OutgoingDatagram | undefined {
    const message = this.#host.pull();
    if (message === undefined) {
      this.#finished = this.#finishing;
      return undefined;
    }
    return { datagram: encodeRadioMessage(message), to: this.#to, message: true };
  }

  tick(_now: number): void {}

  deadline(): number | undefined {
    return undefined;
  }

  resume(_now: number): void {}

  finish(_now: number): void {
    this.#finishing = true;
  }
}
