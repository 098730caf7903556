/**
 * The handler's side of RFC 27: reads requests from a ROUTER, has them decided, many at once, each within a time,
 * and replies.
 *
 * It takes the messages from the socket as a device does, so that waiting for requests keeps no process alive.
 *
 * @module
 */

import { startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";
import { decodeZapRequest, encodeZapReply } from "../mechanism/zap.ts";
import type { ZapRequest } from "../mechanism/zap.ts";
import type { Message } from "../message/frame.ts";
import type { Relay, SocketCore } from "../socket/core.ts";
import { failure } from "./policies.ts";
import type { Verdict } from "./verdict.ts";
import { undecided } from "./verdict.ts";

/** What the handler is made for. */
export interface HandlerHost {
  /** Decides over a request, now or later. The signal is aborted when the answer counts no more. */
  decide(request: ZapRequest, signal: () => AbortSignal): Verdict | Promise<Verdict>;
  /** It was decided, and the reply is on its way. */
  decided(request: ZapRequest, verdict: Verdict): void;
  /** What came is no request of RFC 27. */
  malformed(reason: string): void;
  /** The socket is closed. */
  closed(): void;
}

/** Requests under way; more wait in the socket's queue, and then with the sockets that ask. */
export const MOST_AT_ONCE = 1024;
/** A request id is the asker's own affair; ours have at most 16 octets. */
const ID_MAX = 255;

/** One handler on one ROUTER. */
export class Handler implements Relay {
  readonly #core: SocketCore;
  readonly #host: HandlerHost;
  readonly #timeout: number;
  readonly #running = new Set<Running>();
  #waking = false;
  #over = false;

  /** `timeout` in milliseconds. */
  constructor(core: SocketCore, timeout: number, host: HandlerHost) {
    this.#core = core;
    this.#host = host;
    this.#timeout = timeout;
    core.occupy(this);
  }

  /** How many requests are under way. */
  get running(): number {
    return this.#running.size;
  }

  wake(): void {
    if (this.#core.closed) return this.#end();
    if (this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      while (!this.#over && this.#running.size < MOST_AT_ONCE) {
        const message = this.#core.pattern.receive();
        if (message === undefined) return;
        this.#take(message);
      }
    });
  }

  #take(message: Message): void {
    // RFC 27, proxy handlers: routing ids up to the empty delimiter, to be said again as they are.
    const delimiter = message.findIndex(({ length }) => length === 0);
    if (delimiter < 0) return this.#host.malformed("No delimiter");
    const envelope = message.slice(0, delimiter + 1);
    const frames = message.slice(delimiter + 1);
    const request = decodeZapRequest(frames);
    if (typeof request !== "string") return this.#decide(request, envelope);
    const id = frames[1];
    if (id !== undefined && id.length <= ID_MAX) this.#reply(envelope, id, undecided(500, request));
    this.#host.malformed(request);
  }

  #decide(request: ZapRequest, envelope: Message): void {
    const running = new Running();
    let verdict: Verdict | Promise<Verdict>;
    try {
      verdict = this.#host.decide(request, () => running.signal);
    } catch (error) {
      verdict = failure(error);
    }
    if (!(verdict instanceof Promise)) return this.#decided(request, envelope, verdict);
    if (this.#over) {
      // The callback itself has closed the authenticator.
      running.abort();
      verdict.catch(() => {});
      return;
    }
    this.#running.add(running);
    const settle = (verdict: Verdict) => {
      // Whatever comes second, the answer or the end of the time, counts no more.
      if (!this.#running.delete(running)) return;
      running.stop();
      this.#decided(request, envelope, verdict);
      this.wake();
    };
    running.timer = startTimer(this.#timeout, () => {
      running.abort();
      settle(undecided(300, `No decision within ${this.#timeout} ms`));
    });
    verdict.then(settle, (error: unknown) => settle(failure(error)));
  }

  #decided(request: ZapRequest, envelope: Message, verdict: Verdict): void {
    this.#reply(envelope, request.id, verdict);
    this.#host.decided(request, verdict);
  }

  /** A ROUTER drops, and counts, what is for an asker that has gone. */
  #reply(envelope: Message, id: Uint8Array, verdict: Verdict): void {
    this.#core.pattern.send([...envelope, ...encodeZapReply(id, verdict)]);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const running of this.#running) {
      running.stop();
      // Whoever listens is the program, which must not run inside of the socket's end.
      queueMicrotask(() => running.abort());
    }
    this.#running.clear();
    this.#host.closed();
  }
}

/** A decision that takes time. */
class Running {
  timer: Timer;
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  stop(): void {
    stopTimer(this.timer);
  }

  abort(): void {
    this.#controller?.abort();
  }
}

declare function queueMicrotask(callback: () => void): void;
