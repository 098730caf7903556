/**
 * CURVE peers made of octets, on tcp, ipc and ws: greeting and sub-protocol by hand, commands by `curve_by_hand.ts`,
 * and the boxes by tweetnacl, so that nothing of the module under test vouches for itself. Every command can be
 * asked for without sending it, to be changed first.
 */

import { connect as connectTo } from "node:net";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Scope, type Transport, type Watch, within } from "../interop/scope.ts";
import type { AnySocket, MonitorEvent } from "../interop/subject.ts";
import { KEY, wsFrame } from "../unit/ws/wire.ts";
import {
  COMMAND,
  frame,
  greeting,
  LONG,
  octets,
  property,
  type RawFrame,
  RawListener,
  RawPeer,
  text,
} from "../wire/raw.ts";
import { acceptOf, dial as dialWs, parts, readFrame, readHead, request, response } from "../ws/raw_ws.ts";
import {
  dice,
  hello,
  type HelloParts,
  initiate,
  type InitiateParts,
  message,
  type Nacl,
  own,
  type Pair,
  pairOf,
  readHello,
  readInitiate,
  readMessage,
  readReady,
  readWelcome,
  ready,
  welcome,
} from "./curve_by_hand.ts";
import { tweetNacl } from "./tweetnacl.ts";

/** The boxes of the peers: without tweetnacl they have the module's own cryptography. */
export const nacl: Nacl = tweetNacl()?.nacl ?? own;

/** The keys of these tests: of the server, and of a client. */
export const SERVER: Pair = pairOf(dice(1)(32), nacl);
export const CLIENT: Pair = pairOf(dice(2)(32), nacl);

/** The options of a socket that is the server of CURVE. */
export const AS_SERVER = { curveServer: true, curveSecretKey: SERVER.secretKey } as const;

/** The options of one that is a client of it. */
export const AS_CLIENT = {
  curveServerKey: SERVER.publicKey,
  curvePublicKey: CLIENT.publicKey,
  curveSecretKey: CLIENT.secretKey,
} as const;

/** What a MESSAGE is to be; without more, the next one in order. */
export interface Sealed {
  readonly flags?: number;
  readonly nonce?: bigint;
  readonly from?: "C" | "S";
}

let pairs = 100;

/** A key pair that no other connection has. */
export function freshPair(): Pair {
  return pairOf(dice(++pairs)(32), nacl);
}

/** What a peer says of itself. */
export function metadata(type: string): Uint8Array {
  return property("Socket-Type", type);
}

/** Either side of a connection: how bodies travel, and what comes after the handshake. */
abstract class CurvePeer {
  readonly raw: RawPeer;
  readonly transport: Transport;
  /** Its own short-term keys. */
  short: Pair = freshPair();
  /** The number of its last command. */
  nonce = 0n;
  abstract readonly side: "C" | "S";
  /** The other side's short-term key, once it is known. */
  abstract readonly other: Uint8Array;

  constructor(raw: RawPeer, transport: Transport) {
    this.raw = raw;
    this.transport = transport;
  }

  /** The octets that carry a body; `flags` are ZMTP's. */
  framed(body: Uint8Array, flags = COMMAND): Uint8Array {
    if (this.transport !== "ws") return frame(flags, body);
    const payload = octets([flags === COMMAND ? 2 : flags], body);
    return this.side === "C" ? wsFrame(payload, { key: KEY }) : wsFrame(payload);
  }

  /** Sends bodies as commands. */
  command(...bodies: readonly Uint8Array[]): void {
    this.raw.send(...bodies.map((body) => this.framed(body)));
  }

  /** Seals and sends, a message of one frame each. */
  say(...texts: readonly string[]): void {
    this.raw.send(...texts.map((each) => this.framed(this.seal(each), 0)));
  }

  /** The body of a MESSAGE. */
  seal(data: Uint8Array | string | readonly number[], sealed: Sealed = {}): Uint8Array {
    const { flags = 0, nonce = ++this.nonce, from = this.side } = sealed;
    const { secretKey } = this.short;
    return message(nacl, { from, publicKey: this.other, secretKey, nonce, flags, data: octets(data) });
  }

  /** The next frame as it was carried; its flags are ZMTP's, whatever the form of its size. */
  async take(): Promise<RawFrame> {
    if (this.transport !== "ws") {
      const { flags, body } = await this.raw.frame();
      return { flags: flags & ~LONG, body };
    }
    const { opcode, body } = await readFrame(this.raw);
    assertEquals(opcode, 2, `an opcode of ${opcode}: ${text(body)}`);
    return { flags: body[0] === 2 ? COMMAND : body[0]!, body: body.slice(1) };
  }

  /** The next frame, opened. */
  async open(): Promise<{ flags: number; data: string; nonce: bigint }> {
    const { body } = await this.take();
    const from = this.side === "C" ? "S" : "C";
    const { secretKey } = this.short;
    const opened = readMessage(nacl, body, { from, publicKey: this.other, secretKey });
    return { flags: opened.flags, data: text(opened.data), nonce: opened.nonce };
  }
}

