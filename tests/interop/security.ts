/**
 * Security on both sides of a connection: ends that are ours or libzmq's and are steered alike, keys and options,
 * authentication handlers (27/ZAP) by a script that ours and the peers' programs follow, and what the monitors of
 * both sides tell, in the same words.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { type Digest, pattern, type Peer, type PeerPart, type PeerSocket, type Told } from "./peer.ts";
import { type Scope, until, Watch, within } from "./scope.ts";
import { type AnySocket, loose, type MonitorEvent, open, type SocketName } from "./subject.ts";

/** Options by zeromq.js's names. */
export type Options = { readonly [option: string]: unknown };

/** A socket of either side. */
export interface End {
  /** The same as a socket of ours, if it is one. */
  readonly ours?: AnySocket;
  /** Its events; each is told once, here or to a story. */
  readonly watch?: Watch;
  /** The same as a socket of libzmq's. */
  readonly theirs?: PeerSocket;
  bind(address: string): Promise<string>;
  connect(address: string): Promise<void>;
  subscribe(topic: string): Promise<void>;
  unsubscribe(topic: string): Promise<void>;
  send(parts: readonly PeerPart[]): Promise<void>;
  /** A message as `summary` tells of its parts. */
  receive(): Promise<string[]>;
  /** What `describe` says of each event up to the first handshake, or the end of the first connection. */
  story(): Promise<string[]>;
  close(): Promise<void>;
}

/** One side: it opens sockets and has an authentication handler, in a context of their own. */
export interface Side {
  readonly name: string;
  open(type: SocketName, options?: Options): Promise<End>;
  handle(script: Script): Promise<Handler>;
}

/** What an authentication handler answers to every request; by default that the client may come in. */
export interface Script {
  /** What it is; a Reply by default. */
  readonly type?: "Reply" | "Router";
  readonly version?: string;
  readonly id?: string;
  readonly status?: string;
  readonly text?: string;
  readonly userId?: string;
  /** In base64. */
  readonly metadata?: string;
  /** How many frames too many. */
  readonly extra?: number;
  /** It closes in place of an answer: after it has read the request, or with the request unread. */
  readonly ends?: "read" | "unread";
}

/** A handler at work. */
export interface Handler {
  /** What was asked: version, domain, address, identity, mechanism, credentials; octets as Latin-1 text. */
  requests(): Promise<string[][]>;
}

/** Our side. */
export function ourSide(scope: Scope): Side {
  const context = new loose.Context();
  scope.atEnd(() => context.close?.());
  const own = (type: SocketName, options: Options = {}) => scope.own(open(type, { context, ...options }));
  return {
    name: "ours",
    open: (type, options) => Promise.resolve(ourEnd(own(type, options))),
    async handle(script) {
      const socket = own(script.type ?? "Reply");
      await socket.bind("inproc://zeromq.zap.01");
      return serve(socket, script);
    },
  };
}

/** A side of libzmq: a context in the peer's process. */
export function theirSide(peer: Peer): Side {
  const context = `context ${++contexts}`;
  return {
    name: peer.kind.name,
    open: async (type, options) => {
      const socket = await peer.open(type, options, context);
      await socket.monitor();
      return theirEnd(socket);
    },
    async handle(script) {
      const handler = await peer.call("handle", { context, script });
      const requests = async () => {
        const all = await peer.call("requests", { handler }) as string[][];
        return all.map((fields) => fields.map(atob));
      };
      return { requests };
    },
  };
}

let contexts = 0;

/** Rules for an authenticator, as both pyzmq's and ours know them. */
export interface Rules {
  /** By domains; `"*"` is for the others. */
  readonly passwords?: { readonly [domain: string]: { readonly [user: string]: string } };
  /** Public keys of clients. */
  readonly keys?: readonly string[];
  readonly deny?: readonly string[];
}

/** A context of the peer's with pyzmq's own authenticator. */
export async function authenticatedSide(
  peer: Peer,
  rules: Rules,
): Promise<Pick<Side, "open">> {
  const context = `context ${++contexts}`;
  await peer.call("authenticator", { context, rules });
  return {
    open: async (type, options) => {
      const socket = await peer.open(type, options, context);
      await socket.monitor();
      return theirEnd(socket);
    },
  };
}

