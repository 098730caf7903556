/**
 * What every device is, and what it can be given.
 *
 * @module
 */

import type { Context } from "../socket/context.ts";
import type { Socket } from "../socket/socket.ts";
import type { DeviceStatistics } from "./statistics.ts";

/** Copies of what a device receives: by which socket, or where to bind a PUB for them. */
export interface CaptureEnds {
  /** For what the front end receives. */
  readonly front?: Socket | string;
  /** For what the back end receives. */
  readonly back?: Socket | string;
}

/** What every device can be given. */
export interface DeviceOptions {
  /**
   * Gets a copy of each message: one socket for both directions, or one for each. PUB, XPUB, PUSH, DEALER or
   * PAIR; an endpoint means a PUB that the device binds there. It never slows the device: what it cannot take
   * at once is counted as `missed`.
   */
  readonly capture?: Socket | string | CaptureEnds;
  /**
   * Steers the device by libzmq's words PAUSE, RESUME, TERMINATE and STATISTICS, each a message of one part.
   * REP, PAIR or SUB; an endpoint means a REP that the device binds there.
   */
  readonly control?: Socket | string;
  /** Ends the device when it is aborted, as {@linkcode Device.terminate} does. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds that what was accepted may take to leave when the device ends; -1, the default, for as long as
   * it takes. Sockets that were given keep their own `linger`, unless this is set.
   */
  readonly linger?: number;
  /** The context of the sockets that the device makes. */
  readonly context?: Context;
}

/** A device that runs; `queue`, `forwarder`, `streamer` and `proxy` answer one. It keeps the process alive. */
export interface Device {
  /** The front end's socket: to read its `lastEndpoint`, to bind and connect more, to hear its events. */
  readonly front: Socket;
  /** The back end's socket. */
  readonly back: Socket;
  /** The sockets that get copies. */
  readonly capture: { readonly front?: Socket; readonly back?: Socket };
  /** The socket that steers it. */
  readonly control: Socket | undefined;
  /** Resolves when all endpoints are bound. Rejects with the ZmqError of one that cannot be. */
  readonly ready: Promise<void>;
  /**
   * Resolves when the device has ended: it was terminated, or a socket of it or its context was closed. Rejects if
   * it could not begin.
   */
  readonly done: Promise<void>;
  /** Whether it is paused. */
  readonly paused: boolean;
  /** Moves no more messages until `resume`; queues fill up to their high-water marks meanwhile. */
  pause(): void;
  /** Goes on. */
  resume(): void;
  /**
   * Ends the device. Its sockets take nothing new; what they had accepted is handed on, for `linger` milliseconds at
   * most. Sockets that the device made are closed then. Sockets that it was given can be used again, and what nobody
   * was there to take can be received from them. Resolves as `done` does.
   */
  terminate(): Promise<void>;
  /** What the device has done so far, and what waits in it now. */
  statistics(): DeviceStatistics;
  /** `terminate`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
