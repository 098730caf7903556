/**
 * Engines without sockets: one engine with a host that remembers what it was told, and two of them joined in
 * memory under a virtual clock, with every transmission cut into random chunks. `tests/unit/ws/link.ts` has those of
 * WebSocket.
 */

import type { ProtocolError } from "../../src/base/errors.ts";
import type { EngineHost, Peer, StreamEngine } from "../../src/io/engine.ts";
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

/** Properties that a side tells of itself. */
type Properties = readonly (readonly [string, Uint8Array])[];

/** What an engine of any protocol is to be. */
export interface CommonOptions {
  readonly type: SocketTypeName;
  readonly identity?: Uint8Array;
  readonly handshakeInterval?: number;
  readonly heartbeat?: Partial<ZmtpOptions["heartbeat"]>;
  readonly limits?: Partial<ZmtpOptions["limits"]>;
}

/** The same as an engine has it; `make` makes what does the handshake; default: NULL. */
export function engineOptions(
  options: CommonOptions,
  make: (properties: Properties) => Mechanism = (properties) => new NullMechanism(properties),
): ZmtpOptions {
  const info = SOCKET_TYPES[options.type];
  const peers: readonly string[] = info.peers;
  const properties: (readonly [string, Uint8Array])[] = [["Socket-Type", octets(options.type)]];
  if (info.named) properties.push(["Identity", options.identity ?? octets("")]);
  return {
    mechanism: "NULL",
    makeMechanism: () => make(properties),
    accepts: (socketType) => peers.includes(socketType),
    publishes: info.publishes,
    radio: options.type === "RADIO",
    dish: options.type === "DISH",
    handshakeInterval: options.handshakeInterval ?? 0,
    heartbeat: { interval: 0, timeout: 0, timeToLive: 0, ...options.heartbeat },
    limits: { frame: Infinity, message: Infinity, parts: 65536, ...options.limits },
  };
}

/** One engine and all that it told. */
export abstract class Recorder implements EngineHost {
  abstract readonly engine: StreamEngine;
  readonly messages: Message[] = [];
  readonly failures: ProtocolError[] = [];
  /** How often it said that it is ready. */
  readies = 0;
  peer: Peer | undefined;
  /** Whether the host has room for one more. */
  room: () => boolean = () => true;

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
      const { talks } = this.engine;
      const part = this.engine.transmit();
      if (talks !== (part !== undefined)) {
        throw new Error("it talks and says that it does not, or the other way round");
      }
      if (part === undefined) return join(...parts);
      parts.push(Uint8Array.from(part));
    }
  }

  /** Gives it octets, whole. */
  hear(wire: Uint8Array, now = 0): void {
    this.engine.receive(wire.slice(), now);
  }
}

/** Two of them and the clock. */
export abstract class Joined<Each extends Recorder> {
  abstract readonly a: Each;
  abstract readonly b: Each;
  now = 0;

  /** Carries what one of them says to the other; answers how many octets those were. */
  protected abstract carry(from: "a" | "b", to: Each): number;

  /** Carries octets until neither has any more to say. */
  settle(): void {
    for (;;) {
      const moved = this.carry("a", this.b) + this.carry("b", this.a);
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
}

/** What an engine of ZMTP is to be. */
export interface EndOptions extends CommonOptions {
  /** Further properties of READY. */
  readonly properties?: Properties;
  /** What does the handshake, and its name in the greeting; default: NULL. */
  readonly mechanism?: { readonly name: string; make(properties: Properties): Mechanism };
  /** The oldest version of ZMTP that is served; default: 3. */
  readonly oldest?: 1 | 2;
}

/** An engine of ZMTP. */
export class End extends Recorder {
  readonly engine: ZmtpEngine;

  constructor(options: EndOptions, now = 0) {
    super();
    const { name: mechanism = "NULL", make } = options.mechanism ?? {};
    const shared = engineOptions(options, (own) => {
      const all = [...own, ...options.properties ?? []];
      return make?.(all) ?? new NullMechanism(all);
    });
    const older = options.oldest &&
      olderPeers(options.type, options.identity ?? octets(""), { mechanism }, options.oldest === 1);
    this.engine = new ZmtpEngine({ ...shared, mechanism }, this, now, older);
  }
}

/** Two engines of ZMTP. */
export class Link extends Joined<End> {
  readonly a: End;
  readonly b: End;
  /** Octets that went each way. */
  readonly said: { a: Uint8Array; b: Uint8Array } = { a: new Uint8Array(0), b: new Uint8Array(0) };
  /** Whether what each of them says reaches the other. */
  readonly open: { a: boolean; b: boolean } = { a: true, b: true };
  readonly #random: Random;
  readonly #most: number;

  constructor(a: EndOptions, b: EndOptions, random: Random = new Random(1), most = 1_000_000) {
    super();
    this.a = new End(a);
    this.b = new End(b);
    this.#random = random;
    this.#most = most;
  }

  protected carry(from: "a" | "b", to: End): number {
    const wire = this[from].output();
    if (wire.length === 0) return 0;
    this.said[from] = join(this.said[from], wire);
    if (this.open[from]) {
      for (const chunk of this.#random.split(wire, this.#most)) to.engine.receive(chunk, this.now);
    }
    return wire.length;
  }
}
