/**
 * REQ (RFC 28): sends a request, receives its reply, strictly in turn; requests are load-balanced. On the wire
 * an empty delimiter stands before the request, with `correlate` a number before that.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { ZmqErrorCode } from "../base/errors.ts";
import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { DealerPattern } from "./dealer.ts";
import type { PatternHost } from "./pattern.ts";

/** The behaviour of REQ. */
export class ReqPattern extends DealerPattern {
  /** Whether a request is out. */
  #waiting = false;
  /** Whom it went to; `undefined` if that peer has gone. */
  #asked: Pipe | undefined;
  #requestId: number;

  constructor(host: PatternHost) {
    super(host);
    const seed = host.random(4);
    this.#requestId = seed[0]! | seed[1]! << 8 | seed[2]! << 16 | seed[3]! << 24;
  }

  override detach(pipe: Pipe): void {
    // Nobody was asked but one, whose reply still counts if it had arrived: the others have left nothing to be kept.
    while (pipe !== this.#asked && pipe.read() !== undefined) this.host.dropped(pipe, "unexpected");
    if (pipe.inbound.length === 0) this.in.remove(pipe);
    super.detach(pipe);
    if (pipe === this.#asked && pipe.inbound.length === 0) this.#asked = undefined;
  }

  override readActivated(pipe: Pipe): void {
    this.in.activate(pipe);
    if (this.readable) this.host.readable();
  }

  override send(message: Uint8Array[]): boolean {
    // RFC 28: strict alternation; ZMQ_REQ_RELAXED gives up the reply instead.
    if (this.#waiting && !this.host.options.relaxed) return false;
    const { correlate } = this.host.options;
    const id = this.#requestId + 1 | 0;
    const envelope = correlate ? [number(id), EMPTY] : [EMPTY];
    if (!this.out.send([...envelope, ...message])) return false;
    this.#requestId = id;
    this.#asked = this.out.last;
    this.#waiting = true;
    // Replies to earlier requests that arrived meanwhile must not be taken for this one's.
    while (this.in.receive() !== undefined) this.host.dropped(this.in.last, "unexpected");
    return true;
  }

  override receive(): Message | undefined {
    if (!this.readable) return undefined;
    const message = this.in.receive()!;
    this.#waiting = false;
    this.#asked = undefined;
    // One may send now: a caller may be waiting to.
    this.host.writable();
    return message.slice(delimiterOf(message) + 1);
  }

  override get readable(): boolean {
    if (!this.#waiting) return false;
    for (;;) {
      // Looked at and left there: taken, it would wait where nobody counts it.
      const message = this.in.peek();
      if (message === undefined) return false;
      // RFC 28: "SHALL accept an incoming message only from the last peer that it sent a request to".
      const from = this.in.next!;
      const asked = from === this.#asked;
      if (asked && this.#answers(message)) return true;
      this.in.receive();
      this.host.dropped(from, "unexpected");
      // As libzmq: a peer that answers without an envelope speaks another protocol.
      if (asked && !hasEnvelope(message)) {
        from.terminate(
          new ProtocolError("ERR_ZMTP_UNSPECIFIED", "A reply without its envelope (RFC 28, REQ)"),
        );
      }
    }
  }

  override get writable(): boolean {
    return (!this.#waiting || this.host.options.relaxed) && this.out.writable;
  }

  override sendRefusal(): ZmqErrorCode {
    return this.#waiting && !this.host.options.relaxed ? "EFSM" : "EAGAIN";
  }

  override receiveRefusal(): ZmqErrorCode {
    return this.#waiting ? "EAGAIN" : "EFSM";
  }

  /** Whether it is the reply to the last request. */
  #answers(message: Message): boolean {
    const delimiter = delimiterOf(message);
    // A number where none was asked for, and none where one was: an answer to what was sent under other options.
    return hasEnvelope(message) && this.host.options.correlate === (delimiter === 1) &&
      (delimiter === 0 || sameNumber(message[0]!, this.#requestId));
  }
}

const ID_SIZE = 4;

/** Where the delimiter of a reply stands: behind the number, if there is one. */
function delimiterOf(message: Message): number {
  return message[0]!.length === ID_SIZE ? 1 : 0;
}

function hasEnvelope(message: Message): boolean {
  const delimiter = delimiterOf(message);
  return message.length > delimiter + 1 && message[delimiter]!.length === 0;
}

function number(id: number): Uint8Array {
  return Uint8Array.of(id, id >> 8, id >> 16, id >> 24);
}

function sameNumber(frame: Uint8Array, id: number): boolean {
  return (frame[0]! | frame[1]! << 8 | frame[2]! << 16 | frame[3]! << 24) === id;
}
