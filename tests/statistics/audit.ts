/**
 * A socket under audit: what the program gave and got is counted here too, and `check` holds what the socket says of
 * itself against it. The laws:
 *
 * - what was accepted is what was sent and what was dropped at once for want of a place;
 * - what arrived is what was received, what waits, and what was dropped unread;
 * - more than was sent neither waits nor is lost;
 * - sums are those over peers, past ones included: nothing ever falls, and no peak is below what is;
 * - drops are told as they are counted;
 * - all of it is plain JSON, without a number below zero.
 *
 * @module
 */

import type { DropCounts, DropReason, PeerStatistics, Socket, SocketStatistics } from "@puremq/zmq";

/** What the types' sockets can do, as far as this needs it. */
export interface Subject extends Socket {
  send?(message: unknown, options?: object): Promise<void>;
  receive?(options?: object): Promise<readonly unknown[]>;
}

/** Numbers that are sums over peers. */
const SUMS = [
  "messagesSent",
  "messagesReceived",
  "partsSent",
  "partsReceived",
  "bytesSent",
  "bytesReceived",
] as const;

/** Types that take no messages from the program, or turn them away themselves. */
const PUBLISHING = ["PUB", "XPUB", "XSUB", "RADIO"];
/** Types that drop at once what has no way: it was never among what was sent. */
const DROPPING = ["ROUTER", "REP"];
/** Types whose program receives messages: those of XPUB are made of subscriptions. */
const RECEIVING = ["PULL", "SUB", "XSUB", "REQ", "REP", "DEALER", "ROUTER", "PAIR", "CLIENT", "SERVER"]
  .concat("PEER", "CHANNEL", "GATHER", "DISH", "DGRAM", "STREAM");

/** One socket, and what is known of it from outside. */
export class Audited {
  readonly socket: Subject;
  readonly type: string;
  readonly options: { readonly [name: string]: unknown };
  accepted = 0;
  received = 0;
  /** Whom the program can answer. */
  readonly ids: unknown[] = [];
  #closing: Promise<void> | undefined;
  #over = false;
  readonly #told: Partial<DropCounts> = {};
  #before: { readonly all: SocketStatistics; readonly past: Map<string, number> } | undefined;

  constructor(socket: Subject, options: { readonly [name: string]: unknown }) {
    this.socket = socket;
    this.type = socket.statistics().type;
    this.options = options;
    socket.events.on("drop", ({ reason, count }) => this.#told[reason] = (this.#told[reason] ?? 0) + count);
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Sends if that can be done now. */
  async send(message: unknown, options: object = {}): Promise<boolean> {
    if (!await done(this.socket.send!(message, { ...options, timeout: 0 }))) return false;
    this.accepted++;
    return true;
  }

  /** Receives what is there now, and remembers who has sent it. */
  async receive(): Promise<boolean> {
    if (this.socket.receive === undefined || this.type === "RADIO") return false;
    let message: readonly unknown[] | undefined;
    await done(this.socket.receive({ timeout: 0 }).then((taken) => message = taken));
    if (message === undefined) return false;
    this.received++;
    const id = ["SERVER", "PEER"].includes(this.type)
      ? (message[1] as { routingId: number }).routingId
      : ["ROUTER", "STREAM", "DGRAM"].includes(this.type)
      ? Uint8Array.from(message[0] as Uint8Array)
      : undefined;
    if (id !== undefined && !this.ids.some((known) => `${known}` === `${id}`)) this.ids.push(id);
    return true;
  }

  close(): Promise<void> {
    return this.#closing ??= this.socket[Symbol.asyncDispose]().then(() => {
      this.#over = true;
    });
  }

