/**
 * One endpoint of datagrams, multicast or plain UDP: opens the sockets that it needs, gives what comes to the
 * engine, sends what the engine has, keeps its deadline, and takes leave in order. There is no connection and no
 * peer; with `connect` the pipe is there from the first moment, and after a failure the sockets are opened again.
 *
 *   opening → open → finishing (what waits, and the engine's farewell) → ending → closed
 *
 * Back-pressure: a socket without room makes the engine wait, and messages wait in the pipe, where the high-water
 * mark counts them. Nobody can be told to send less: what the pipe has no room for is the engine's to hold or drop.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { DatagramAddress, DatagramTransport } from "../io/datagram.ts";
import type { DatagramEngine, DatagramEngineHost, DatagramLoss, OutgoingDatagram } from "../io/engine.ts";
import { afterTurn, now, startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";
import type { Message } from "../message/frame.ts";
import { Closing } from "./closing.ts";
import { DatagramPipe } from "./datagram_pipe.ts";
import type { DatagramPipeOwner } from "./datagram_pipe.ts";
import { DatagramSockets } from "./datagram_sockets.ts";
import type { PlannedSocket } from "./datagram_sockets.ts";
import { Deadline } from "./deadline.ts";
import { beginTurn } from "../io/flusher.ts";
import type { LinkHost } from "./link.ts";
import { reconnectDelay } from "./reconnect.ts";

/** What an endpoint is made of, once interfaces and names are known. */
export interface DatagramPlan {
  readonly transport: DatagramTransport;
  /** What is sent leaves by the first one. */
  readonly sockets: readonly PlannedSocket[];
  /** `dropped` is to be told of each message for which the host had no room, if it is not kept. */
  makeEngine(host: DatagramEngineHost, now: number, dropped: () => void): DatagramEngine;
}

/** What is known of an endpoint from the start. */
export interface DatagramRole {
  /** Whether it was bound; else it was connected. */
  readonly bound: boolean;
  /** Whether all that is published goes there. */
  readonly broadcast: boolean;
  /** Whether what is not taken now is asked for again. */
  readonly repairs: boolean;
  /** Throws a `ZmqError` for a message that no datagram can carry. */
  readonly check: (message: readonly Uint8Array[]) => void;
  /** The endpoint of the address that the system chose, where it was to choose. */
  readonly nameOf: ((local: DatagramAddress) => string) | undefined;
  /** Looks up interfaces and names. */
  readonly prepare: () => Promise<DatagramPlan>;
}

/** Datagrams that leave in one go: the event loop is let in between two of them. */
const BURST = 64;

/** One endpoint. */
export class DatagramSession implements DatagramEngineHost, DatagramPipeOwner {
  /** The endpoint as it was given, or with the port that the system chose. */
  endpoint: string;
  /** Its events are its own. */
  readonly told = false;
  readonly #host: LinkHost;
  readonly #role: DatagramRole;
  readonly #pipe: DatagramPipe;
  #attached = false;
  #state: "opening" | "open" | "finishing" | "ending" | "closed" = "opening";
  /** Whether an opening is under way, and whether it is unwanted by now. */
  #opening = false;
  #stopped = false;
  #engine: DatagramEngine | undefined;
  #sockets: DatagramSockets | undefined;
  #flushing = false;
  #continuing = false;
  #stalled = false;
  #catchingUp = false;
  /** A timer's least is a millisecond, in which a gigabit is eighty datagrams. */
  readonly #deadline = new Deadline(() => this.#tick(), () => this.#continue());
  /** For the next opening. */
  #retryTimer: Timer;
  #attempt = 0;
  #closing: Closing | undefined;

  constructor(endpoint: string, host: LinkHost, role: DatagramRole) {
    this.endpoint = endpoint;
    this.#host = host;
    this.#role = role;
    this.#pipe = new DatagramPipe(host.pattern, host.pipeOptions, this, role.broadcast);
  }

  get direction(): "bind" | "connect" {
    return this.#role.bound ? "bind" : "connect";
  }

  /** The pipe, if the pattern has it. */
  get pipes(): Iterable<DatagramPipe> {
    return this.#attached ? [this.#pipe] : [];
  }

  /** Opens it, or rejects: `bind`. */
  async open(): Promise<void> {
    if (!this.#attach()) {
      throw new ZmqError("EBUSY", "The socket has its only endpoint already", this.endpoint);
    }
    try {
      await this.#open();
    } catch (error) {
      this.#detach();
      this.#over();
      throw error;
    }
    this.#opened();
  }

