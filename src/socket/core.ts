/**
 * The inside of a socket: its pattern, its options, its endpoints, the callers that wait and the observers. The
 * public classes are thin doors to it.
 *
 * @module
 */

import { EMPTY, encodeText } from "../base/bytes.ts";
import { ZmqError } from "../base/errors.ts";
import type { ProtocolError, ZmqErrorCode } from "../base/errors.ts";
import { InprocPipe } from "../inproc/pipe.ts";
import type { InprocHost } from "../inproc/registry.ts";
import type { Peer } from "../io/engine.ts";
import { afterTurn, hold, release } from "../io/timers.ts";
import type { Inquiry, ZapReply } from "../mechanism/zap.ts";
import { give, retain } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import type { Pattern, PatternHost } from "../pattern/pattern.ts";
import type { TypeInfo } from "../pattern/types.ts";
import type { DropCounts, DropReason } from "../pipe/drops.ts";
import { noDrops } from "../pipe/drops.ts";
import type { Pipe, PipeOrigin } from "../pipe/pipe.ts";
import { Departed } from "../session/departed.ts";
import type { LinkCounts, LinkEvent, LinkHost } from "../session/link.ts";
import type { StreamPipeOptions } from "../session/stream_pipe.ts";
import { addressingOf } from "./addressing.ts";
import type { Addressing } from "./addressing.ts";
import { acceptFilterTakes } from "./accept_filter.ts";
import { nextTurn, spend } from "./budget.ts";
import type { ContextCore } from "./context_core.ts";
import { DropReports } from "./drop_reports.ts";
import { Endpoints } from "./endpoints.ts";
import { warnIfLate } from "./late_option.ts";
import { batchSizeOf, makeEngineOptions } from "./engine_options.ts";
import type { EngineOptions } from "./engine_options.ts";
import { toParts } from "./message_parts.ts";
import type { Event } from "./monitor.ts";
import { SocketOptionValues } from "./option_values.ts";
import { askHandler } from "./security.ts";
import { Ledger } from "./statistics.ts";
import { WaitingLine } from "./waiting.ts";
import type { OperationOptions, SendingOptions } from "./waiting.ts";

/** Who moves a socket's messages in place of the program: a device. */
export interface Relay {
  /** Something can be received or sent that could not be, or the socket was closed. No program's code may run. */
  wake(): void;
}

const DONE: Promise<void> = Promise.resolve();

/** One socket. */
export class SocketCore implements PatternHost, LinkHost, InprocHost {
  readonly type: TypeInfo;
  readonly options: SocketOptionValues;
  readonly pattern: Pattern;
  readonly context: ContextCore;
  readonly endpoints: Endpoints;
  readonly dropCounts: DropCounts = noDrops();
  readonly counts: LinkCounts = { reconnects: 0, protocolErrors: 0 };
  readonly ledger: Ledger = new Ledger();
  readonly departed: Departed;
  closed = false;
  /** Why the program may not send and receive, if it may not. */
  #barred: "EBADF" | "EBUSY" | undefined;
  #relay: Relay | undefined;
  #waking = false;
  #engineOptions: EngineOptions | undefined;
  /** What the program says and hears beside a message's parts, if its type has such a thing. */
  readonly addressing: Addressing | undefined;
  readonly #senders = new WaitingLine<Uint8Array[], true>();
  readonly #receivers = new WaitingLine<undefined, Message>();
  readonly #observers = new Set<(event: Event) => void>();
  readonly #dropReports = new DropReports((event) => this.emit(event));
  #closing: Promise<void> | undefined;

  constructor(type: TypeInfo, context: ContextCore) {
    this.type = type;
    this.context = context;
    context.add(this);
    this.options = new SocketOptionValues(context.options);
    this.departed = new Departed(this.options);
    this.pattern = this.type.make(this);
    this.addressing = addressingOf(type.name);
    this.endpoints = new Endpoints(this);
  }

  // Sending and receiving.