/** A pair of keys in Z85. */
export interface KeyPair {
  readonly publicKey: string;
  readonly secretKey: string;
}

/** New keys of ours. */
export function keyPair(): KeyPair {
  return loose.curveKeyPair() as KeyPair;
}

/** Options of a server of CURVE. */
export function curveServer({ secretKey }: KeyPair): Options {
  return { curveServer: true, curveSecretKey: secretKey };
}

/** Options of its client. */
export function curveClient(serverKey: string, { publicKey, secretKey } = keyPair()): Options {
  return { curveServerKey: serverKey, curvePublicKey: publicKey, curveSecretKey: secretKey };
}

/** Options of a client of PLAIN. */
export function plainClient(plainUsername = "admin", plainPassword = "secret"): Options {
  return { plainUsername, plainPassword };
}

/** Options of both roles, new keys each time. */
export function rolesOf(mechanism: "NULL" | "PLAIN" | "CURVE"): { server: Options; client: Options } {
  if (mechanism === "NULL") return { server: { zapDomain: "test" }, client: {} };
  if (mechanism === "PLAIN") return { server: { plainServer: true }, client: plainClient() };
  const keys = keyPair();
  return { server: curveServer(keys), client: curveClient(keys.publicKey) };
}

/** A part as text for short ones, by size and SHA-256 beyond. */
export function summary(part: PeerPart | Digest): string {
  if (typeof part === "string") return summary(new TextEncoder().encode(part));
  if (part instanceof Uint8Array) {
    return part.length <= 100
      ? new TextDecoder().decode(part)
      : `${part.length} ${createHash("sha256").update(part).digest("hex")}`;
  }
  return "seed" in part ? summary(pattern(part.size, part.seed)) : `${part.size} ${part.sha256}`;
}

/** `ZMQ_PROTOCOL_ERROR_*` of `zmq.h`, by zeromq.js's names, which are ours. */
const PROTOCOL_ERRORS: { readonly [number: number]: string } = {
  0x10000000: "ERR_ZMTP_UNSPECIFIED",
  0x10000001: "ERR_ZMTP_UNEXPECTED_COMMAND",
  0x10000002: "ERR_ZMTP_INVALID_SEQUENCE",
  0x10000003: "ERR_ZMTP_KEY_EXCHANGE",
  0x10000011: "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
  0x10000012: "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE",
  0x10000013: "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
  0x10000014: "ERR_ZMTP_MALFORMED_COMMAND_INITIATE",
  0x10000015: "ERR_ZMTP_MALFORMED_COMMAND_ERROR",
  0x10000016: "ERR_ZMTP_MALFORMED_COMMAND_READY",
  0x10000017: "ERR_ZMTP_MALFORMED_COMMAND_WELCOME",
  0x10000018: "ERR_ZMTP_INVALID_METADATA",
  0x11000001: "ERR_ZMTP_CRYPTOGRAPHIC",
  0x11000002: "ERR_ZMTP_MECHANISM_MISMATCH",
  0x20000000: "ERR_ZAP_UNSPECIFIED",
  0x20000001: "ERR_ZAP_MALFORMED_REPLY",
  0x20000002: "ERR_ZAP_BAD_REQUEST_ID",
  0x20000003: "ERR_ZAP_BAD_VERSION",
  0x20000004: "ERR_ZAP_INVALID_STATUS_CODE",
  0x20000005: "ERR_ZAP_INVALID_METADATA",
};

/** `errno` of HANDSHAKE_FAILED_NO_DETAIL where there is no handler. */
const EFAULT = 14;

/** What a story leaves out: it says nothing of a handshake. */
const BESIDES = ["bind", "connect:delay", "connect:retry", "close"];

/**
 * Events in words: the type, and what an error of the handshake is. Of HANDSHAKE_FAILED_NO_DETAIL libzmq's number
 * counts only where it says that there is no handler; otherwise it is what happened to be in the system's variable.
 */
