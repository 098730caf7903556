/**
 * The catalogue of attacks that any type of socket can meet, each as what is written and what must come of it. The
 * numbers are those of the limits: `LIMITS` is what the sockets under attack are set to.
 *
 * @module
 */

import { COMMAND, frame, greeting, LONG, MORE, type Octets, octets, property, size64 } from "../wire/raw.ts";
import type { Attack, Name } from "./field.ts";
import type { Stage } from "./wire.ts";

/** Small, that attacks need few octets. */
export const LIMITS = {
  maxMessageSize: 100_000,
  maxMessageParts: 100,
  maxMessageTotal: 150_000,
  handshakeInterval: 20_000,
} as const;

const PUBLISHING: readonly Name[] = ["Publisher", "XPublisher"];
const NOT_PUBLISHING: readonly Name[] = [
  "Pair",
  "Subscriber",
  "Request",
  "Reply",
  "Dealer",
  "Router",
  "Pull",
  "Push",
  "XSubscriber",
  "Server",
  "Client",
  "Gather",
  "Scatter",
  "Peer",
  "Channel",
];
const SINGLE: readonly Name[] = ["Server", "Client", "Gather", "Peer", "Channel"];
const STREAMS = ["tcp", "ipc"] as const;

/** Ended for what these octets are. */
function refused(stage: Stage, says: Attack["says"], code: RegExp, more: Partial<Attack> = {}): Attack {
  return { stage, says, code, outcome: "ended", ...more };
}

/** Ended for a frame of this header, before anything of its body came. */
function header(flags: number, size: bigint): Attack {
  return refused("ready", () => [octets([flags], size64(size))], /TOO_LONG/, { transports: STREAMS });
}

/** What other protocols say first. */
export const STRANGERS: readonly (readonly [name: string, says: Octets])[] = [
  ["HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["HTTP of a load generator", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n".repeat(50)],
  ["SSH", "SSH-2.0-OpenSSH_9.0\r\n"],
  ["Redis", "*1\r\n$4\r\nPING\r\n"],
  ["TLS", octets([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3], new Uint8Array(200).fill(7))],
  ["SMB", octets([0, 0, 0, 0x85, 0xff], "SMB", new Uint8Array(120))],
  ["RDP", [3, 0, 0, 0x13, 0x0e, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0]],
  ["64 zeros", new Uint8Array(64)],
  ["a signature that begins with FE", octets([0xfe], greeting().subarray(1))],
  ["a signature that ends with 7D", octets([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7d], greeting().subarray(10))],
];

/** Any other protocol, and any other octets that are no signature. */
export function stranger(says: Octets): Attack {
  return refused("connected", () => [octets(says)], /^ERR_/, { transports: STREAMS });
}

/** A mechanism that is not ours. */
export function mechanism(name: string): Attack {
  const says: Attack["says"] = (wire) => [greeting({ mechanism: name }), wire.message("never")];
  return refused("connected", says, /MECHANISM_MISMATCH/, { transports: STREAMS });
}

/** In place of READY. */
export const BEFORE_READY: readonly (readonly [name: string, attack: Attack])[] = [
  ["PING", refused("greeted", (wire) => [wire.command("PING", "\0\0")], /^ERR_/)],
  ["SUBSCRIBE", refused("greeted", (wire) => [wire.command("SUBSCRIBE", "a")], /^ERR_/)],
  ["HELLO", refused("greeted", (wire) => [wire.command("HELLO", new Uint8Array(194))], /^ERR_/)],
  ["FOOBAR", refused("greeted", (wire) => [wire.command("FOOBAR")], /^ERR_/)],
  [
    "a message",
    refused("greeted", (wire) => [wire.frame(0, "never")], /UNEXPECTED_COMMAND/, { transports: STREAMS }),
  ],
  ["a message of several parts", refused("greeted", (wire) => [wire.message("never", "never")], /^ERR_/)],
  ["an empty command", refused("greeted", (wire) => [wire.frame(COMMAND, "")], /MALFORMED/)],
  ["a command without a name", refused("greeted", (wire) => [wire.frame(COMMAND, [0])], /MALFORMED/)],
  [
    "a name longer than the command",
    refused("greeted", (wire) => [wire.frame(COMMAND, "\xffREADY")], /MALFORMED/),
  ],
  [
    "READY as a message",
    refused(
      "greeted",
      (wire) => [wire.frame(0, octets("\x05READY", property("Socket-Type", "PAIR")))],
      /^ERR_/,
      {
        transports: STREAMS,
      },
    ),
  ],
];

