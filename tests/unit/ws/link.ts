/**
 * WebSocket engines without sockets: one engine with a host that remembers what it was told, and two of them
 * joined in memory under a virtual clock, every transmission cut into random chunks.
 */

import type { ProtocolError } from "../../../src/base/errors.ts";
import type { StreamEngine } from "../../../src/io/engine.ts";
import type { Mechanism } from "../../../src/mechanism/mechanism.ts";
import { WsEngine } from "../../../src/ws/engine.ts";
import { HeadReader } from "../../../src/ws/http.ts";
import { SecuredMessageEngine } from "../../../src/ws/secured_message_engine.ts";
import { answerUpgrade, zwsProtocols } from "../../../src/ws/upgrade.ts";
import { engineOptions, Joined, Recorder } from "../../support/link.ts";
import type { CommonOptions } from "../../support/link.ts";
import { Random } from "../../support/reference.ts";
import { join } from "../../support/transcript.ts";

/** What an engine is to be. */
export interface EndOptions extends CommonOptions {
  readonly protocol?: string;
  /** What does the handshake; default: NULL. */
  readonly makeMechanism?: (properties: readonly (readonly [string, Uint8Array])[]) => Mechanism;
  /** Client: what it offers. */
  readonly protocols?: readonly string[];
}

/** One engine and all that it told. */
export class End extends Recorder {
  readonly engine: StreamEngine;
  /** How it was ended by the peer's close frame, if it was. */
  readonly endings: (ProtocolError | undefined)[] = [];

  constructor(role: "client" | "server" | "page", options: EndOptions, now = 0) {
    super();
    const { protocol, identity: routingId } = options;
    const zws = { ...engineOptions(options, options.makeMechanism), ...(routingId && { routingId }) };
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

  ended(error: ProtocolError | undefined): void {
    this.endings.push(error);
  }
}

/** A client and a server, the opening handshake included, and the clock. */
export class Link extends Joined<End> {
  readonly a: End;
  readonly b: End;
  readonly #random: Random;
  readonly #most: number;
  readonly #wire: Record<"a" | "b", Uint8Array[]> = { a: [], b: [] };
  readonly #head = new HeadReader();

  constructor(client: EndOptions, server: EndOptions, random: Random = new Random(1), most = 1_000_000) {
    super();
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

  #collect(from: "a" | "b"): void {
    const said = this[from].output();
    if (said.length > 0) this.#wire[from].push(said);
  }

  protected carry(from: "a" | "b", to: End): number {
    this.#collect(from);
    const wire = join(...this.#wire[from]);
    this.#wire[from] = [];
    for (const chunk of this.#random.split(wire, this.#most)) to.engine.receive(chunk, this.now);
    return wire.length;
  }
}
