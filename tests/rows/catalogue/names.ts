/**
 * Encodings and endpoints: Z85 (RFC 32), ZeroMQ over WebSocket (RFC 45), and endpoints as libzmq's manuals (zmq_tcp,
 * zmq_ipc, zmq_inproc) have them.
 */

import { type Section, section } from "./section.ts";

/** Sections Z8, ZW and UR. */
export const NAMES: readonly Section[] = [
  section(
    "Z85",
    "RFC 32",
    `
Z8-1 | SHALL | four octets are five characters, the most significant first
Z8-2 | SHALL | other lengths than multiples of 4 and 5 are errors
Z8-3 | MUST | characters outside of the alphabet and groups beyond 32 bits are errors
`,
  ),
  section(
    "ZWS 2.0",
    "RFC 45",
    `
ZW-1 | MUST | the request offers one of the ZWS2.0 protocols
ZW-2 | MUST | the server answers with one of them, or refuses
ZW-3 | MUST | plain ZWS2.0: the routing id first, then messages
ZW-4 | MUST | a frame is one binary message: an octet of flags, then the body
ZW-5 | MUST | with a mechanism: ZMTP's commands under flag 2
ZW-6 | MUST | host and path of the request are the endpoint's
ZW-7 | SHOULD | socket types are checked where they are known
ZW-8 | RFC 6455 MUST | clients mask, servers do not; else the connection fails
ZW-9 | SHALL | subscriptions are messages
ZW-10 | RFC 6455 | fragments, empty and text messages, long control frames: as RFC 6455 says
ZW-11 | robust | headers, sizes and origins are limited
ZW-12 | RFC 45 | heartbeats are WebSocket's PING and PONG
`,
  ),
  section(
    "Endpoints",
    "libzmq's manual:",
    `
UR-1 | rule | transport://address; each thing wrong with it has its own error
UR-2 | rule | tcp bind: an interface, a port or *; lastEndpoint has the numbers
UR-3 | rule | tcp connect: a host and a port, a source before a semicolon, no wildcard
UR-4 | rule | IPv6 with brackets or without, with a zone
UR-5 | quirk | what follows a port's digits is refused (libzmq reads 567 in 567bad)
UR-6 | rule | unbind and disconnect take the exact text; an unknown one is an error
UR-7 | rule | ipc: length of paths, *, abstract names, stale files
UR-8 | rule | inproc: names by context and case, bound once, connected before bound
UR-9 | rule | transports are named in lower case
UR-10 | rule | several binds and connects a socket, mixed
UR-11 | rule | a taken port and a foreign address are told apart
`,
  ),
];
