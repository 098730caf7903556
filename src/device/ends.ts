/**
 * The ends of a device: sockets that exist, or endpoints from which it makes its own.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { SocketCore } from "../socket/core.ts";
import type { Socket } from "../socket/socket.ts";
import { coreOf, hasCore } from "../socket/symbols.ts";

/** Endpoints for a socket that a device makes: to bind, to connect, or both. */
export interface DeviceEndpoints<O = object> {
  /** Where it binds: where the others come and go, and the device stays. */
  readonly bind?: string | readonly string[];
  /** What it connects to: another device, or a service with an address of its own. */
  readonly connect?: string | readonly string[];
  /** Options of the socket, such as its high-water marks. */
  readonly options?: O;
}

/** One end of a device: a socket, or where to make one. Text alone, or several, means: bind there. */
export type DeviceEnd<S extends Socket = Socket, O = object> =
  | S
  | string
  | readonly string[]
  | DeviceEndpoints<O>;

/** An end that is ready for use. */
export interface End {
  readonly socket: Socket;
  readonly core: SocketCore;
  /** Whether the device made the socket, and so closes it. */
  readonly own: boolean;
  /** Resolves when it is bound everywhere. */
  readonly bound: Promise<unknown>;
}

/** Makes an end of what was given. Throws what `connect` throws, and an EINVAL for no endpoint at all. */
export function openEnd(given: unknown, make: (options: object) => Socket): End {
  if (isSocket(given)) return { socket: given, core: coreOf(given), own: false, bound: Promise.resolve() };
  const { bind, connect, options } = endpoints(given);
  const addresses = list(bind);
  if (addresses.length + list(connect).length === 0) {
    throw new ZmqError("EINVAL", "An end of a device needs a socket, or at least one endpoint");
  }
  const socket = make(options ?? {});
  try {
    for (const address of list(connect)) socket.connect(address);
  } catch (error) {
    socket.close();
    throw error;
  }
  const bound = Promise.all(addresses.map((address) => socket.bind(address)));
  // The device looks at it in time; a rejection is no accident until then.
  bound.catch(() => {});
  return { socket, core: coreOf(socket), own: true, bound };
}

/** Whether this is a socket of ours. */
export function isSocket(value: unknown): value is Socket {
  return hasCore(value);
}

function endpoints(given: unknown): DeviceEndpoints {
  if (typeof given === "string" || Array.isArray(given)) return { bind: given as string | string[] };
  if (typeof given === "object" && given !== null) return given;
  throw new TypeError("An end of a device must be a socket, an endpoint, several, or { bind, connect }");
}

function list(given: string | readonly string[] | undefined): readonly string[] {
  return given === undefined ? [] : typeof given === "string" ? [given] : given;
}
