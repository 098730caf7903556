/**
 * Engines without sockets: one engine with a host that remembers what it was told, and two of them joined in
 * memory under a virtual clock, with every transmission cut into random chunks.
 */

import type { ProtocolError } from "../../src/base/errors.ts";
import type { EngineHost, Peer } from "../../src/io/engine.ts";
import type { Mechanism } from "../../src/mechanism/mechanism.ts";
import { NullMechanism } from "../../src/mechanism/null.ts";
import type { Message } from "../../src/message/frame.ts";
import { SOCKET_TYPES } from "../../src/pattern/types.ts";
import type { SocketTypeName } from "../../src/pattern/types.ts";
import { ZmtpEngine } from "../../src/zmtp/engine.ts";
import type { ZmtpOptions } from "../../src/zmtp/engine.ts";
import { olderPeers } from "../../src/zmtp/older.ts";
import { Random } from "./reference.ts";
import { join, octets } from "./transcript.ts";

/** Further properties that a side tells of itself. */
type Properties = readonly (readonly [string, Uint8Array])[];

/** What an engine is to be. */
export interface EndOptions {
  readonly type: SocketTypeName;
  readonly identity?: Uint8Array;
  /** Further properties of READY. */
  readonly properties?: Properties;
  /** What does the handshake, and its name in the greeting; default: NULL. */
  readonly mechanism?: { readonly name: string; make(properties: Properties): Mechanism };
  readonly handshakeInterval?: number;
  readonly heartbeat?: Partial<ZmtpOptions["heartbeat"]>;
  readonly limits?: Partial<ZmtpOptions["limits"]>;
  /** The oldest version of ZMTP that is served; default: 3. */
  readonly oldest?: 1 | 2;
}

/** One engine and all that it told. */
export class End implements EngineHost {
  readonly engine: ZmtpEngine;
  readonly messages: Message[] = [];
  readonly failures: ProtocolError[] = [];
  /** How often it said that it is ready. */
  readies = 0;
  peer: Peer | undefined;
  /** Whether the host has room for one more. */
  room: () => boolean = () => true;

  constructor(options: EndOptions, now = 0) {
    const info = SOCKET_TYPES[options.type];
    const peers: readonly string[] = info.peers;
    const properties: (readonly [string, Uint8Array])[] = [["Socket-Type", octets(options.type)]];
    if (info.named) properties.push(["Identity", options.identity ?? octets("")]);
    this.engine = new ZmtpEngine(
      {
        mechanism: options.mechanism?.name ?? "NULL",
        makeMechanism: () => {
          const all = [...properties, ...options.properties ?? []];
          return options.mechanism?.make(all) ?? new NullMechanism(all);
        },
        accepts: (socketType) => peers.includes(socketType),
        publishes: info.publishes,
        radio: options.type === "RADIO",
        dish: options.type === "DISH",
        handshakeInterval: options.handshakeInterval ?? 0,
        heartbeat: { interval: 0, timeout: 0, timeToLive: 0, ...options.heartbeat },
        limits: { frame: Infinity, message: Infinity, parts: 65536, ...options.limits },
      },
      this,
      now,
      options.oldest && olderPeers(
        options.type,
        options.identity ?? octets(""),
        { mechanism: options.mechanism?.name ?? "NULL" },
        options.oldest === 1,
      ),
    );
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

  /** The code of its failure. */
  get failure(): string | undefined {
    return this.failures[0]?.code;
  }

  /** All that the engine itself wants to send. */
  output(): Uint8Array {
    const parts: Uint8Array[] = [];
    for (;;) {
      const part = this.engine.transmit();
      if (part === undefined) return join(...parts);
      parts.push(Uint8Array.from(part));
    }
  }

  /** Gives it octets, whole. */
  hear(wire: Uint8Array, now = 0): void {
    this.engine.receive(wire.slice(), now);
  }
}

/** Two engines and the clock. */
export class Link {
  readonly a: End;
  readonly b: End;
  now = 0;
  /** Octets that went each way. */
  readonly said: { a: Uint8Array; b: Uint8Array } = { a: new Uint8Array(0), b: new Uint8Array(0) };
  /** Whether what each of them says reaches the other. */
  readonly open: { a: boolean; b: boolean } = { a: true, b: true };
  readonly #random: Random;
  readonly #most: number;

  constructor(a: EndOptions, b: EndOptions, random: Random = new Random(1), most = 1_000_000) {
    this.a = new End(a);
    this.b = new End(b);
    this.#random = random;
    this.#most = most;
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
        const at = engine.deadline();
        if (at !== undefined && at <= this.now) engine.tick(this.now);
      }
    }
    this.now = until;
  }

  #carry(from: "a" | "b", to: End): number {
    const wire = this[from].output();
    if (wire.length === 0) return 0;
    this.said[from] = join(this.said[from], wire);
    if (this.open[from]) {
      for (const chunk of this.#random.split(wire, this.#most)) to.engine.receive(chunk, this.now);
    }
    return wire.length;
  }
}
