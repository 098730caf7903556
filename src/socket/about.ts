/**
 * What the module says of itself, in the places where programs written for zeromq.js look.
 *
 * @module
 */

import type { Frame } from "../message/frame.ts";
import { CURVE } from "./curve_keys.ts";

/** The version of libzmq whose behaviour this module follows. */
export const version: string = "4.3.5";

/** What this module offers beyond tcp and inproc, by the names of `zmq_has`. In a page there is no CURVE. */
export const capability: {
  readonly ipc: boolean;
  readonly pgm: boolean;
  readonly tipc: boolean;
  readonly norm: boolean;
  readonly curve: boolean;
  readonly gssapi: boolean;
  readonly draft: boolean;
} = { ipc: true, pgm: true, tipc: false, norm: false, curve: CURVE, gssapi: false, draft: true };

/** One part of a received message, under the name that zeromq.js has for it. */
export type Message = Frame;