  send(message: unknown, options?: SendingOptions): Promise<void> {
    if (this.#barred !== undefined) throw new ZmqError(this.#barred);
    let parts = this.addressing === undefined ? toParts(message) : this.addressing.toParts(message, options);
    if (parts.length === 0) return DONE;
    if (options?.transfer) parts = give(parts);
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#senders.empty) {
      try {
        if (this.pattern.send(parts)) return spend(parts[0]!.length) ? DONE : nextTurn(undefined);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const timeout = checkTimeout(options?.timeout ?? this.options.sendTimeout);
    const refusal = () => new ZmqError(this.pattern.sendRefusal(parts));
    if (timeout === 0) return Promise.reject(refusal());
    return this.#senders.add(retain(parts), timeout, signal, refusal) as Promise<unknown> as Promise<void>;
  }

  trySend(message: unknown, options?: unknown): boolean {
    if (this.#barred !== undefined) throw new ZmqError(this.#barred);
    const parts = this.addressing === undefined
      ? toParts(message)
      : this.addressing.toParts(message, options);
    if (parts.length === 0) return true;
    return this.#senders.empty && this.pattern.send(parts);
  }

  receive(options?: OperationOptions): Promise<Message> {
    if (this.#barred !== undefined) throw new ZmqError(this.#barred);
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#receivers.empty) {
      const message = this.#receiveNow();
      if (message !== undefined) {
        return spend(message[0]!.length) ? Promise.resolve(message) : nextTurn(message);
      }
    }
    const timeout = checkTimeout(options?.timeout ?? this.options.receiveTimeout);
    const refusal = () => new ZmqError(this.pattern.receiveRefusal());
    if (timeout === 0) return Promise.reject(refusal());
    return this.#receivers.add(undefined, timeout, signal, refusal);
  }

  tryReceive(): Message | undefined {
    if (this.#barred !== undefined) throw new ZmqError(this.#barred);
    return this.#receivers.empty ? this.#receiveNow() : undefined;
  }

  async receiveMany(most: number, options?: OperationOptions): Promise<Message[]> {
    const messages = [await this.receive(options)];
    while (messages.length < most && this.#barred === undefined) {
      const message = this.tryReceive();
      if (message === undefined) break;
      messages.push(message);
    }
    return messages;
  }

  get canReceive(): boolean {
    return this.#barred === undefined && this.pattern.readable;
  }

  get canSend(): boolean {
    return this.#barred === undefined && this.pattern.writable;
  }

  // Devices.

  /** Gives the messages to a device. EBUSY if another has them, or calls wait. */
  occupy(relay: Relay): void {
    if (this.closed) throw new ZmqError("EBADF");
    if (this.#relay !== undefined || !this.#senders.empty || !this.#receivers.empty) {
      throw new ZmqError("EBUSY");
    }
    this.#relay = relay;
    this.#barred = "EBUSY";
  }

  /** The device has ended: the messages are the program's again. */
  vacate(): void {
    this.#relay = undefined;
    this.#barred = this.closed ? "EBADF" : undefined;
  }

  /** Takes nothing new from the peers that are there, or does so again. */
  halt(on: boolean): void {
    for (const pipe of [...this.endpoints.pipes()]) pipe.halt(on);
  }

  // What the pattern tells.

  /**
   * One microtask later: a sender and a receiver of the same thread that each await in a loop then run in step,
   * and neither ever waits. Answered at once, the receiver would wait anew for each message, and that costs
   * three times a message that is there already.
   */
  readable(): void {
    if (this.#relay !== undefined) return this.#relay.wake();
    if (this.#receivers.empty || this.#waking) return;
    this.#waking = true;
    queueMicrotask(this.#wake);
  }

  readonly #wake = (): void => {
    this.#waking = false;
    if (!this.closed) this.#receivers.serve(this.#receiveNow);
  };

  readonly #receiveNow = (): Message | undefined => {
    const message = this.pattern.receive();
    return message === undefined || this.addressing === undefined
      ? message
      : this.addressing.fromParts(message);
  };

  writable(): void {
    if (this.#relay !== undefined) return this.#relay.wake();
    if (!this.#senders.empty) this.#senders.serve((parts) => this.pattern.send(parts) || undefined);
  }

  random(length: number): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(length));
  }

  dropped(pipe: Pipe | undefined, reason: DropReason): void {
    this.#dropped(pipe, reason, 1);
  }

  later(step: () => void): void {
    afterTurn(() => {
      if (!this.closed) step();
    });
  }

  lost(messages: number, pipe?: Pipe): void {
    if (messages > 0) this.#dropped(pipe, "lost", messages);
  }

  malformed(pipe: Pipe): void {
    this.#dropped(pipe, "malformed", 1);
  }

  #dropped(pipe: Pipe | undefined, reason: DropReason, messages: number): void {
    this.dropCounts[reason] += messages;
    if (pipe !== undefined) (pipe.drops ??= noDrops())[reason] += messages;
    if (this.#observers.size > 0) this.#dropReports.add(pipe, reason, messages);
  }

  enter(pipe: Pipe, origin: PipeOrigin): void {
    pipe.origin = origin;
    this.ledger.pipes.add(pipe);
  }

  leave(pipe: Pipe): void {
    this.ledger.leave(pipe);
  }

  // What connectors, listeners and inproc need.

  readonly pipeOptions: StreamPipeOptions = livePipeOptions(this);

  /** What engines are made with, shared by all connections until an option changes. */
  get engineOptions(): EngineOptions {
    return this.#engineOptions ??= makeEngineOptions(this);
  }

  authenticate(
    inquiry: Inquiry,
    remote: string,
    answer: (answer: ZapReply | ProtocolError) => void,
  ): () => void {
    return askHandler(this, inquiry, remote, answer);
  }

  allows(remote: string): boolean {
    return acceptFilterTakes(this.options.tcpAcceptFilter, remote);
  }

  get self(): Peer {
    return {
      socketType: this.type.name,
      routingId: this.type.named ? this.options.routingId ?? EMPTY : EMPTY,
      subscribeCommands: true,
      metadata: new Map(this.properties().map(([name, value]) => [name.toLowerCase(), value])),
    };
  }

  accepts(socketType: string): boolean {
    return this.type.peers.includes(socketType);
  }

  makePipe(connectRoutingId?: Uint8Array): InprocPipe {
    const { sendHighWaterMark, receiveHighWaterMark } = this.options;
    const pipe = new InprocPipe(this.pattern, sendHighWaterMark, receiveHighWaterMark, this.conflates);
    pipe.connectRoutingId = connectRoutingId;
    return pipe;
  }

  disconnected(name: string, peer: Peer, error: Error): void {
    if (!this.closed) this.emit({ type: "disconnect", address: `inproc://${name}`, peer, error });
  }

  get conflates(): boolean {
    return this.options.conflate && this.type.conflates;
  }

  optionChanged(name: string): void {
    this.#engineOptions = undefined;
    warnIfLate(this, name);
    if (name === "sendHighWaterMark" || name === "receiveHighWaterMark") {
      for (const pipe of this.endpoints.pipes()) {
        pipe.setHighWaterMarks(this.options.sendHighWaterMark, this.options.receiveHighWaterMark);
      }
    }
  }

  // Events.

  observe(observer: (event: Event) => void): () => void {
    if (this.closed) throw new ZmqError("ENOTSOCK");
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  emit(event: LinkEvent): void {
    if (this.#observers.size === 0) return;
    const { session, peer = session?.peer, ...rest } = event;
    this.tell({
      ...rest,
      ...(session && { connection: session.id, remote: session.remote }),
      ...(peer && {
        socketType: peer.socketType,
        routingId: session?.pipe?.routingId ?? peer.routingId,
        metadata: peer.metadata,
      }),
    } as Event);
  }

  tell(event: Event): void {
    for (const observer of this.#observers) observer(event);
  }

  // The end.

  /** Closes; resolves when nothing lingers any more. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    // A message that came in this very turn is for who waits for it.
    if (!this.#receivers.empty) this.#receivers.serve(this.#receiveNow);
    this.closed = true;
    this.#barred = "EBADF";
    this.#relay?.wake();
    const again: ZmqErrorCode = "EAGAIN";
    this.#senders.rejectAll(() => new ZmqError(again));
    this.#receivers.rejectAll(() => new ZmqError(again));
    // Sockets and listeners of the runtimes are unreferenced: without this a program could end before them.
    hold();
    return this.#closing = this.endpoints.close(this.options.linger).then(() => {
      release();
      this.context.remove(this);
      this.#dropReports.tell();
      this.tell({ type: "end" });
    });
  }

  /** What we say of ourselves in a handshake. */
  properties(): [string, Uint8Array][] {
    const properties: [string, Uint8Array][] = [["Socket-Type", encodeText(this.type.name)]];
    // RFC 37: REQ, DEALER and ROUTER announce an identity, an empty one if they have none.
    if (this.type.named) properties.push(["Identity", this.options.routingId ?? EMPTY]);
    for (const [name, value] of this.options.ownProperties) properties.push([name, value]);
    return properties;
  }
}

/** The options that pipes read, as they are when they are read. */
function livePipeOptions(core: SocketCore): StreamPipeOptions {
  return {
    get sendHighWaterMark() {
      return core.options.sendHighWaterMark;
    },
    get receiveHighWaterMark() {
      return core.options.receiveHighWaterMark;
    },
    get conflate() {
      return core.conflates;
    },
    get raw() {
      return core.type.raw;
    },
    get batchSize() {
      return batchSizeOf(core);
    },
    linger: () => core.options.linger,
  };
}

function checkTimeout(timeout: number): number {
  if (typeof timeout !== "number") throw new TypeError(`timeout must be a number, not ${typeof timeout}`);
  if (!(timeout >= -1)) throw new RangeError(`timeout must be -1 or more, not ${timeout}`);
  return timeout;
}

declare function queueMicrotask(callback: () => void): void;
declare const crypto: { getRandomValues(octets: Uint8Array): Uint8Array };
