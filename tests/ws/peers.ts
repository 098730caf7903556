/**
 * WebSockets of other people as strict peers of ours: npm's `ws` (`peer_ws.cjs`) and Python's `wsproto`
 * (`peer_wsproto.py`), each in a process of its own. They make and check all frames but those of `raw`, and write
 * down what they hear; what they find wrong with ours is an event `error`. ZWS they know nothing of: what a
 * message carries is the test's.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { toolPath } from "../support/legs.ts";
import { join, property } from "../support/transcript.ts";
import { type Digest, Peer, type PeerKind } from "../interop/peer.ts";
import { type Scope, test, type Watch, within } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";
import { type FrameOptions, KEY, wsFrame, zws, zwsCommand } from "../unit/ws/wire.ts";

/** Sub-protocols of ZWS 2.0 (RFC 45). */
export const PLAIN = "ZWS2.0";
export const NULL = "ZWS2.0/NULL";

/** What ours does; the peer does the other. */
export type Role = "bound" | "connecting";

/** An implementation, whether it can run here or not. */
export interface WsPeerKind extends PeerKind {
  /** Whether it takes names with a slash, which RFC 45 has and RFC 7230's tokens have not. */
  readonly slashes: boolean;
}

/** The two, whether they can run or not. */
const peerKinds: readonly WsPeerKind[] = [
  kind("ws", false, toolPath("ws") && toolPath("node"), "peer_ws.cjs", toolPath("ws")),
  kind("wsproto", true, toolPath("wsproto"), "peer_wsproto.py"),
];

/** Declares the same tests for each peer, ours bound and ours connecting. */
export function withEachWsPeer(
  subject: string,
  declare: (test: (name: string, body: (table: Table) => Promise<void>) => void, role: Role) => void,
): void {
  for (const each of peerKinds) {
    for (const role of ["bound", "connecting"] as const) {
      describe(`${subject}, ours ${role}, with ${each.name}`, () => {
        let peer: Peer | undefined;
        if (!each.missing) {
          beforeAll(async () => {
            peer = new Peer(each);
            await peer.ready();
          });
          afterAll(() => peer?.kill());
        }
        declare((name, body) => {
          if (each.missing) it.skip(`${name} (missing: ${each.missing})`);
          else test(name, async (scope) => await body(new Table(scope, peer!, role, each.slashes)));
        }, role);
      });
    }
  }
}

/** What a peer heard. */
export interface Heard {
  readonly type: "message" | "text" | "ping" | "pong" | "close" | "error";
  /** In base64; above 1 KiB a digest. */
  readonly data?: string | Digest;
  readonly code?: number;
  readonly reason?: string;
  readonly text?: string;
}

/** How to meet. */
export interface Terms {
  readonly socket?: { readonly [option: string]: unknown };
  /** What the peer offers, or would choose. */
  readonly protocols?: readonly string[];
  /** Whether the peer offers permessage-deflate, or would accept it. */
  readonly deflate?: boolean;
}

/** A peer, and sockets of ours that meet it. */
export class Table {
  readonly scope: Scope;
  readonly peer: Peer;
  readonly role: Role;
  readonly slashes: boolean;

  constructor(scope: Scope, peer: Peer, role: Role, slashes: boolean) {
    this.scope = scope;
    this.peer = peer;
    this.role = role;
    this.slashes = slashes;
  }

  /** A DEALER of ours that sends back what it receives, and the way to connections with it. */
  async host(terms: Terms = {}): Promise<Host> {
    const { protocols = [PLAIN], deflate = false } = terms;
    const socket = this.scope.socket("Dealer", { linger: 0, reconnectInterval: 1, ...terms.socket });
    const watch = this.scope.watch(socket);
    let endpoint: string;
    let port: unknown;
    if (this.role === "bound") {
      await socket.bind(this.scope.address("ws"));
      endpoint = socket.lastEndpoint!;
    } else {
      port = await this.peer.call("listen", { protocols, deflate });
      endpoint = `ws://127.0.0.1:${port}/zeromq`;
      socket.connect(endpoint);
    }
    return new Host(this, socket, watch, endpoint, { protocols, deflate, port });
  }

  /** A connection with a socket of its own, on which ZWS's handshake is done. */
  async meet(terms: Terms = {}): Promise<{ host: Host; end: PeerEnd }> {
    const host = await this.host(terms);
    return { host, end: await host.meet() };
  }
}

/** A socket of ours that echoes. */
export class Host {
  readonly socket: AnySocket;
  readonly watch: Watch;
  readonly endpoint: string;
  /** The octets of the messages that it received, one a message. */
  readonly received: Uint8Array[] = [];
  readonly #table: Table;
  readonly #terms: { readonly [name: string]: unknown };

