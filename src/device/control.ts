/**
 * The control socket of a device: the words of libzmq's `zmq_proxy_steerable`, so that an existing controller
 * in any language can steer it. What is no such word is answered or counted, and changes nothing.
 *
 * @module
 */

import { encodeText, latin1 } from "../base/bytes.ts";
import { ZmqError } from "../base/errors.ts";
import type { Message } from "../message/frame.ts";
import type { Relay, SocketCore } from "../socket/core.ts";

/** What can be steered. */
export interface Steerable {
  pause(): void;
  resume(): void;
  terminate(): unknown;
  /** The eight figures of STATISTICS, in libzmq's order. */
  figures(): readonly number[];
}

const TYPES: readonly string[] = ["REP", "PAIR", "SUB"];

/** The longest word that is repeated in an answer. */
const WORD_MAX = 40;

/** Serves a control socket. */
export class Control implements Relay {
  readonly core: SocketCore;
  commands = 0;
  rejected = 0;
  readonly #device: Steerable;
  #waking = false;

  constructor(core: SocketCore, device: Steerable) {
    if (!TYPES.includes(core.type.name)) {
      throw new ZmqError(
        "EINVAL",
        `A ${core.type.name} socket cannot control a device: it has to be one of ${TYPES.join(", ")}`,
      );
    }
    this.core = core;
    this.#device = device;
  }

  wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      for (;;) {
        const message = this.core.closed ? undefined : this.core.pattern.receive();
        if (message === undefined) return;
        this.#obey(message);
      }
    });
  }

  #obey(message: Message): void {
    const word = message.length === 1 && message[0]!.length <= WORD_MAX ? latin1(message[0]!) : "";
    switch (word) {
      case "STATISTICS":
        this.commands++;
        return this.#answer(this.#device.figures().map(uint64));
      case "PAUSE":
        this.#device.pause();
        break;
      case "RESUME":
        this.#device.resume();
        break;
      case "TERMINATE":
        // The answer first: the socket may be closed by it.
        this.commands++;
        this.#acknowledge();
        this.#device.terminate();
        return;
      default:
        this.rejected++;
        return this.#answer([encodeText(`ERROR ${complaint(message, word)}`)]);
    }
    this.commands++;
    this.#acknowledge();
  }

  /** libzmq answers a REQ's orders with nothing, so that it can send the next; a PAIR does not wait for it. */
  #acknowledge(): void {
    if (this.core.type.name === "REP") this.#answer([new Uint8Array(0)]);
  }

  #answer(parts: Uint8Array[]): void {
    if (this.core.type.name === "SUB") return;
    // A controller that does not read its answers goes without the next one.
    if (!this.core.pattern.send(parts)) this.core.dropped(undefined, "full");
  }
}

function complaint(message: Message, word: string): string {
  if (message.length > 1) return `a command has one part, not ${message.length}`;
  if (!/^[ -~]+$/.test(word)) return "not a command: PAUSE, RESUME, STATISTICS or TERMINATE";
  return `unknown command "${word}": PAUSE, RESUME, STATISTICS or TERMINATE`;
}

/** As `uint64_t` lies in the memory of this machine, which is how libzmq sends it. */
function uint64(value: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
}

declare function queueMicrotask(callback: () => void): void;
