/**
 * One engine, the host that it tells, and an authentication handler with one answer: what it told, as lines, and
 * what must hold of any engine: it fails once, and is silent from then on.
 */

import type { ProtocolError } from "../../src/base/errors.ts";
import type { EngineHost, Peer, StreamEngine } from "../../src/io/engine.ts";
import type { Mechanism } from "../../src/mechanism/mechanism.ts";
import { NullMechanism } from "../../src/mechanism/null.ts";
import type { Inquiry, ZapReply } from "../../src/mechanism/zap.ts";
import type { Message } from "../../src/message/frame.ts";
import { joins } from "../../src/message/membership.ts";
import { SOCKET_TYPES } from "../../src/pattern/types.ts";
import type { SocketTypeName } from "../../src/pattern/types.ts";
import type { ZwsOptions } from "../../src/ws/zws.ts";
import { octets } from "../support/transcript.ts";
import { must, show, showAll } from "./holds.ts";

/** How an end behaves. */
export interface EndSettings {
  readonly type: SocketTypeName;
  /** What the host answers, message by message; then always yes. */
  readonly room: readonly boolean[];
  /** What the authentication handler answers, and if only when `answer` is called. */
  readonly status: ZapReply["status"];
  readonly late?: boolean;
  readonly limits: ZwsOptions["limits"];
  readonly mechanism?: string;
  readonly makeMechanism?: (properties: readonly (readonly [string, Uint8Array])[]) => Mechanism;
  /** Whether a handler is asked, under NULL. */
  readonly asks?: boolean;
}

/** Every limit that a socket can have, and none. */
export const LIMITS: readonly ZwsOptions["limits"][] = [
  { frame: Infinity, message: Infinity, parts: 65_536 },
  { frame: 200, message: 300, parts: 3 },
  { frame: 0, message: 0, parts: 1 },
];

/** The options of an engine, of ZMTP or ZWS. */
export function optionsOf(settings: EndSettings): ZwsOptions {
  const { type, asks = false, limits, mechanism = "NULL", makeMechanism } = settings;
  const info = SOCKET_TYPES[type];
  const peers: readonly string[] = info.peers;
  const properties = [["Socket-Type", octets(type)], ["Identity", octets("")]] as const;
  return {
    mechanism,
    makeMechanism: () => makeMechanism?.(properties) ?? new NullMechanism(properties, asks),
    accepts: (socketType) => peers.includes(socketType),
    publishes: info.publishes,
    radio: type === "RADIO",
    dish: type === "DISH",
    handshakeInterval: 30_000,
    heartbeat: { interval: 1000, timeout: 5000, timeToLive: 0 },
    limits,
  };
}

/** One end. */
export class EngineEnd implements EngineHost {
  readonly told: string[] = [];
  readonly engine: StreamEngine;
  readonly #settings: EndSettings;
  #messages = 0;
  #over = false;
  #ready = false;
  #asked = false;
  #unanswered = false;

  constructor(settings: EndSettings, makeEngine: (host: EngineHost) => StreamEngine) {
    this.#settings = settings;
    this.engine = makeEngine(this);
    this.engine.start();
  }

  /** Whether it has failed, or was ended by its peer. */
  get over(): boolean {
    return this.#over;
  }

  /** The messages that it got, as lines. */
  get messages(): string[] {
    return this.told.filter((line) => line.startsWith("message "));
  }