  constructor(
    table: Table,
    socket: AnySocket,
    watch: Watch,
    endpoint: string,
    terms: { readonly [name: string]: unknown },
  ) {
    this.#table = table;
    this.socket = socket;
    this.watch = watch;
    this.endpoint = endpoint;
    this.#terms = terms;
    const echoing = this.#echo();
    table.scope.atEnd(async () => {
      socket.close();
      await echoing;
    });
  }

  /** The next connection, before any message on it. */
  async open(): Promise<PeerEnd> {
    const { peer, role } = this.#table;
    const { protocols, deflate, port } = this.#terms;
    const facts = role === "bound"
      ? await peer.call("dial", { url: this.endpoint, protocols, deflate })
      : await peer.call("accept", { port });
    return new PeerEnd(peer, role, facts as Facts);
  }

  /** The next connection, with ZWS's handshake in the sub-protocol that was agreed on. */
  async meet(): Promise<PeerEnd> {
    const end = await this.open();
    const ready = zwsCommand("READY", join(property("Socket-Type", "DEALER"), property("Identity", "")));
    const first = end.protocol === PLAIN ? zws(0) : ready;
    await end.send(first);
    assertEquals(await end.next(), { type: "message", data: told(first) });
    await this.watch.next("handshake");
    return end;
  }

  async #echo(): Promise<void> {
    for await (const message of this.socket) {
      this.received.push(join(...message));
      await this.socket.send(message).catch((error: { code?: string }) => {
        // The connection may have ended meanwhile, and the test with it.
        if (!this.socket.closed) throw error;
      });
    }
  }
}

interface Facts {
  readonly connection: number;
  readonly protocol: string;
  readonly extensions: string;
  readonly offered?: readonly string[];
}

/** The peer's end of a connection. */
export class PeerEnd {
  readonly protocol: string;
  readonly extensions: string;
  /** What ours offered. */
  readonly offered: readonly string[] | undefined;
  readonly #peer: Peer;
  readonly #connection: number;
  readonly #masks: boolean;

  constructor(peer: Peer, role: Role, { connection, protocol, extensions, offered }: Facts) {
    this.#peer = peer;
    this.#connection = connection;
    this.protocol = protocol;
    this.extensions = extensions;
    this.offered = offered;
    // Of a server of ours it is the client.
    this.#masks = role === "bound";
  }

  /** A binary message, or in frames of these sizes and one with the rest, perhaps with a ping after each. */
  send(data: Uint8Array, how: { fragments?: readonly number[]; ping?: Uint8Array } = {}): Promise<unknown> {
    const { fragments, ping } = how;
    return this.#call("send", {
      data: base64(data),
      ...(fragments && { fragments }),
      ...(ping && { ping: base64(ping) }),
    });
  }

  sendText(text: Uint8Array): Promise<unknown> {
    return this.#call("send", { data: base64(text), text: true });
  }

  ping(data: Uint8Array): Promise<unknown> {
    return this.#call("ping", { data: base64(data) });
  }

  pong(data: Uint8Array): Promise<unknown> {
    return this.#call("pong", { data: base64(data) });
  }

  close(code: number, reason?: string): Promise<unknown> {
    return this.#call("close", { code, ...(reason !== undefined && { reason }) });
  }

  /** Octets past the library, so many a write. */
  raw(data: Uint8Array, piece: number = data.length): Promise<unknown> {
    return this.#call("raw", { data: base64(data), piece });
  }

  /** A frame, allowed or not, with a mask if this side's frames have one. */
  frame(payload: Uint8Array | string, options: FrameOptions = {}): Uint8Array {
    return wsFrame(payload, this.#masks ? { key: KEY, ...options } : options);
  }

  /** What it heard next. */
  async next(): Promise<Heard> {
    return (await this.take(1))[0]!;
  }

  async take(count: number): Promise<Heard[]> {
    return await within(
      this.#call("next", { count }) as Promise<Heard[]>,
      10_000,
      `${count} events of the peer`,
    );
  }

  /** What it heard up to its end. */
  async untilClose(): Promise<Heard[]> {
    const all: Heard[] = [];
    do all.push(await this.next()); while (all.at(-1)!.type !== "close" && all.at(-1)!.type !== "error");
    return all;
  }

  #call(op: string, details: { [name: string]: unknown }): Promise<unknown> {
    return this.#peer.call(op, { connection: this.#connection, ...details });
  }
}

/** How a peer tells of these octets. */
export function told(data: Uint8Array): string | Digest {
  if (data.length <= 1024) return base64(data);
  return { size: data.length, sha256: createHash("sha256").update(data).digest("hex") };
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.length).toString("base64");
}

function kind(
  name: string,
  slashes: boolean,
  command: string | undefined,
  program: string,
  ...rest: readonly (string | undefined)[]
): WsPeerKind {
  return {
    name,
    slashes,
    command: command ?? "",
    arguments: [fileURLToPath(new URL(`./${program}`, import.meta.url)), ...rest.map((each) => each ?? "")],
    ...(command ? {} : { missing: name }),
  };
}
