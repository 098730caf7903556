/**
 * ZWS 2.0 with a mechanism (RFC 45: `ZWS2.0/NULL`, `ZWS2.0/PLAIN`; libzmq has `ZWS2.0/CURVE`, too): its commands
 * come first, and what seals messages seals all that follows: each frame is then a ZWS message of its own, a flag
 * octet and MESSAGE (RFC 25). What waits does so in ZMTP's framing.
 *
 * @module
 */

import type { ProtocolError } from "../base/errors.ts";
import type { EngineHost, Peer } from "../io/engine.ts";
import type { Traffic } from "../mechanism/mechanism.ts";
import type { Inquiry, ZapReply } from "../mechanism/zap.ts";
import type { Frame } from "../message/frame.ts";
import { Handshake } from "../zmtp/handshake.ts";
import type { HandshakeHost } from "../zmtp/handshake.ts";
import { eachFrame, Opener, putBody, SEALED_OVERHEAD_MAX } from "../zmtp/sealed.ts";
import { encodeCommand } from "../zmtp/wire_queue.ts";
import { CLOSE_POLICY, ZWS_LAST, ZWS_MORE, ZWS_PLAIN } from "./constants.ts";
import { encodeZwsCommand } from "./frame.ts";
import { Violation } from "./violation.ts";
import { tooEarly, Zws } from "./zws.ts";
import type { ZwsCarrier, ZwsOptions } from "./zws.ts";

/** One side of one connection, by its sub-protocol; says at once what comes first in it. */
export function startZws(options: ZwsOptions, host: EngineHost, protocol: string, carrier: ZwsCarrier): Zws {
  const zws = new (protocol === ZWS_PLAIN ? Zws : SecuredZws)(options, host, carrier);
  zws.start();
  return zws;
}

/** One side of one connection, with a mechanism. */
class SecuredZws extends Zws implements HandshakeHost {
  /** Until the handshake is done. */
  #handshake: Handshake | undefined;
  /** From then on, under a mechanism that seals. */
  #traffic: Traffic | undefined;
  #opener: Opener | undefined;

  override start(): void {
    // RFC 45 knows subscriptions as messages only, whatever the peer's version.
    this.#handshake = new Handshake(this.options, this, false);
  }

  override get most(): number {
    // A frame's limit is kept when it is open.
    return this.#traffic === undefined ? super.most : super.most + SEALED_OVERHEAD_MAX;
  }

  override get seals(): boolean {
    return this.#traffic !== undefined;
  }

  override seal(chunks: readonly Uint8Array[]): Uint8Array[] {
    return sealZws(this.#traffic!, chunks);
  }

  override authenticated(answer: ZapReply | ProtocolError): void {
    const peer = this.#handshake?.authenticated(answer);
    if (peer !== undefined) this.begin(peer);
  }

  override end(): void {
    this.#handshake?.end();
    this.#traffic?.end();
  }

  /** From the handshake. */
  say(name: string, data: Uint8Array): void {
    this.carrier.say(encodeZwsCommand(name, data));
  }

  /** From the handshake. */
  ask(inquiry: Inquiry): void {
    this.host.authenticate?.(inquiry);
  }

  protected override take(body: Frame, flags: number): boolean {
    if (this.#opener === undefined) return super.take(body, flags);
    // libzmq sends MESSAGE as a message, RFC 25 wants a command: both are taken.
    if (flags !== ZWS_MORE) return this.#opener.open(body);
    throw new Violation("A message of several frames where each is one (RFC 25)", CLOSE_POLICY);
  }

  protected override first(): void {
    throw tooEarly();
  }

  protected override greeting(body: Uint8Array): boolean {
    const peer = this.#handshake!.receive(body);
    if (peer !== undefined) this.begin(peer);
    return !this.#handshake?.waiting && !this.host.full;
  }

  protected override begin(peer: Peer): void {
    const traffic = this.#traffic = this.#handshake!.traffic;
    this.#handshake!.end();
    this.#handshake = undefined;
    if (traffic !== undefined) {
      this.#opener = new Opener(traffic, this.options.limits, {
        onMessage: (message) => this.deliver(message),
        onCommand: (body) => this.obey(body),
      });
    }
    super.begin(peer);
  }

  protected override encodeCommand(name: string, data: Uint8Array): Uint8Array {
    if (this.#traffic === undefined) return super.encodeCommand(name, data);
    return sealZws(this.#traffic, [encodeCommand(name, data)])[0]!;
  }
}

/** A ZWS message for each frame in ZMTP's framing. */
function sealZws(traffic: Traffic, chunks: readonly Uint8Array[]): Uint8Array[] {
  const { overhead } = traffic;
  const messages: Uint8Array[] = [];
  eachFrame(chunks, (flags, memory, start, length) => {
    const message = new Uint8Array(1 + overhead + length);
    message[0] = ZWS_LAST;
    putBody(message, 1 + overhead, memory, start, length);
    traffic.seal(message, 1, length, flags);
    messages.push(message);
  });
  return messages;
}
