/**
 * DGRAM (libzmq's `udp_engine` in raw mode): datagrams as they are, each with the address that it came from or
 * goes to in front, as text: `["1.2.3.4:5678\0", body]`. A received first part is an answer's first part.
 *
 * @module
 */

import type { DatagramAddress } from "../io/datagram.ts";
import type { DatagramEngine, DatagramEngineHost, OutgoingDatagram } from "../io/engine.ts";
import { Frame } from "../message/frame.ts";
import { encodeAddress, MAX_DATAGRAM, parseAddress } from "./codec.ts";

/** Both ends of plain UDP. */
export class DgramEngine implements DatagramEngine {
  readonly #host: DatagramEngineHost;
  readonly #dropped: () => void;
  #stalled = false;
  #finishing = false;
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
    if (datagram.length > MAX_DATAGRAM) {
      this.#host.malformed(from, `more than ${MAX_DATAGRAM} octets`);
    } else if (this.#stalled) this.#dropped();
    else {
      const body = new Frame(datagram.buffer as ArrayBuffer, datagram.byteOffset, datagram.length);
      this.#stalled = !this.#host.push([encodeAddress(from), body]);
    }
  }

  transmit(_now: number): OutgoingDatagram | undefined {
    const message = this.#host.pull();
    if (message === undefined) {
      this.#finished = this.#finishing;
      return undefined;
    }
    const [address, body] = message as [Uint8Array, Uint8Array];
    return { datagram: body, to: parseAddress(address)!, message: true };
  }

  tick(_now: number): void {}

  deadline(): number | undefined {
    return undefined;
  }

  resume(_now: number): void {
    this.#stalled = false;
  }

  finish(_now: number): void {
    this.#finishing = true;
  }
}
