/**
 * The handler's side of RFC 27: reads requests from a ROUTER, has them decided, many at once, each within a time,
 * replies, and reports. With all that it imports it is loaded when the first authenticator is made.
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
import type { SocketCore } from "../socket/core.ts";
import type { AuthenticatorCounts } from "./authenticator.ts";
import type { AuthenticatorEvent } from "./events.ts";
import { failure, Policies } from "./policies.ts";
import { Reports } from "./reports.ts";
import type { Settings } from "./settings.ts";
import { undecided } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** Requests under way; more wait in the socket's queue, and then with the sockets that ask. */
export const MOST_AT_ONCE = 1024;
/** A request id is the asker's own affair; ours have at most 16 octets. */
const ID_MAX = 255;

/** One handler on one ROUTER, whose messages are its own. */
export class Handler {
  readonly #core: SocketCore;
  readonly #timeout: number;
  readonly #policies: Policies;
  readonly #reports: Reports;
  readonly #running = new Set<Running>();
  #waking = false;
  #over = false;

  /** Begins with what has come already. `timeout` in milliseconds; `settings` may change, `counts` does. */
  constructor(
    core: SocketCore,
    timeout: number,
    settings: Settings,
    counts: AuthenticatorCounts,
    tell: (event: AuthenticatorEvent) => void,
  ) {
    this.#core = core;
    this.#timeout = timeout;
    this.#reports = new Reports(counts, tell);
    this.#policies = new Policies(settings, (file, error) => this.#reports.fileFailed(file, error));
    this.prepare();
    this.wake();
  }

  /** Looks into folders that are new in the settings, so that what is wrong in them is told before a peer comes. */
  prepare(): void {
    this.#policies.prepare();
  }

  /** Something has come, or the socket was closed. No program's code may run. */
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
    if (delimiter < 0) return this.#reports.malformed("No delimiter");
    const envelope = message.slice(0, delimiter + 1);
    const frames = message.slice(delimiter + 1);
    const request = decodeZapRequest(frames);
    if (typeof request !== "string") return this.#decide(request, envelope);
    const id = frames[1];
    if (id !== undefined && id.length <= ID_MAX) this.#reply(envelope, id, undecided(500, request));
    this.#reports.malformed(request);
  }

  #decide(request: ZapRequest, envelope: Message): void {
    const running = new Running();
    let verdict: Verdict | Promise<Verdict>;
    try {
      verdict = this.#policies.decide(request, () => running.signal);
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
    this.#reports.decided(request, verdict);
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
