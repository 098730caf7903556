/**
 * A security mechanism as pure state: command bodies in and out (RFC 37, "mechanisms"). The engine carries
 * them; who is allowed in is decided here and by the authentication handler (RFC 27), which the engine's host asks.
 *
 * @module
 */

import type { Metadata } from "../message/metadata.ts";
import type { Inquiry } from "./zap.ts";

/** A command of the handshake: its name, and what follows. */
export interface HandshakeCommand {
  readonly name: string;
  readonly data: Uint8Array;
}

/** One side of one handshake. */
export interface Mechanism {
  /** The name in the greeting: `"NULL"`. */
  readonly name: string;
  /** Whether this side may say ERROR: a client of PLAIN or CURVE never does (RFC 24, RFC 25). */
  readonly refuses: boolean;
  /** The next command to send; `undefined` while it is the peer's turn, or the authentication handler's. */
  nextCommand(): HandshakeCommand | undefined;
  /** Takes the peer's command; `data` is only valid during the call. Throws a `ProtocolError`. */
  processCommand(name: string, data: Uint8Array): void;
  /** What the peer said of itself, as soon as it is known and proved. */
  readonly peer: Metadata | undefined;
  /** Whether both sides are content: nothing more is to be said or heard. */
  readonly done: boolean;
  /** What the authentication handler must be asked now; answers it once, and then waits for `authenticated`. */
  inquiry?(): Inquiry | undefined;
  /** The authentication handler lets the peer in. */
  authenticated?(): void;
  /** Seals and opens what follows the handshake, once it is done; absent: that goes in the clear. */
  readonly traffic?: Traffic | undefined;
  /** The connection is over, or the handshake will not be finished: wipes its keys (not those of `traffic`). */
  end?(): void;
}

/** What a mechanism does to each frame after the handshake. */
export interface Traffic {
  /** How many octets a sealed frame's body is longer than the frame. */
  readonly overhead: number;
  /**
   * Memory in which frames are sealed at least cost, if there is such: whoever puts them there takes them out before
   * anything else is sealed or opened, for it is shared.
   */
  readonly stage?: Uint8Array | undefined;
  /**
   * Seals a frame in place. Its `length` octets lie at `at + overhead` of `memory`; what the wire carries is then
   * at `at`, `overhead + length` octets long. `flags` are those of the frame: 1 if others of its message
   * follow, 2 (not 4) for a command.
   */
  seal(memory: Uint8Array, at: number, length: number, flags: number): void;
  /**
   * Opens in place what `seal` made: the frame is then `body.subarray(overhead)`. Answers its flags. Throws a
   * `ProtocolError`, after which the octets mean nothing.
   */
  open(body: Uint8Array): number;
  /** The connection is over: wipes the keys. */
  end(): void;
}
