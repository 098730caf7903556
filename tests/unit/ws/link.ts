/**
 * WebSocket engines without sockets: one engine with a host that remembers what it was told, and two of them
 * joined in memory under a virtual clock, every transmission cut into random chunks.
 */

import type { ProtocolError } from "../../../src/base/errors.ts";
import type { EngineHost, Peer, StreamEngine } from "../../../src/io/engine.ts";
import type { Mechanism } from "../../../src/mechanism/mechanism.ts";
import { NullMechanism } from "../../../src/mechanism/null.ts";
import type { Message } from "../../../src/message/frame.ts";
import { SOCKET_TYPES } from "../../../src/pattern/types.ts";
import type { SocketTypeName } from "../../../src/pattern/types.ts";
import { WsEngine } from "../../../src/ws/engine.ts";
import { HeadReader } from "../../../src/ws/http.ts";
import { SecuredMessageEngine } from "../../../src/ws/secured_message_engine.ts";
import { answerUpgrade, zwsProtocols } from "../../../src/ws/upgrade.ts";
import type { ZwsOptions } from "../../../src/ws/zws.ts";
import { Random } from "../../support/reference.ts";
import { join, octets } from "../../support/transcript.ts";

/** What an engine is to be. */
export interface EndOptions {
  readonly type: SocketTypeName;
  readonly identity?: Uint8Array;
  readonly protocol?: string;
  /** What does the handshake; default: NULL. */
  readonly makeMechanism?: (properties: readonly (readonly [string, Uint8Array])[]) => Mechanism;
  /** Client: what it offers. */
  readonly protocols?: readonly string[];
  readonly handshakeInterval?: number;
  readonly heartbeat?: Partial<ZwsOptions["heartbeat"]>;
  readonly limits?: Partial<ZwsOptions["limits"]>;
}

/** One engine and all that it told. */
export class End implements EngineHost {
  readonly engine: StreamEngine;
  readonly messages: Message[] = [];
  readonly failures: ProtocolError[] = [];
  /** How it was ended by the peer's close frame, if it was. */
  readonly endings: (ProtocolError | undefined)[] = [];
  readies = 0;
  peer: Peer | undefined;
  room: () => boolean = () => true;

  constructor(role: "client" | "server" | "page", options: EndOptions, now = 0) {
    const zws = zwsOptions(options);
    const { protocol } = options;
    const random = new Random(7);
    this.engine = role === "page"
      ? new SecuredMessageEngine({ ...zws, protocol: protocol ?? "ZWS2.0/NULL" }, this, now)
      : new WsEngine(
        {
          ...zws,
          role,
          random: (length) => random.octets(length),
          ...(protocol === undefined ? {} : { protocol }),
          request: { host: "h:1", path: "/p", protocols: options.protocols ?? zwsProtocols("NULL", false) },
        },
        this,
        now,
      );
    this.engine.start();
  }

  ready(peer: Peer): void {
    this.readies++;
    this.peer = peer;
  }

  push(message: Message): boolean {
    this.messages.push(message);
    return this.room();
  }

  failed(error: ProtocolError): void {
    this.failures.push(error);
  }

  ended(error: ProtocolError | undefined): void {
    this.endings.push(error);
  }

  get failure(): string | undefined {
    return this.failures[0]?.code;
  }

  /** All that the engine itself wants to send. */
  output(): Uint8Array {
    const parts: Uint8Array[] = [];
    for (;;) {
      if (!this.engine.talks) {
        if (this.engine.transmit() !== undefined) throw new Error("it talks and said that it does not");
        return join(...parts);
      }
      parts.push(Uint8Array.from(this.engine.transmit()!));
    }
  }

  /** Gives it octets, whole. */
  hear(wire: Uint8Array, now = 0): void {
    this.engine.receive(wire.slice(), now);
  }
}

/** A client and a server, the opening handshake included, and the clock. */
export class Link {
  readonly a: End;
  readonly b: End;
  now = 0;
  readonly #random: Random;
  readonly #most: number;
  readonly #wire: Record<"a" | "b", Uint8Array[]> = { a: [], b: [] };
  readonly #head = new HeadReader();

  constructor(client: EndOptions, server: EndOptions, random: Random = new Random(1), most = 1_000_000) {
    this.#random = random;
    this.#most = most;
    this.a = new End("client", client);
    const request = this.a.output();
    this.#head.read(request);
    const answer = answerUpgrade(
      this.#head.request(),
      server.protocol ? [server.protocol] : zwsProtocols("NULL", false),
    );
    if (!("protocol" in answer)) throw new Error(answer.reason);
    this.b = new End("server", { ...server, protocol: answer.protocol });
    this.#wire.b.push(answer.response);
  }

  /** Octets of a queue, on their way behind what was said. */
  send(from: "a" | "b", chunks: readonly Uint8Array[]): void {
    this.#collect(from);
    for (const chunk of chunks) this.#wire[from].push(chunk.slice());
  }

  /** Carries octets until neither has any more to say. */
  settle(): void {
    for (;;) {
      const moved = this.#carry("a", this.b) + this.#carry("b", this.a);
      if (moved === 0) return;
    }
  }

  /** Lets time pass: every deadline up to `until` is kept. */
  advance(until: number): void {
    for (;;) {
      this.settle();
      const due = Math.min(this.a.engine.deadline() ?? Infinity, this.b.engine.deadline() ?? Infinity);
      if (due > until) break;
      this.now = Math.max(this.now, due);
      for (const { engine } of [this.a, this.b]) {
        if ((engine.deadline() ?? Infinity) <= this.now) engine.tick(this.now);
      }
    }
    this.now = until;
  }

  #collect(from: "a" | "b"): void {
    const said = this[from].output();
    if (said.length > 0) this.#wire[from].push(said);
  }

  #carry(from: "a" | "b", to: End): number {
    this.#collect(from);
    const wire = join(...this.#wire[from]);
    this.#wire[from] = [];
    for (const chunk of this.#random.split(wire, this.#most)) to.engine.receive(chunk, this.now);
    return wire.length;
  }
}

function zwsOptions(options: EndOptions): ZwsOptions {
  const info = SOCKET_TYPES[options.type];
  const peers: readonly string[] = info.peers;
  const properties: (readonly [string, Uint8Array])[] = [["Socket-Type", octets(options.type)]];
  if (info.named) properties.push(["Identity", options.identity ?? octets("")]);
  return {
    mechanism: "NULL",
    makeMechanism: () => options.makeMechanism?.(properties) ?? new NullMechanism(properties),
    accepts: (socketType) => peers.includes(socketType),
    publishes: info.publishes,
    radio: options.type === "RADIO",
    dish: options.type === "DISH",
    handshakeInterval: options.handshakeInterval ?? 0,
    heartbeat: { interval: 0, timeout: 0, timeToLive: 0, ...options.heartbeat },
    limits: { frame: Infinity, message: Infinity, parts: 65536, ...options.limits },
    ...(options.identity ? { routingId: options.identity } : {}),
  };
}