/** READY whose metadata are broken, in tcp's form and in WebSocket's. */
export const BAD_READY: readonly (readonly [name: string, body: Octets])[] = [
  ["a name without a length", "\x01X"],
  ["a length without a value", "\x01X\0\0\0\x04"],
  ["a length of 2^31", "\x01X\x80\0\0\0"],
  ["a length of 2^32-1", "\x01X\xff\xff\xff\xff"],
  ["a value that is cut", "\x01X\0\0\0\x04abc"],
  ["an empty name", "\0\0\0\0\0"],
  ["a name of other characters", "\x03X\0Y\0\0\0\0"],
  ["no Socket-Type", ""],
  ["a Socket-Type that is none", property("Socket-Type", "BOGUS")],
  ["a Socket-Type in small letters", property("Socket-Type", "dealer")],
  ["a Socket-Type with a zero", property("Socket-Type", "DEALER\0")],
  ["an Identity of 256 octets", property("Identity", "i".repeat(256))],
  ["an Identity that begins with zero", property("Identity", "\0\x01\x02\x03\x04")],
  ["100000 properties", octets(...Array.from({ length: 4000 }, (_, i) => property(`X-${i}`, "")))],
];

/** One of these. Whose peers have no routing ids, lets an Identity be: it is a property like another. */
export function badReady(name: string, mates: (own: Name) => string): readonly Attack[] {
  const [, body] = BAD_READY.find(([own]) => own === name)!;
  const typed = !name.includes("Socket-Type");
  const says: Attack["says"] = (wire, own) => [
    wire.command("READY", typed ? octets(property("Socket-Type", mates(own)), body) : body),
  ];
  const code = /^ERR_ZMTP_(INVALID_METADATA|MALFORMED_COMMAND_READY|MESSAGE_TOO_LONG)|^ERR_WS/;
  if (!name.includes("Identity")) return [refused("greeted", says, code)];
  return [
    refused("greeted", says, code, { types: ["Reply", "Dealer", "Router"] }),
    { stage: "greeted", says, outcome: "kept", types: ["Pull", "Publisher", "Subscriber", "Push"] },
  ];
}

/** READY of 64 MiB: its header alone. */
export const HUGE_READY: Attack = {
  ...refused("greeted", () => [octets([COMMAND | LONG], size64(64 * 1024 * 1024), "\x05READY")], /TOO_LONG/),
  transports: STREAMS,
};

/** Commands before READY may not be larger than the handshake needs. */
export const LARGE_READY: Attack = refused("greeted", (wire) => [
  wire.command("READY", new Uint8Array(70_000)),
], /TOO_LONG|^ERR_WS/);

/** A good handshake, and a second READY. */
export const SECOND_READY: Attack = {
  stage: "ready",
  says: (wire) => [wire.ready("DEALER"), wire.ready("BOGUS")],
  outcome: "kept",
};

/** Frames that no standard has. */
export const FRAMES: { readonly [name: string]: Attack } = {
  "2^63": header(LONG, 2n ** 63n),
  "2^64-1": header(LONG, 2n ** 64n - 1n),
  "2^53+1": header(LONG, 2n ** 53n + 1n),
  "2^40": header(LONG, 2n ** 40n),
  "one above maxMessageSize": header(LONG, BigInt(LIMITS.maxMessageSize + 1)),
  "a command of 2^63": header(LONG | COMMAND, 2n ** 63n),
  "a command of 2^40": header(LONG | COMMAND, 2n ** 40n),
  "flag 8": refused("ready", () => [octets([8, 5], "never")], /^ERR_ZMTP/, { transports: STREAMS }),
  "flag 128": refused("ready", () => [octets([128, 5], "never")], /^ERR_ZMTP/, { transports: STREAMS }),
  "MORE on a command": refused("ready", () => [frame(COMMAND | MORE, "\x04PING\0\0")], /^ERR_ZMTP/, {
    transports: STREAMS,
  }),
  "ZWS flag 4": refused("ready", (wire) => [wire.web(octets([4], "never"))], /^ERR_/, { transports: ["ws"] }),
  "an empty ZWS message": refused("ready", (wire) => [wire.web(octets(""))], /^ERR_/, { transports: ["ws"] }),
};

/** Messages without end: empty parts, and parts that are small each. */
export const ENDLESS: readonly Attack[] = [
  refused(
    "ready",
    (wire) => [octets(...Array.from({ length: 200 }, () => wire.frame(MORE, "")))],
    /TOO_LONG/,
  ),
  refused("ready", (wire) => [
    octets(...Array.from({ length: 60 }, () => wire.frame(MORE, new Uint8Array(4000)))),
  ], /TOO_LONG/),
];

/** A message that is begun, and never ended. */
export const UNFINISHED: Attack = {
  stage: "ready",
  says: (wire) => [wire.frame(MORE, "never"), wire.frame(MORE, "never")],
  outcome: "left",
};

