/**
 * The class `Proxy` of zeromq.js, with what its native twin promises and does not do.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Socket } from "../socket/socket.ts";
import { coreOf } from "../socket/symbols.ts";
import type { Device, DeviceOptions } from "./device.ts";
import { proxy } from "./devices.ts";
import { isSocket } from "./ends.ts";
import type { DeviceStatistics } from "./statistics.ts";

/**
 * Joins two sockets, under the names of zeromq.js; {@linkcode proxy} is the same with less ceremony.
 *
 * While it runs, the sockets cannot send or receive for the program (EBUSY). When it ends, both are closed.
 *
 * @example
 * ```ts
 * import { Dealer, Proxy, Router } from "@puremq/zmq";
 *
 * const device = new Proxy(new Router(), new Dealer());
 * await device.frontEnd.bind("tcp://127.0.0.1:*");
 * await device.backEnd.bind("tcp://127.0.0.1:*");
 * const done = device.run();
 * // … clients connect to the one, services to the other …
 * device.terminate();
 * await done;
 * ```
 */
export class Proxy<F extends Socket = Socket, B extends Socket = Socket> {
  /** The one socket. */
  readonly frontEnd: F;
  /** The other one. */
  readonly backEnd: B;
  #device: Device | undefined;

  /**
   * Takes two sockets; they may be bound and connected later, but before `run`.
   *
   * @throws {TypeError} for what is no object, and for a third argument
   */
  constructor(frontEnd: F, backEnd: B) {
    if (arguments.length > 2) throw new TypeError(`Expected 2 arguments but received ${arguments.length}`);
    this.frontEnd = requireSocket(frontEnd, "Front-end");
    this.backEnd = requireSocket(backEnd, "Back-end");
  }

  /**
   * Runs until `terminate`, or until one of the sockets is closed. Resolves when both are closed.
   *
   * @throws {ZmqError} EINVAL for a socket that is neither bound nor connected and for a pair that is not legal,
   * EBUSY if it runs already or a socket is in use; at once
   */
  run(options: DeviceOptions = {}): Promise<void> {
    if (this.#device !== undefined) throw new ZmqError("EBUSY", "Proxy is already running");
    requireEndpoint(this.frontEnd, "Front-end");
    requireEndpoint(this.backEnd, "Back-end");
    const device = this.#device = proxy(this.frontEnd, this.backEnd, options);
    return device.done.finally(async () => {
      await Promise.all([coreOf(this.frontEnd).close(), coreOf(this.backEnd).close()]);
      this.#device = undefined;
    });
  }

  /** Moves no more messages until `resume`. Throws EBADF if it does not run. */
  pause(): void {
    this.#running().pause();
  }

  /** Goes on. Throws EBADF if it does not run. */
  resume(): void {
    this.#running().resume();
  }

  /** Ends it: what was accepted is handed on within `linger`, then both sockets are closed. Throws EBADF if it does not run. */
  terminate(): void {
    void this.#running().terminate();
  }

  /** What it has done so far. Throws EBADF if it does not run. */
  statistics(): DeviceStatistics {
    return this.#running().statistics();
  }

  #running(): Device {
    if (this.#device === undefined) throw new ZmqError("EBADF");
    return this.#device;
  }
}

/** zeromq.js's checks: a TypeError for what is no object, EINVAL-like for one that is no socket. */
function requireSocket<S extends Socket>(value: S, name: string): S {
  if (typeof value !== "object" || value === null) throw new TypeError(`${name} must be a socket object`);
  if (!isSocket(value)) throw new Error("Invalid argument");
  return value;
}

function requireEndpoint(socket: Socket, name: string): void {
  const core = coreOf(socket);
  if (!core.closed && core.endpoints.some) return;
  throw new ZmqError("EINVAL", `${name} socket must be bound or connected`);
}
