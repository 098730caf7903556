/**
 * The transports of a program on Deno, Bun and Node. A bundler for browsers takes `schemes_web.ts` instead, as
 * `src/package.json` says, and with it none of what a page cannot have.
 *
 * @module
 */

import { EPGM, UDP } from "./datagram_schemes.ts";
import { INPROC } from "./inproc_scheme.ts";
import type { AbsentSchemes, Schemes } from "./scheme.ts";
import { IPC, TCP } from "./stream_schemes.ts";
import { WS, WSS } from "./ws_scheme.ts";

/** By the scheme of the endpoint. */
export const SCHEMES: Schemes = {
  tcp: TCP,
  ipc: IPC,
  ws: WS,
  wss: WSS,
  inproc: INPROC,
  udp: UDP,
  epgm: EPGM,
};

/** What libzmq has besides. */
export const ABSENT: AbsentSchemes = {
  pgm: "PGM directly over IP needs raw sockets, which JavaScript has not; epgm:// is the same over UDP",
  norm: "",
  tipc: "",
  vmci: "",
  vsock: "",
  hvsocket: "",
};