  /** Throws for what cannot be true. */
  check(): void {
    const all = this.socket.statistics();
    this.#checkShape(all);
    this.#checkSums(all);
    this.#checkOut(all);
    this.#checkIn(all);
    if (!this.#over) return;
    this.#require(all.connections === 0 && all.handshakes === 0, "it is closed and has connections");
    const here = all.peers.filter(({ address }) => !address.startsWith("inproc"));
    this.#require(here.length === 0, "it is closed and has peers");
  }

  /** Whether events have told of all drops: those of a turn are told when it is over. */
  get told(): boolean {
    return (Object.entries(this.dropped) as [DropReason, number][]).every(([reason, count]) =>
      // Messages for an inproc name that nobody binds can be lost after the socket's end.
      (this.#told[reason] ?? 0) === count || this.#over && reason === "lost"
    );
  }

  get dropped(): DropCounts {
    return this.socket.statistics().dropped;
  }

  /** How many messages this socket conflated on their way in. */
  get conflatedIn(): number {
    return ["PULL", "SUB", "GATHER", "DISH"].includes(this.type) ? this.dropped.conflated : 0;
  }

  /** Messages that have left, as far as this side knows: over inproc those too that the peer has yet to read. */
  get left(): number {
    const { messagesSent, peers, dropped } = this.socket.statistics();
    let waiting = 0;
    for (const { address, connected, queuedOut } of peers) {
      if (!address.startsWith("inproc") || !connected) waiting += queuedOut;
    }
    return messagesSent - waiting - dropped.lost - (dropped.conflated - this.conflatedIn);
  }

  #checkShape(all: SocketStatistics): void {
    this.#require(JSON.stringify(JSON.parse(JSON.stringify(all))) === JSON.stringify(all), "no plain JSON");
    const { dropped, peers, ...rest } = all;
    for (const part of [rest, dropped, ...peers, ...peers.map((peer) => peer.dropped)]) {
      for (const [name, value] of Object.entries(part)) {
        const sound = typeof value !== "number" || Number.isFinite(value) && value >= 0;
        this.#require(value !== undefined && sound, `${name} is ${value}`);
      }
    }
  }

  #checkSums(all: SocketStatistics): void {
    const before = this.#before;
    const past = new Map<string, number>();
    const sum = (read: (peer: PeerStatistics) => number) => all.peers.reduce((n, peer) => n + read(peer), 0);
    for (const name of SUMS) past.set(name, all[name] - sum((peer) => peer[name]));
    for (const name of Object.keys(all.dropped) as DropReason[]) {
      past.set(name, all.dropped[name] - sum((peer) => peer.dropped[name]));
    }
    for (const [name, value] of past) {
      const least = before?.past.get(name) ?? 0;
      this.#require(value >= least, `${name} of peers that have gone are ${value} after ${least}`);
    }
    for (const name of [...SUMS, "queuedOutPeak", "queuedInPeak", "reconnects", "protocolErrors"] as const) {
      this.#require(all[name] >= (before?.all[name] ?? 0), `${name} has fallen`);
    }
    for (const peer of all.peers) {
      for (const [now, peak] of [["queuedIn", "queuedInPeak"], ["queuedOut", "queuedOutPeak"]] as const) {
        this.#require(peer[peak] >= peer[now] && all[peak] >= peer[peak], `${peak} is below what is`);
      }
    }
    this.#require(all.queuedOut === sum((peer) => peer.queuedOut), "queuedOut is not that of the peers");
    this.#before = { all, past };
  }

  #checkOut({ messagesSent, queuedOut, dropped }: SocketStatistics): void {
    const { lost, full, unroutable, conflated } = dropped;
    // The other end's queue is ours over inproc, and what it has to read may be our subscriptions.
    if (!["SUB", "XSUB"].includes(this.type) && !this.#conflatesBoth) {
      const most = messagesSent - lost - (conflated - this.conflatedIn);
      this.#require(queuedOut <= most, `${queuedOut} wait, and at most ${most} can`);
    }
    if (PUBLISHING.includes(this.type)) return;
    const turnedAway = DROPPING.includes(this.type) ? unroutable + full : 0;
    const greetings = this.options.helloMessage !== undefined || this.options.probeRouter === true;
    const exceeds = messagesSent + turnedAway - this.accepted;
    this.#require(greetings ? exceeds >= 0 : exceeds === 0, `${this.accepted} were accepted`);
  }

  #checkIn({ messagesReceived, queuedIn, dropped }: SocketStatistics): void {
    if (!RECEIVING.includes(this.type) || this.#conflatesBoth) return;
    const sum = this.received + queuedIn + dropped.unexpected + dropped.filtered + this.conflatedIn;
    this.#require(sum === messagesReceived, `${this.received} were received, so ${sum} have arrived`);
  }

  /** Of a DEALER it cannot be told which way its conflated messages went. */
  get #conflatesBoth(): boolean {
    return this.type === "DEALER" && this.options.conflate === true;
  }

  #require(holds: boolean, breach: string): void {
    if (holds) return;
    const { type, options } = this;
    throw new Error(
      `${type} ${JSON.stringify(options)}: ${breach}\n${JSON.stringify(this.socket.statistics())}`,
    );
  }
}

/** Whether it was done. A `ZmqError` says that it cannot be, now or ever. */
export async function done(action: Promise<unknown>): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === undefined) throw error;
    return false;
  }
}