/** A client, on a connection to a socket that is bound. */
export class ClientPeer extends CurvePeer {
  readonly side = "C";
  /** What WELCOME brought. */
  other: Uint8Array = new Uint8Array(32);
  cookie: Uint8Array = new Uint8Array(96);

  /** Connects, and goes through the greeting or the upgrade. */
  static async dial(
    scope: Scope,
    socket: Pick<AnySocket, "lastEndpoint">,
    ours: Uint8Array = greeting({ mechanism: "CURVE" }),
  ): Promise<ClientPeer> {
    const endpoint = socket.lastEndpoint!;
    if (endpoint.startsWith("ws:")) {
      const raw = await dialWs(scope, socket);
      raw.send(request(parts(socket).path, { "Sec-WebSocket-Protocol": "ZWS2.0/CURVE" }));
      const { line, fields } = await readHead(raw);
      assertEquals(line, "HTTP/1.1 101 Switching Protocols");
      assertEquals(fields.get("sec-websocket-protocol"), "ZWS2.0/CURVE");
      return new ClientPeer(raw, "ws");
    }
    const raw = endpoint.startsWith("ipc:")
      ? await dialPath(scope, endpoint.slice("ipc://".length))
      : await RawPeer.dial(scope, socket);
    raw.send(ours);
    const theirs = await raw.read(64);
    assertEquals(text(theirs.subarray(12, 33)), `${"CURVE".padEnd(20, "\0")}\x01`);
    return new ClientPeer(raw, endpoint.startsWith("ipc:") ? "ipc" : "tcp");
  }

  /** The body of HELLO. */
  hello(changes: Partial<HelloParts> = {}): Uint8Array {
    return hello(nacl, { short: this.short, serverKey: SERVER.publicKey, nonce: ++this.nonce, ...changes });
  }

  /** Reads WELCOME. Answers its body. */
  async welcome(): Promise<Uint8Array> {
    const { flags, body } = await this.take();
    assertEquals(flags, COMMAND);
    const { shortServerKey, cookie } = readWelcome(nacl, body, SERVER.publicKey, this.short);
    this.other = shortServerKey;
    this.cookie = cookie;
    return body;
  }

  /** The body of INITIATE. */
  initiate(changes: Partial<InitiateParts> = {}): Uint8Array {
    return initiate(nacl, {
      client: CLIENT,
      short: this.short,
      serverKey: SERVER.publicKey,
      shortServerKey: this.other,
      cookie: this.cookie,
      metadata: metadata("DEALER"),
      nonce: ++this.nonce,
      ...changes,
    });
  }

  /** Reads READY. Answers its body. */
  async ready(): Promise<Uint8Array> {
    const { flags, body } = await this.take();
    assertEquals(flags, COMMAND);
    assertEquals(readReady(nacl, body, this.other, this.short).nonce, 1n);
    return body;
  }

  /** The whole handshake. */
  async join(changes: Partial<InitiateParts> = {}): Promise<this> {
    this.command(this.hello());
    await this.welcome();
    this.command(this.initiate(changes));
    await this.ready();
    return this;
  }
}

/** A server, on a connection that a socket has made. */
export class ServerPeer extends CurvePeer {
  readonly side = "S";
  /** C', as HELLO brought it. */
  other: Uint8Array = new Uint8Array(32);
  /** The body of HELLO. */
  heard: Uint8Array = new Uint8Array(0);
  readonly pair: Pair;

  constructor(raw: RawPeer, transport: Transport, pair: Pair) {
    super(raw, transport);
    this.pair = pair;
  }

  /** The next connection, after the greeting or the upgrade. */
  static async accept(listener: RawListener, transport: Transport = "tcp"): Promise<ServerPeer> {
    const raw = await listener.accept();
    if (transport === "ws") {
      const { fields } = await readHead(raw);
      assertEquals(fields.get("sec-websocket-protocol"), "ZWS2.0/CURVE");
      const accept = await acceptOf(fields.get("sec-websocket-key")!);
      raw.send(response(accept, { "Sec-WebSocket-Protocol": "ZWS2.0/CURVE" }));
    } else {
      raw.send(greeting({ mechanism: "CURVE", asServer: 1 }));
      const theirs = await raw.read(64);
      assertEquals(text(theirs.subarray(12, 33)), `${"CURVE".padEnd(20, "\0")}\0`);
    }
    return new ServerPeer(raw, transport, SERVER);
  }

  /** Reads HELLO. Answers its body. */
  async hello(): Promise<Uint8Array> {
    const { flags, body } = await this.take();
    assertEquals(flags, COMMAND);
    this.other = readHello(nacl, body, this.pair).shortKey;
    return this.heard = body;
  }

  /** The body of WELCOME. */
  welcome(): Uint8Array {
    return welcome(nacl, {
      server: this.pair,
      shortServerKey: this.short.publicKey,
      shortKey: this.other,
      nonce: dice(++pairs)(16),
    });
  }

