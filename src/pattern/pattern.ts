/**
 * A socket type: moves whole messages between pipes, synchronously. It never waits and never throws for a full
 * peer; the promises of waiting callers are its host's affair.
 *
 * @module
 */

import type { ZmqErrorCode } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import type { Message } from "../message/frame.ts";
import type { DropReason } from "../pipe/drops.ts";
import type { Pipe, PipeSink } from "../pipe/pipe.ts";

/** The options that patterns read, live, under zeromq.js's names (defined in `socket/options.ts`). */
export interface PatternOptions {
  readonly mandatory: boolean;
  readonly handover: boolean;
  readonly probeRouter: boolean;
  readonly correlate: boolean;
  readonly relaxed: boolean;
  readonly verbosity: "" | "allSubs" | "allSubsUnsubs";
  readonly noDrop: boolean;
  readonly manual: boolean;
  readonly welcomeMessage: Uint8Array | undefined;
  readonly invertMatching: boolean;
  readonly notify: boolean;
  readonly routerNotify: number;
  readonly helloMessage: Uint8Array | undefined;
  readonly disconnectMessage: Uint8Array | undefined;
  readonly hiccupMessage: Uint8Array | undefined;
  readonly manualLastValue: boolean;
  readonly onlyFirstSubscribe: boolean;
  readonly verboseUnsubscribe: boolean;
  readonly maxSubscriptions: number;
  readonly maxSubscriptionTotal: number;
  readonly receiveHighWaterMark: number;
}

/** Who owns the pattern. */
export interface PatternHost {
  readonly options: PatternOptions;
  /** Something can be received. */
  readable(): void;
  /** Something may be sendable that was not. */
  writable(): void;
  /** Octets that nobody can guess. */
  random(length: number): Uint8Array;
  /** A message was dropped, as the pattern allows. */
  dropped(pipe: Pipe | undefined, reason: DropReason): void;
  /** Calls back in a turn of the event loop of its own, unless the socket is closed by then. */
  later(step: () => void): void;
}

/** The behaviour of one socket type. */
export abstract class Pattern implements PipeSink {
  protected readonly host: PatternHost;

  constructor(host: PatternHost) {
    this.host = host;
  }

  /** A new pipe. `false`: this type has no use for it (a second peer of a PAIR), and it must be closed. */
  abstract attach(pipe: Pipe): boolean;
  /** The pipe's peer has made the handshake, for the first time or again. `false`: it is refused. */
  ready(_pipe: Pipe, _peer: Peer): boolean {
    return true;
  }
  /** The pipe's connection was lost, and not by our own wish. Another may be made for it; if not, `detach` follows. */
  lost(_pipe: Pipe): void {}
  /** The pipe's peer is gone for good. What came from it may still be received. */
  abstract detach(pipe: Pipe): void;
  abstract readActivated(pipe: Pipe): void;
  abstract writeActivated(pipe: Pipe): void;
  dropped(pipe: Pipe, reason: DropReason): void {
    this.host.dropped(pipe, reason);
  }

  /** `false`: not now, and nothing was taken. Throws a `ZmqError` for what can never be sent. */
  send(_message: Uint8Array[]): boolean {
    return false;
  }
  /** The next message, if there is one. */
  receive(): Message | undefined {
    return undefined;
  }
  /** Whether `receive` would answer a message. */
  get readable(): boolean {
    return false;
  }
  /** How many messages wait to be received, those of peers that have gone included. */
  get queued(): number {
    return 0;
  }
  /** Whether `send` would take a message. */
  get writable(): boolean {
    return false;
  }
  /** What libzmq would say of a `send` that was refused. */
  sendRefusal(_message?: readonly Uint8Array[]): ZmqErrorCode {
    return "EAGAIN";
  }
  /** What libzmq would say of a `receive` that had nothing. */
  receiveRefusal(): ZmqErrorCode {
    return "EAGAIN";
  }
}
