/**
 * A host and pipes for patterns: what is written is kept, what comes in is put there by the test.
 */

import type { Peer } from "../../../src/io/engine.ts";
import { Frame, tag } from "../../../src/message/frame.ts";
import type { DropReason } from "../../../src/pipe/drops.ts";
import type { Pattern, PatternHost, PatternOptions } from "../../../src/pattern/pattern.ts";
import { membership } from "../../../src/message/membership.ts";
import type { Metadata } from "../../../src/message/metadata.ts";
import { Pipe } from "../../../src/pipe/pipe.ts";
import { Random } from "../../support/reference.ts";
import { octets } from "../../support/transcript.ts";

/** Octets or text for one frame. */
export type Part = Uint8Array | string;

/** The defaults of libzmq. */
const OPTIONS: PatternOptions = {
  mandatory: false,
  handover: false,
  probeRouter: false,
  correlate: false,
  relaxed: false,
  verbosity: "",
  noDrop: false,
  manual: false,
  welcomeMessage: undefined,
  invertMatching: false,
  notify: true,
  routerNotify: 0,
  helloMessage: undefined,
  disconnectMessage: undefined,
  hiccupMessage: undefined,
  manualLastValue: false,
  onlyFirstSubscribe: false,
  verboseUnsubscribe: false,
  maxSubscriptions: 1_000_000,
  maxSubscriptionTotal: 1_000_000,
  receiveHighWaterMark: 1000,
};

/** Remembers what the pattern told. */
export class FakeHost implements PatternHost {
  readonly options: PatternOptions;
  readonly drops: DropReason[] = [];
  readables = 0;
  writables = 0;
  /** What the pattern does in later turns. */
  readonly #steps: (() => void)[] = [];
  readonly #random = new Random(99);

  constructor(options: Partial<PatternOptions> = {}) {
    this.options = { ...OPTIONS, ...options };
  }

  readable(): void {
    this.readables++;
  }

  writable(): void {
    this.writables++;
  }

  random(length: number): Uint8Array {
    return this.#random.octets(length);
  }

  dropped(_pipe: Pipe | undefined, reason: DropReason): void {
    this.drops.push(reason);
  }

  later(step: () => void): void {
    this.#steps.push(step);
  }

  /** The next turn; `false`: nothing waited for it. */
  turn(): boolean {
    const due = this.#steps.splice(0);
    for (const step of due) step();
    return due.length > 0;
  }
}

/** A peer that the test plays. */
export class FakePipe extends Pipe {
  readonly sent: string[][] = [];
  readonly subscriptions: string[] = [];
  /** How many more messages it takes. */
  capacity = Infinity;
  terminations: (Error | undefined)[] = [];
  /** Called when the peer made room for more from us. */
  onRelieved: () => void = () => {};

  constructor(pattern: Pattern, receiveHighWaterMark = 0, conflate = false) {
    super(pattern, receiveHighWaterMark, conflate);
  }

  override write(message: readonly Uint8Array[]): boolean {
    if (!this.hasRoom) return false;
    this.capacity--;
    this.sent.push(message.map(text));
    return true;
  }

  override get hasRoom(): boolean {
    return !this.closed && this.capacity > 0;
  }

  override get connected(): boolean {
    return !this.closed;
  }

  override get outbound(): number {
    return this.sent.length;
  }

  override subscription(on: boolean, topic: Uint8Array): void {
    this.subscriptions.push((on ? "+" : "-") + text(topic));
  }

  override membership(on: boolean, group: Uint8Array): void {
    this.subscriptions.push((on ? "join " : "leave ") + text(group));
  }

  override terminate(error?: Error): void {
    this.terminations.push(error);
  }

  protected override inboundRelieved(): void {
    this.onRelieved();
  }

  /** What marks the peer's frames, as a session does when an authentication handler let it in. */
  metadata: Metadata | undefined;

  /** The peer sends. */
  come(...parts: Part[]): boolean {
    return this.#bring(
      parts.map((part) => Frame.from(typeof part === "string" ? octets(part) : part) as Frame),
    );
  }

  /** The peer says JOIN or LEAVE. */
  joins(on: boolean, group: string): void {
    this.#bring(membership(on, Frame.from(binary(group)) as Frame));
  }

  /** The peer takes so many more. */
  makeRoom(capacity: number): void {
    this.capacity = capacity;
    this.sink.writeActivated(this);
  }

  /** The peer goes for good. */
  leave(pattern: Pattern): void {
    this.closed = true;
    pattern.detach(this);
  }

  /** What was sent to it since the last call. */
  take(): string[] {
    return this.sent.splice(0).map((message) => message.join(" "));
  }

  #bring(message: Frame[]): boolean {
    if (this.metadata !== undefined) tag(message, this.metadata);
    return this.deliver(message);
  }
}

/** Octets as text in which each octet is one character. */
export function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Text of which each character is one octet. */
export function binary(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, (character) => character.charCodeAt(0));
}

/** A message to send. */
export function parts(...all: Part[]): Uint8Array[] {
  return all.map((part) => typeof part === "string" ? octets(part) : part);
}

/** All that can be received, each message in one text. */
export function received(pattern: Pattern): string[] {
  const all: string[] = [];
  for (;;) {
    const message = pattern.receive();
    if (message === undefined) return all;
    all.push(message.map(text).join(" "));
  }
}

/** What a handshake would tell. */
export function peer(socketType: string, routingId = ""): Peer {
  return { socketType, routingId: octets(routingId), subscribeCommands: true, metadata: new Map() };
}

/** Pipes that are attached and past their handshake. */
export function attach(pattern: Pattern, count: number, socketType = ""): FakePipe[] {
  return Array.from({ length: count }, () => {
    const pipe = new FakePipe(pattern);
    pattern.attach(pipe);
    pattern.ready(pipe, peer(socketType));
    return pipe;
  });
}
