/**
 * The engine of a connection, and the host that it talks to: a calculator. Octets and the time go in; messages,
 * octets and the next deadline come out. It owns no socket, timer, promise or global.
 *
 * One-mutation rule: after any input the session asks `transmit` until it answers `undefined` or the stream is
 * full, then arms its timer with `deadline`.
 *
 * @module
 */

import type { ProtocolError } from "../base/errors.ts";
import type { Message } from "../message/frame.ts";
import type { Inquiry, ZapReply } from "../mechanism/zap.ts";
import type { Metadata } from "../message/metadata.ts";
import type { DatagramAddress } from "./datagram.ts";

/** What the handshake told of the peer. */
export interface Peer {
  /** The peer's socket type, `"PULL"`. */
  readonly socketType: string;
  /** The routing id that it chose; empty if none. */
  readonly routingId: Uint8Array;
  /** Whether subscriptions go to it as commands (ZMTP 3.1) and not as messages (3.0). */
  readonly subscribeCommands: boolean;
  /** All properties of its handshake by their lower-case names, and those that the authentication handler added. */
  readonly metadata: Metadata;
  /** Whether an authentication handler let it in: then its messages carry `metadata`. */
  readonly authenticated?: boolean;
}

/** What a session drives. */
export interface StreamEngine {
  /** Whether messages may go out. */
  readonly ready: boolean;
  /** Whether input waits because the host is full. */
  readonly stalled: boolean;
  /** The stream is open: an engine without a handshake is ready from here. */
  start(): void;
  /** Octets from the peer. */
  receive(chunk: Uint8Array, now: number): void;
  /** See `ByteStreamSink.target`. */
  target(): Uint8Array | undefined;
  /** So many octets were read to where `target` said. */
  filled(length: number, now: number): void;
  /** The host has room again. */
  resume(): void;
  /** The deadline has passed. */
  tick(now: number): void;
  /** What the engine itself wants to send, before any message. */
  transmit(): Uint8Array | undefined;
  /** Whether `transmit` would answer something. */
  readonly talks: boolean;
  /** When to call `tick`, in the time that `now` counts; `undefined` for never. */
  deadline(): number | undefined;
  /** What ends the connection in order, after all messages; the engine is done with it. Absent: nothing does. */
  farewell?(): Uint8Array | undefined;
  /** The answer to `EngineHost.authenticate`, or why there is none; the host then calls `resume`. */
  authenticated?(answer: ZapReply | ProtocolError): void;
  /**
   * Turns whole messages and commands in ZMTP's framing into what the wire carries. Absent, or while `seals` is not
   * true: they go as they are.
   */
  seal?(chunks: readonly Uint8Array[]): Uint8Array[];
  /** What `seal` answered has left: its memory may be used again. */
  recycle?(): void;
  /** Whether the mechanism seals messages, from the end of the handshake on. */
  readonly seals?: boolean;
  /** The connection is over, whoever ended it: keys are wiped. */
  end?(): void;
}

/** Whom an engine tells. */
export interface EngineHost {
  /** The handshake is done. */
  ready(peer: Peer): void;
  /** A whole message. `false`: no more now; `resume` follows. */
  push(message: Message): boolean;
  /** Whether not even the first message is to be taken: `resume` follows. */
  readonly full?: boolean;
  /** The peer broke the rules: close the connection (after what `transmit` still has) and say so. */
  failed(error: ProtocolError): void;
  /** Asks the authentication handler (RFC 27). Meanwhile the engine is stalled. */
  authenticate?(inquiry: Inquiry): void;
  /**
   * The peer ended the connection by a word of its protocol: close it, after what `transmit` still has. An error
   * is the peer's reason; without one all is in order.
   */
  ended?(error: ProtocolError | undefined): void;
}

/** A datagram that is to be sent. */
export interface OutgoingDatagram {
  readonly datagram: Uint8Array;
  readonly to: DatagramAddress;
  /** Whether a message is lost if this is not sent. PGM's receivers ask again for what they miss. */
  readonly message?: boolean;
}

/** Messages that never came, and never will. */
export interface DatagramLoss {
  /** Who sent them: the TSI of a PGM source, in hex, and its address. */
  readonly source: string;
  /** The number of the first packet that is missing. */
  readonly first: number;
  /** How many are. */
  readonly count: number;
}

/** What a datagram session drives: a PGM source or receiver, or one end of plain UDP. A calculator, too. */
export interface DatagramEngine {
  /** A datagram has come. Never throws: what is malformed is counted and dropped. */
  receive(datagram: Uint8Array, from: DatagramAddress, now: number): void;
  /** The deadline has passed. */
  tick(now: number): void;
  /** The next datagram that may leave now, of the host's messages or of its own; `undefined` for none. */
  transmit(now: number): OutgoingDatagram | undefined;
  /** When to call `tick` and `transmit` again, in the time that `now` counts; `undefined` for never. */
  deadline(): number | undefined;
  /** The host has room for messages again. */
  resume(now: number): void;
  /** No message follows: what is queued still goes out, then the engine says farewell. */
  finish(now: number): void;
  /** Whether `finish` was called and all has been sent. */
  readonly finished: boolean;
  /** Whether a message that was pulled has not left completely; absent: it always leaves at once. */
  readonly busy?: boolean;
}

/** Whom a datagram engine tells, and asks. */
export interface DatagramEngineHost {
  /** A whole message. `false`: no more now; `resume` follows. */
  push(message: Message): boolean;
  /** The next message to send. */
  pull(): readonly Uint8Array[] | undefined;
  /** Data is lost for good. */
  lost(loss: DatagramLoss): void;
  /** A datagram was dropped for what is in it; `reason` is a short phrase. */
  malformed(from: DatagramAddress, reason: string): void;
}
