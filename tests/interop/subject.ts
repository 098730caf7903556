/**
 * The module that the tests hold against the real thing: ours, or with `PUREMQ_UNDER_TEST` set to the path
 * of npm's `zeromq`, the native binding itself. The second proves that a test asserts what libzmq really does.
 *
 * @module
 */

import { createRequire } from "node:module";
import process from "node:process";

/** The public face, as our own `mod.ts` declares it. */
export type Zmq = typeof import("../../mod.ts");

const replacement = process.env.PUREMQ_UNDER_TEST;

/** `false` while the native binding stands in for our module. */
export const isOurs: boolean = !replacement;

/** The module under test. */
export const zmq: Zmq = replacement
  ? createRequire(import.meta.url)(replacement) as Zmq
  : await import("../../mod.ts");

/** The module without its types, for tests that misuse it on purpose. */
// deno-lint-ignore no-explicit-any
export const loose: any = zmq;

/** Something that can go on the wire. */
export type Part = string | Uint8Array | null;

/** One monitor event, with the fields that some types of it have. */
export interface MonitorEvent {
  readonly type: string;
  readonly address?: string;
  readonly remote?: string;
  readonly interval?: number;
  readonly error?: Error & { readonly code?: string; readonly status?: number };
}

/** The union of what sockets can do: tests open them by the name of their class. */
export interface AnySocket {
  readonly lastEndpoint: string | null;
  readonly closed: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly events: {
    readonly closed: boolean;
    receive(): Promise<MonitorEvent>;
    on(type: string, listener: (event: MonitorEvent) => void): unknown;
    off(type: string, listener: (event: MonitorEvent) => void): unknown;
    close(): void;
    [Symbol.asyncIterator](): AsyncIterator<MonitorEvent>;
  };
  sendTimeout: number;
  receiveTimeout: number;
  sendHighWaterMark: number;
  linger: number;
  bind(address: string): Promise<void>;
  unbind(address: string): Promise<void>;
  connect(address: string, options?: { routingId?: string }): void;
  disconnect(address: string): void;
  send(message: Part | Part[]): Promise<void>;
  receive(): Promise<Uint8Array[]>;
  subscribe(...topics: (string | Uint8Array)[]): void;
  unsubscribe(...topics: (string | Uint8Array)[]): void;
  close(): void;
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array[]>;
}

/** The classes of the twelve classic types. */
export type SocketName =
  | "Pair"
  | "Publisher"
  | "Subscriber"
  | "Request"
  | "Reply"
  | "Dealer"
  | "Router"
  | "Pull"
  | "Push"
  | "XPublisher"
  | "XSubscriber"
  | "Stream";

/** Their names on the wire and in libzmq. */
export const WIRE_NAMES: { readonly [name in SocketName]: string } = {
  Pair: "PAIR",
  Publisher: "PUB",
  Subscriber: "SUB",
  Request: "REQ",
  Reply: "REP",
  Dealer: "DEALER",
  Router: "ROUTER",
  Pull: "PULL",
  Push: "PUSH",
  XPublisher: "XPUB",
  XSubscriber: "XSUB",
  Stream: "STREAM",
};

/** Opens a socket of the module under test; linger 0 unless said, so that no test waits for its own rubbish. */
export function open(name: SocketName, options: { [option: string]: unknown } = {}): AnySocket {
  return new loose[name]({ linger: 0, ...options }) as AnySocket;
}

/** The types that libzmq calls drafts, as far as streams and inproc carry them. */
export type DraftName =
  | "Server"
  | "Client"
  | "Radio"
  | "Dish"
  | "Gather"
  | "Scatter"
  | "Peer"
  | "Channel";

/** Their names on the wire. */
export const DRAFT_WIRE_NAMES: { readonly [name in DraftName]: string } = {
  Server: "SERVER",
  Client: "CLIENT",
  Radio: "RADIO",
  Dish: "DISH",
  Gather: "GATHER",
  Scatter: "SCATTER",
  Peer: "PEER",
  Channel: "CHANNEL",
};

/** Who sent a message, or is to get it. */
export interface Name {
  readonly routingId?: number;
  readonly group?: string | Uint8Array;
}

/** What their sockets can do. */
export interface DraftSocket extends Omit<AnySocket, "send" | "receive"> {
  readonly type: number;
  readonly threadSafe: boolean;
  send(body: Part | Part[], to?: Name): Promise<void>;
  receive(): Promise<[Uint8Array, Name?]>;
  join(...groups: (string | Uint8Array)[]): void;
  leave(...groups: (string | Uint8Array)[]): void;
  connectPeer(address: string): number;
  disconnectPeer(routingId: number): void;
}

/** Opens one; the native binding has them in a module of their own, but for PEER and CHANNEL. */
export function openDraft(name: DraftName, options: { [option: string]: unknown } = {}): DraftSocket {
  const classes = replacement ? createRequire(import.meta.url)(`${replacement}/draft`) : loose;
  return new classes[name]({ linger: 0, ...options }) as DraftSocket;
}