/** Commands in traffic that break it. */
export const BAD_COMMANDS: { readonly [name: string]: Attack } = {
  "PING without a TTL": refused("ready", (wire) => [wire.command("PING")], /MALFORMED/),
  "PING with half a TTL": refused("ready", (wire) => [wire.command("PING", [0])], /MALFORMED/),
  "an empty command": refused("ready", (wire) => [wire.frame(COMMAND, "")], /MALFORMED/),
  "a command without a name": refused("ready", (wire) => [wire.frame(COMMAND, [0])], /MALFORMED/),
  "a name longer than the command": refused("ready", (wire) => [wire.frame(COMMAND, [9, 1])], /MALFORMED/),
  "JOIN of 256": refused("ready", (wire) => [wire.command("JOIN", "g".repeat(256))], /MALFORMED/, {
    types: ["Radio"],
  }),
  "LEAVE of 256": refused("ready", (wire) => [wire.command("LEAVE", "g".repeat(256))], /MALFORMED/, {
    types: ["Radio"],
  }),
  "more subscriptions than maxSubscriptions": refused(
    "ready",
    (wire) => [
      octets(...Array.from({ length: 501 }, (_, i) => wire.command("SUBSCRIBE", `never ${i}`))),
    ],
    /^ERR_ZMTP/,
    { types: PUBLISHING },
  ),
  "more groups than maxSubscriptions": refused(
    "ready",
    (wire) => [
      octets(...Array.from({ length: 501 }, (_, i) => wire.command("JOIN", `never ${i}`))),
    ],
    /^ERR_ZMTP/,
    { types: ["Radio"] },
  ),
  "a topic of more than a command may have": refused("ready", (wire) => [
    wire.command("SUBSCRIBE", new Uint8Array(101_000)),
  ], /TOO_LONG/),
};

/** What is let go without harm, and the connection with it. */
export const HARMLESS: { readonly [name: string]: Attack } = {
  "unknown commands": kept((
    wire,
  ) => [octets(...Array.from({ length: 1000 }, () => wire.command("FOOBAR", "x")))]),
  "PONGs that nobody asked for": kept((
    wire,
  ) => [octets(...Array.from({ length: 100 }, () => wire.command("PONG")))]),
  "a PING with a context of 1000 octets": kept((wire) => [wire.command("PING", new Uint8Array(1002))]),
  "a PING with the greatest TTL": kept((wire) => [wire.command("PING", [0xff, 0xff])]),
  "SUBSCRIBE and CANCEL": kept(
    (wire) => [wire.command("SUBSCRIBE", "never"), wire.command("CANCEL", "never")],
    NOT_PUBLISHING,
  ),
  "JOIN and LEAVE": kept(
    (wire) => [wire.command("JOIN", "never"), wire.command("LEAVE", "g".repeat(300))],
    NOT_PUBLISHING,
  ),
  "CANCELs of nothing": kept(
    (wire) => [octets(...Array.from({ length: 1000 }, (_, i) => wire.command("CANCEL", `${i}`)))],
    PUBLISHING,
  ),
  "an empty subscription and its CANCEL": kept(
    (
      wire,
    ) => [
      octets(...Array.from({ length: 100 }, () => octets(wire.command("SUBSCRIBE"), wire.command("CANCEL")))),
    ],
    PUBLISHING,
  ),
  "the same subscription again and again": kept(
    (wire) => [octets(...Array.from({ length: 1000 }, () => wire.command("SUBSCRIBE", "never")))],
    PUBLISHING,
  ),
  "messages to who takes none": kept(
    (wire) => [octets(...Array.from({ length: 100 }, () => wire.message("\x05never", "never")))],
    ["Publisher", "Push"],
  ),
  "messages of several parts to who takes one": kept(
    (wire) => [octets(...Array.from({ length: 100 }, () => wire.message("never", "never")))],
    SINGLE,
  ),
  "requests without a delimiter": kept(
    (
      wire,
    ) => [wire.message("never"), wire.message("never", "never"), wire.message("never", ""), wire.message("")],
    ["Reply"],
  ),
  "replies that nobody asked for": kept(
    (wire) => [wire.message("", "never"), wire.message("never")],
    ["Request"],
  ),
};

/** A peer that goes at any moment, with whatever it had begun. */
export const LEFT: readonly Attack[] = [
  { stage: "ready", says: (wire) => [wire.frame(MORE, "\x01never")], outcome: "left" },
  { stage: "ready", says: (wire) => [wire.message("never").subarray(0, 3)], outcome: "left" },
  {
    stage: "ready",
    says: () => [octets([LONG | MORE], size64(90_000), "never")],
    outcome: "left",
    transports: STREAMS,
  },
];

function kept(says: Attack["says"], types?: readonly Name[]): Attack {
  return { stage: "ready", says, outcome: "kept", ...(types && { types }) };
}