  /** Opens it behind the caller's back, and again after a failure: `connect`. */
  start(): void {
    if (!this.#host.options.immediate && !this.#attach()) this.#stop();
    else void this.#tryOpen();
  }

  /** There are no connections apart from the endpoint itself, so this is left to `close`. */
  stopListening(): void {}

  /** Ends it: what waits is sent within `linger` milliseconds. Resolves when all is over. */
  close(linger: number): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.done;
    const closing = this.#closing = new Closing();
    this.#detach();
    if (linger === 0) this.#host.lost(this.#pipe.dropQueue(), this.#pipe);
    if (this.#state === "closed") closing.closed();
    else {
      if (this.#state === "open") this.#finish();
      // Without sockets, only messages that wait for them are worth a wait.
      if (this.#state === "opening" ? linger === 0 || !this.#pipe.busy : linger === 0) this.#stop();
      else closing.limit(linger, () => this.#stop());
    }
    return closing.done;
  }

  // What the engine asks and tells.

  push(message: Message): boolean {
    // After close nobody receives: what still comes is let go.
    if (this.#state !== "open" || !this.#attached) return true;
    const room = this.#pipe.deliver(message);
    if (!room) this.#stalled = true;
    return room;
  }

  pull(): readonly Uint8Array[] | undefined {
    return this.#pipe.take();
  }

  lost({ source, first, count }: DatagramLoss): void {
    this.#host.emit({ type: "loss", address: this.endpoint, source, first, count });
  }

  malformed(): void {
    this.#host.malformed(this.#pipe);
  }

  readonly #full = (): void => this.#pipe.sink.dropped(this.#pipe, "full");

  // What the pipe wants.

  check(message: readonly Uint8Array[]): void {
    this.#role.check(message);
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get sending(): boolean {
    return this.#sockets?.blocked === true || this.#engine?.busy === true;
  }

  resume(): void {
    this.#stalled = false;
    this.#engine?.resume(now());
    if (!this.#flushing) this.#arm();
  }

  terminate(): void {
    void this.close(this.#host.pipeOptions.linger());
  }

  /** Sends what may leave now, at most a burst; the rest follows after this turn. */
  flush(): void {
    const engine = this.#engine;
    const sockets = this.#sockets;
    if (engine === undefined || sockets === undefined || this.#flushing || sockets.blocked) return;
    if (this.#state === "ending") return;
    this.#flushing = true;
    const more = this.#burst(engine, sockets);
    this.#flushing = false;
    if (more) this.#continue();
    else if (this.#state === "finishing" && engine.finished && !sockets.blocked) this.#end();
    this.#arm();
    this.#pipe.updateHold();
    this.#pipe.sent();
  }

  /** Whether there is more to send. */
  #burst(engine: DatagramEngine, sockets: DatagramSockets): boolean {
    const at = now();
    for (let n = 0; n < BURST; n++) {
      const next = engine.transmit(at);
      if (next === undefined) return false;
      if (!sockets.send(next)) return false;
      this.#pipe.octetsOut += next.datagram.length;
    }
    return true;
  }

  /** Goes on in the next turn of the event loop. */
  #continue(): void {
    if (this.#continuing) return;
    this.#continuing = true;
    afterTurn(() => {
      this.#continuing = false;
      this.#tick();
    });
  }

  #arm(): void {
    if (this.#state !== "ending") this.#deadline.set(this.#engine?.deadline());
  }

  #tick(): void {
    beginTurn();
    const engine = this.#engine;
    if (engine === undefined) return;
    const at = now();
    if (engine.deadline()! <= at) engine.tick(at);
    this.flush();
  }

  #room(sent: OutgoingDatagram | undefined): void {
    beginTurn();
    if (sent !== undefined) this.#pipe.octetsOut += sent.datagram.length;
    this.flush();
  }

  #received(datagram: Uint8Array, from: DatagramAddress): void {
    beginTurn();
    const engine = this.#engine;
    if (engine === undefined || this.#state === "ending") return;
    // Messages are held off like this; what repairs a source's data is none.
    if (this.#pipe.halted && !this.#role.broadcast) {
      if (!this.#role.repairs) this.#full();
      return;
    }
    if (this.#stalled) this.#pipe.takeAll();
    this.#pipe.octetsIn += datagram.length;
    engine.receive(datagram, from, now());
    if (this.#stalled && !this.#catchingUp) this.#catchUpLater();
    this.flush();
  }

  /** What a reader who reads has not taken when the turn is over is taken up to the high-water mark. */
  #catchUpLater(): void {
    this.#catchingUp = true;
    afterTurn(() => {
      this.#catchingUp = false;
      if (this.#state === "open" && this.#stalled) this.#pipe.takeAll();
    });
  }

  async #open(): Promise<void> {
    this.#opening = true;
    try {
      const plan = await this.#role.prepare();
      const sockets = await DatagramSockets.open(plan.transport, plan.sockets, {
        onDatagram: (datagram, from) => this.#received(datagram, from),
        onGivenUp: ({ message }) => this.#host.lost(message ? 1 : 0, this.#pipe),
        onRoom: (sent) => this.#room(sent),
        onClose: (error) => this.#closed(error),
      });
      this.#sockets = sockets;
      if (this.#stopped) sockets.close();
      else this.#engine = plan.makeEngine(this, now(), this.#full);
    } finally {
      this.#opening = false;
    }
  }

  async #tryOpen(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      if (this.#stopped) return this.#over();
      const type = this.#role.bound ? "bind:error" : "close";
      this.#host.emit({ type, address: this.endpoint, error: error as Error });
      return this.#retry();
    }
    if (this.#stopped) return;
    this.#attempt = 0;
    if (this.#closing === undefined && !this.#attached && !this.#attach()) this.#stop();
    else this.#opened();
  }

  #opened(): void {
    this.#state = "open";
    if (this.#role.nameOf !== undefined) this.endpoint = this.#role.nameOf(this.#sockets!.local);
    this.#host.emit({ type: this.#role.bound ? "bind" : "connect", address: this.endpoint });
    if (this.#closing !== undefined) this.#finish();
    else this.flush();
  }

  #retry(): void {
    const { reconnectInterval, reconnectMaxInterval } = this.#host.options;
    if (reconnectInterval < 0) return this.#stop();
    const interval = reconnectDelay(this.#attempt++, reconnectInterval, reconnectMaxInterval, Math.random());
    this.#host.emit({ type: "connect:retry", address: this.endpoint, interval });
    this.#retryTimer = startTimer(interval, () => void this.#tryOpen());
  }

  #finish(): void {
    this.#state = "finishing";
    this.#engine!.finish(now());
    this.flush();
  }

  /** All is said. What a runtime has taken and sends in a turn of its own may go before. */
  #end(): void {
    this.#state = "ending";
    this.#stopTimers();
    afterTurn(() => this.#sockets?.close());
  }

  /** Ends it now; what waits is lost. */
  #stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#stopTimers();
    this.#detach();
    this.#pipe.closed = true;
    this.#host.lost(this.#pipe.dropQueue(), this.#pipe);
    if (this.#sockets !== undefined) this.#end();
    else if (!this.#opening) this.#over();
  }

  /** The sockets are closed. */
  #closed(error: Error | undefined): void {
    beginTurn();
    this.#sockets = undefined;
    this.#engine = undefined;
    this.#stalled = false;
    this.#stopTimers();
    if (this.#state === "ending" || this.#closing !== undefined) {
      this.#pipe.closed = true;
      this.#host.lost(this.#pipe.dropQueue(), this.#pipe);
      return this.#over();
    }
    this.#state = "opening";
    this.#host.emit({ type: "disconnect", address: this.endpoint, ...(error && { error }) });
    this.#retry();
  }

  #over(): void {
    const told = this.#state !== "closed";
    this.#state = "closed";
    this.#pipe.closed = true;
    this.#pipe.updateHold();
    this.#host.leave(this.#pipe);
    if (told && this.#closing !== undefined) this.#host.emit({ type: "close", address: this.endpoint });
    this.#closing?.closed();
  }

  #attach(): boolean {
    if (this.#host.pattern.attach(this.#pipe)) {
      this.#host.enter(this.#pipe, this);
      return this.#attached = true;
    }
    this.#pipe.closed = true;
    return false;
  }

  #detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#host.pattern.detach(this.#pipe);
    this.#pipe.retire();
  }

  #stopTimers(): void {
    this.#deadline.stop();
    stopTimer(this.#retryTimer);
  }
}