  /** Reads INITIATE, and holds it against RFC 26. Answers its body. */
  async initiate(): Promise<Uint8Array> {
    const { flags, body } = await this.take();
    assertEquals(flags, COMMAND);
    const said = readInitiate(nacl, body, this.short, this.other);
    assertEquals(said.cookie, new Uint8Array(96).fill(0xc0));
    assertEquals(said.nonce, 2n);
    assertEquals(said.clientKey, CLIENT.publicKey);
    assertEquals(said.vouched, octets(this.other, this.pair.publicKey));
    return body;
  }

  /** The body of READY. */
  ready(type = "DEALER", nonce: bigint = ++this.nonce): Uint8Array {
    return ready(nacl, this.short, this.other, metadata(type), nonce);
  }

  /** The whole handshake. */
  async join(type?: string): Promise<this> {
    await this.hello();
    this.command(this.welcome());
    await this.initiate();
    this.command(this.ready(type));
    return this;
  }
}

/** A DEALER of ours under attack, with its monitor and a connection that must not notice. */
export interface CurveAim {
  readonly socket: AnySocket;
  readonly watch: Watch;
  readonly good: ClientPeer | ServerPeer;
}

/** One that is bound, as the server. */
export async function boundAim(
  scope: Scope,
  transport: Transport = "tcp",
  options: { [option: string]: unknown } = {},
): Promise<CurveAim> {
  const socket = scope.socket("Dealer", { ...AS_SERVER, ...options });
  const watch = scope.watch(socket);
  await socket.bind(scope.address(transport));
  const good = await (await ClientPeer.dial(scope, socket)).join();
  await watch.next("handshake");
  return { socket, watch, good };
}

/** One that connects, as the client: to a good server, and to a listener for what is to come. */
export async function connectedAim(
  scope: Scope,
  transport: Transport = "tcp",
  options: { [option: string]: unknown } = {},
): Promise<CurveAim & { readonly listener: RawListener }> {
  const socket = scope.socket("Dealer", { ...AS_CLIENT, reconnectInterval: 60_000, ...options });
  const watch = scope.watch(socket);
  const first = await RawListener.open(scope);
  socket.connect(endpointOf(first, transport));
  const good = await (await ServerPeer.accept(first, transport)).join();
  await watch.next("handshake");
  const listener = await RawListener.open(scope);
  return { socket, watch, good, listener };
}

/** Connects once more, and answers the other side of it, before its handshake. */
export async function nextServer(
  { socket, listener }: Pick<CurveAim, "socket"> & { readonly listener: RawListener },
  transport: Transport = "tcp",
): Promise<ServerPeer> {
  socket.connect(endpointOf(listener, transport));
  return await ServerPeer.accept(listener, transport);
}

const ERRORS = ["handshake:error:protocol", "handshake:error:auth", "handshake:error:other"];
const ENDS = [...ERRORS, "disconnect"];

/**
 * The connection was closed, exactly one event says why, and nothing of it was delivered: the next message that
 * the socket receives is that of the good connection, which was never touched.
 */
export async function assertEnded(
  aim: CurveAim,
  bad: RawPeer,
  during: "handshake" | "traffic",
  code?: string,
): Promise<MonitorEvent> {
  await bad.closed();
  const { socket, watch, good } = aim;
  const event = await watch.next(ENDS);
  assertEquals(event.type, during === "handshake" ? "handshake:error:protocol" : "disconnect");
  const said = event.error?.code ?? "no error";
  if (code === undefined) assertMatch(said, /^ERR_(ZMTP|WS)_/, event.error?.message);
  else assertEquals(said, code, event.error?.message);
  if (during === "handshake") {
    const end = await watch.next(ENDS);
    assertEquals(end.type, "disconnect");
  }
  await assertGoesOn({ socket, good });
  const { connection } = event as { connection?: number };
  assertEquals(typeof connection, "number");
  const told = watch.seen.filter((each) => (each as { connection?: number }).connection === connection);
  const ends = told.map(({ type }) => type).filter((type) => ENDS.includes(type));
  assertEquals(ends, during === "handshake" ? ["handshake:error:protocol", "disconnect"] : ["disconnect"]);
  return event;
}

/** The good connection is served, and what it says is the next that the socket receives. */
export async function assertGoesOn({ socket, good }: Pick<CurveAim, "socket" | "good">): Promise<void> {
  good.say("from a good peer");
  const received = await within(socket.receive(), 5000, "a good peer's message");
  assertEquals(received.map(text), ["from a good peer"]);
}

/** Octets with one bit of one of them changed. */
export function flipped(all: Uint8Array, at: number, bit = 1): Uint8Array {
  const changed = all.slice();
  assert(at < changed.length);
  changed[at]! ^= bit;
  return changed;
}

function endpointOf({ address }: RawListener, transport: Transport): string {
  return transport === "ws" ? `${address.replace("tcp", "ws")}/zeromq` : address;
}

async function dialPath(scope: Scope, path: string): Promise<RawPeer> {
  const socket = connectTo(path);
  scope.atEnd(() => socket.destroy());
  const peer = new RawPeer(socket);
  await within(
    new Promise<void>((resolve, reject) => socket.on("connect", () => resolve()).on("error", reject)),
    5000,
    "the connection",
  );
  return peer;
}