function describe(type: string, value: number | string | undefined): string {
  switch (type) {
    case "handshake:error:protocol":
      return `${type} ${typeof value === "number" ? PROTOCOL_ERRORS[value] ?? value : value}`;
    case "handshake:error:auth":
      return `${type} ${value}`;
    case OTHER: {
      const code = value === EFAULT ? "EFAULT" : value;
      return code === "EFAULT" || code === HANDLER_ENDED ? `${type} ${code}` : type;
    }
    default:
      return type;
  }
}

const OTHER = "handshake:error:other";

/** Our EPIPE, which always says that the handler ended; libzmq's says as well that the connection did. */
const HANDLER_ENDED = "EPIPE of the handler";

function theirEnd(socket: PeerSocket): End {
  return {
    theirs: socket,
    bind: (address) => socket.bind(address),
    connect: (address) => socket.connect(address),
    subscribe: (topic) => socket.subscribe(topic),
    unsubscribe: (topic) => socket.unsubscribe(topic),
    send: (parts) => socket.send(parts),
    receive: async () => (await socket.receive()).map(summary),
    story: async () => told(await socket.story()),
    close: () => socket.close(),
  };
}

function ourEnd(socket: AnySocket): End {
  const watch = new Watch(socket);
  return {
    ours: socket,
    watch,
    async bind(address) {
      await socket.bind(address);
      return socket.lastEndpoint!;
    },
    connect: (address) => Promise.resolve(socket.connect(address)),
    subscribe: (topic) => Promise.resolve(socket.subscribe(topic)),
    unsubscribe: (topic) => Promise.resolve(socket.unsubscribe(topic)),
    send: (parts) => socket.send(parts.map(octetsOf)),
    receive: async () => (await within(socket.receive(), 10000, "a message")).map(summary),
    async story() {
      await watch.next(["handshake", "disconnect"], 8000);
      const ends = (event: MonitorEvent) => event.type === "handshake" || event.type === "disconnect";
      const events = watch.seen.slice(0, watch.seen.findIndex(ends) + 1);
      return told(events.map(({ type, error }) => {
        const value = error?.code === "EPIPE" ? HANDLER_ENDED : error?.status ?? error?.code;
        return value === undefined ? { type } : { type, value };
      }));
    },
    close: () => Promise.resolve(socket.close()),
  };
}

function told(events: readonly Told[]): string[] {
  const words = events.filter(({ type }) => !BESIDES.includes(type)).map(({ type, value }) =>
    describe(type, value)
  );
  // libzmq may tell several times that there is no handler, and again when it ends the connection.
  return words.filter((word, at) =>
    !(word.startsWith(OTHER) && words[at - 1]?.startsWith("handshake:error"))
  );
}

function octetsOf(part: PeerPart): string | Uint8Array {
  return typeof part === "string" || part instanceof Uint8Array ? part : pattern(part.size, part.seed);
}

/** A handler of ours by a script. */
function serve(socket: AnySocket, script: Script): Handler {
  const requests: string[][] = [];
  const routed = script.type === "Router";
  const answer = (message: readonly Uint8Array[]): (string | Uint8Array)[] => {
    const start = routed ? message.findIndex(({ length }) => length === 0) + 1 : 0;
    const [version, id, ...rest] = message.slice(start);
    requests.push([version!, ...rest].map(latin1));
    return [
      ...message.slice(0, start),
      script.version ?? "1.0",
      script.id ?? id!,
      script.status ?? "200",
      script.text ?? "",
      script.userId ?? "",
      Uint8Array.from(atob(script.metadata ?? ""), (character) => character.charCodeAt(0)),
      ...Array<string>(script.extra ?? 0).fill(""),
    ];
  };
  const run = async () => {
    if (script.ends === "unread") await until("a request is there", () => socket.readable);
    else {
      for await (const message of socket) {
        const reply = answer(message);
        if (script.ends === "read") break;
        await socket.send(reply);
      }
    }
    socket.close();
  };
  run().catch(() => {}); // The test ended and closed the socket; or the test misses what it waits for.
  return { requests: () => Promise.resolve(requests) };
}

function latin1(octets: Uint8Array): string {
  return String.fromCharCode(...octets);
}
