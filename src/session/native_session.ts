/**
 * What a session can do beyond a page's: wait until its engine can be made, ask an authentication handler, read large
 * bodies to their place, and give way to other connections.
 *
 * @module
 */

import type { ProtocolError } from "../base/errors.ts";
import { beginTurn } from "../io/flusher.ts";
import type { ByteStream } from "../io/stream.ts";
import { afterTurn, now } from "../io/timers.ts";
import type { Inquiry, ZapReply } from "../mechanism/zap.ts";
import { StreamSession } from "./stream_session.ts";
import type { AskingSession } from "./stream_session.ts";

/**
 * Milliseconds of work for one peer after which the others have a turn. Runtimes read on while there is something to
 * read: Deno without an end, for what is there is answered within the turn, Node 32 and Bun 10 times in a row.
 */
const SHARE = 8;
/** From so many on it is worth knowing whether the others have a turn anyway. */
const MUCH = 1;

/** One connection. */
export class NativeSession extends StreamSession implements AskingSession {
  /** What came before the engine could be made. */
  #early: Uint8Array[] | undefined;
  /** What forgets the question to the authentication handler. */
  #forget: (() => void) | undefined;
  /** Milliseconds of work since the others had a turn. */
  #worked = 0;
  #watching = false;

  /** The stream is open, and is not read before `start`. */
  hold(stream: ByteStream): void {
    this.stream = stream;
    stream.pause();
  }

  /** The stream is open, or was held until now. */
  override start(stream: ByteStream): void {
    const { loading } = this.protocol;
    const held = this.stream !== undefined;
    if (loading === undefined && !held) return super.start(stream);
    if (!held) this.hold(stream);
    if (loading === undefined) this.#beginLate(stream);
    else loading.then(() => this.#beginLate(stream), (error) => this.abort(error));
  }

  protected override keep(chunk: Uint8Array): void {
    (this.#early ??= []).push(chunk);
  }

  override onData(chunk: Uint8Array): void {
    const begin = now();
    super.onData(chunk);
    this.#giveWay(begin);
  }

  onFilled(length: number): void {
    beginTurn();
    if (this.state === "ending" || this.state === "closed") return;
    this.octetsIn += length;
    const begin = this.activeAt = now();
    this.engine!.filled(length, begin);
    this.drive();
    this.#giveWay(begin);
  }

  target(): Uint8Array | undefined {
    return this.state === "open" ? this.engine?.target() : undefined;
  }

  override onClose(error?: Error): void {
    this.#forget?.();
    super.onClose(error);
  }

  override authenticate(inquiry: Inquiry): void {
    this.#forget = this.owner.sessionAsks(this, inquiry);
  }

  authenticated(answer: ZapReply | ProtocolError): void {
    if (this.state !== "open") return;
    this.#forget = undefined;
    this.engine!.authenticated!(answer);
    this.resume();
    this.drive();
  }

  /** Who has had its share is not read before the next turn; `paused` is another matter, and may come to it. */
  #giveWay(begin: number): void {
    this.#worked += now() - begin;
    if (this.#worked < MUCH) return;
    this.#watch();
    if (this.#worked < SHARE) return;
    this.#worked = 0;
    if (this.paused || this.state !== "open") return;
    this.stream!.pause();
    afterTurn(() => {
      if (!this.paused && (this.state === "open" || this.state === "finishing")) this.stream!.resume();
    });
  }

  /**
   * The work of one turn counts. To pause after each 8 ms of all turns' work took 5 to 10 % of the throughput on Deno,
   * where who keeps up with its peer leaves turns to others by itself.
   */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    afterTurn(() => {
      this.#watching = false;
      this.#worked = 0;
    });
  }

  #beginLate(stream: ByteStream): void {
    if (this.state !== "open") return;
    this.begin(stream);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const chunk of early) this.onData(chunk);
    // Unless they were more than the engine takes now: an authentication handler may be asked.
    if (!this.paused) stream.resume();
  }
}