  ready({ socketType, routingId }: Peer): void {
    must(!this.#ready && !this.#over, "ready twice, or too late");
    this.#ready = true;
    this.told.push(`ready ${JSON.stringify(socketType)} ${show(routingId)}`);
  }

  push(message: Message): boolean {
    must(this.#ready && !this.#over, "a message before it was ready, or after it had failed");
    const { limits } = this.#settings;
    const joined = joins(message);
    const kind = joined === undefined ? "message" : joined ? "join" : "leave";
    // A subscription's first octet is added to what came, and a group is no message.
    const size = message.reduce((sum, { length }) => sum + length, 0);
    const most = joined === undefined ? limits.message + 1 : 255;
    must(
      size <= most && message.length <= Math.max(2, limits.parts),
      `${size} octets in ${message.length} frames`,
    );
    this.told.push(`${kind} ${showAll(message)}`);
    return this.#settings.room[this.#messages++] ?? true;
  }

  failed({ code, status = 0 }: ProtocolError): void {
    must(!this.#over, "failed twice");
    this.#over = true;
    this.told.push(`failed ${code} ${status}`);
  }

  ended(error: ProtocolError | undefined): void {
    must(!this.#over, "ended twice");
    this.#over = true;
    this.told.push(`ended ${error?.message ?? "in order"}`);
  }

  authenticate({ mechanism, credentials }: Inquiry): void {
    must(!this.#asked, "asked twice");
    this.#asked = this.#unanswered = true;
    this.told.push(`asked ${mechanism} ${showAll(credentials)}`);
  }

  /** Gives it octets, in memory of its own, and straight where it asks for them if it does. */
  hear(given: Uint8Array, now = 0): void {
    const { engine } = this;
    let rest = given.slice();
    const place = this.#over || engine.stalled ? undefined : engine.target();
    if (place !== undefined) {
      const length = Math.min(place.length, rest.length);
      place.set(rest.subarray(0, length));
      rest = rest.slice(length);
      engine.filled(length, now);
    }
    if (rest.length > 0) engine.receive(rest, now);
    this.goOn();
  }

  /** What it tells of these chunks, and of an answer behind them. Then it ends. */
  live(chunks: readonly Uint8Array[]): string[] {
    this.goOn();
    for (const chunk of chunks) this.hear(chunk);
    this.answer();
    const told = [...this.told];
    this.finish();
    return told;
  }

  /** Answers for the handler unless that is late, and has room again. */
  goOn(): void {
    if (!this.#settings.late) this.answer();
    this.#resume();
  }

  /** Answers for the handler, if it was asked. */
  answer(): void {
    if (!this.#unanswered) return;
    this.#unanswered = false;
    const { status } = this.#settings;
    this.engine.authenticated?.({ status, text: "", userId: octets("u"), metadata: new Map() });
    this.#resume();
  }

  #resume(): void {
    const { engine } = this;
    for (let steps = 0; engine.stalled && !this.#over && !this.#unanswered; steps++) {
      must(steps <= this.#settings.room.length + 1, "stalled though there is room");
      engine.resume();
    }
    // Another question may have come up in what was kept.
    if (!this.#settings.late) this.answer();
  }

  /** All that it wants to send. */
  output(): Uint8Array[] {
    const all: Uint8Array[] = [];
    for (;;) {
      const { talks } = this.engine;
      const said = this.engine.transmit();
      must(talks === (said !== undefined), "it talks and says that it does not, or the other way round");
      if (said === undefined) return all;
      must(all.length < 1000, "it never stops talking");
      all.push(said.slice());
    }
  }

  /** Whatever comes after its end, it does and tells nothing; its clock runs out in a bounded number of steps. */
  finish(): void {
    this.output();
    if (!this.#over) {
      let now = 0;
      for (let steps = 0; !this.#over; steps++) {
        const at = this.engine.deadline();
        if (at === undefined || steps === 20) break;
        must(at >= now, "a deadline that lies behind");
        now = at;
        this.engine.tick(now);
        this.output();
      }
    }
    if (this.#over) {
      const before = this.told.length;
      this.engine.receive(Uint8Array.of(0, 1, 65, 0x82, 0), 1e6);
      this.engine.resume();
      this.engine.tick(1e9);
      this.engine.authenticated?.({ status: 200, text: "", userId: octets(""), metadata: new Map() });
      this.output();
      must(this.engine.target() === undefined, "wants to be filled after its end");
      must(this.told.length === before, "goes on after its end");
      must(this.engine.deadline() === undefined, "has a deadline after its end");
    }
    this.engine.end?.();
    must(!this.engine.ready || this.engine.end === undefined || this.#ready, "ready at its end");
  }
}
