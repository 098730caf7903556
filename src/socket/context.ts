/**
 * Contexts: what sockets that talk by inproc have in common.
 *
 * @module
 */

import type { ThreadLike } from "../inproc/hello.ts";
import type { Transports } from "../io/transports.ts";
import { ContextCore } from "./context_core.ts";
import type { ContextOptions, ContextProperties } from "./context_options.ts";
import { assignOptions, defineContextOptions, optionClosed, optionValues } from "./option_access.ts";
import { statisticsOf } from "./statistics.ts";
import type { ContextStatistics } from "./statistics.ts";
import { ContextOptionsByNumber } from "./options_by_number.ts";

const CORE = Symbol("core");

interface WithCore {
  readonly [CORE]: ContextCore;
}

/** What a context has to read and assign. */
export interface Context extends ContextProperties {}

/**
 * A set of sockets with names of their own for `inproc://`, and defaults for their options. Most programs need
 * none but the default one, {@linkcode context}.
 *
 * @example
 * ```ts
 * import { Context, Pair } from "@puremq/zmq";
 *
 * await using context = new Context({ blocky: false });
 * const a = new Pair({ context });
 * const b = new Pair({ context });
 * await a.bind("inproc://here");
 * b.connect("inproc://here");
 * await b.send("hello");
 * console.log(String((await a.receive())[0]));
 * // Leaving the block closes both sockets.
 * ```
 */
export class Context extends ContextOptionsByNumber {
  /** Makes a context. `transports` stands in for the runtime's own, for tests and odd hosts. */
  constructor(options?: ContextOptions & { readonly transports?: Transports }) {
    super();
    if (options !== undefined && (typeof options !== "object" || options === null)) {
      throw new TypeError("Options must be an object");
    }
    if (arguments.length > 1) throw new TypeError(`Expected 1 argument but received ${arguments.length}`);
    const { transports, ...rest } = options ?? {};
    const core = new ContextCore(transports);
    Object.defineProperties(this, {
      [CORE]: { value: core },
      [optionValues]: { value: core.options },
      [optionClosed]: { get: () => core.closed },
    });
    assignOptions(this, rest);
    Object.preventExtensions(this);
  }

  /** Whether the context was closed. */
  get closed(): boolean {
    return contextCore(this).closed;
  }

  /**
   * Shares the context's `inproc://` names with a Worker, so that sockets of both threads, and of all threads that
   * are attached to either, reach each other: PUB and SUB, REQ and REP, any types, bound and connected in any order.
   * The Worker says {@linkcode Context.join}.
   *
   * Call it in the turn of the event loop in which the Worker is made. Nothing is ever sent over the channel that
   * the program itself uses, but for one message of the Worker, which is caught before the program sees it. A Worker
   * that ends, in order or not, takes its names with it, and its connections: those that it left without a word end
   * with a `disconnect` event whose error is ECONNRESET.
   *
   * Octets go through shared memory where there may be some, else (in a page without cross-origin isolation) in
   * buffers that change hands.
   *
   * @param thread A Worker, of the web's kind or of `node:worker_threads`, or a `MessagePort` that leads to a thread
   * and is used for nothing else
   * @throws {ZmqError} ETERM
   *
   * @example
   * ```ts
   * import { context, Pull } from "@puremq/zmq";
   *
   * const worker = new Worker(new URL("data:text/javascript,"), { type: "module" });
   * context.attach(worker); // there: await context.join(), then push.connect("inproc://results")
   *
   * const pull = new Pull();
   * await pull.bind("inproc://results");
   *
   * pull.close();
   * worker.terminate();
   * ```
   */
  attach(thread: ThreadLike): void {
    contextCore(this).attach(thread);
  }

  /**
   * In a Worker: shares the `inproc://` names of the thread that made it, which says {@linkcode Context.attach}.
   * Resolves when it is done; nothing need wait for that, neither `bind`, which asks the other threads whether the
   * name is free, nor `connect`. `bindSync` cannot ask, and is ENOTSUP for `inproc://` from here on.
   *
   * @param above Another thread than that which made this one: a `MessagePort` whose other end it has attached
   * @throws {ZmqError} ENOTSUP where there is no thread above, EBUSY if the context has joined one already, ETERM; at
   * once. ETIMEDOUT if nobody has called `attach` for ten seconds; as a rejection
   *
   * @example
   * ```ts
   * import { Context, Pull, Push } from "@puremq/zmq";
   *
   * // Each of these would be a thread's own; in a Worker it is `await context.join()`.
   * await using above = new Context({ blocky: false });
   * await using below = new Context({ blocky: false });
   * const { port1, port2 } = new MessageChannel();
   * above.attach(port1);
   * await below.join(port2);
   *
   * const pull = new Pull({ context: above });
   * await pull.bind("inproc://results");
   * const push = new Push({ context: below });
   * push.connect("inproc://results");
   * await push.send("from another thread");
   * console.log(String((await pull.receive())[0]));
   * ```
   */
  join(above?: ThreadLike): Promise<void> {
    return contextCore(this).join(above);
  }

  /**
   * What all sockets of the context have carried and what waits in them, as {@linkcode Socket.statistics} has it. Plain
   * JSON.
   *
   * @example
   * ```ts
   * import { context, Pull } from "@puremq/zmq";
   *
   * const pull = new Pull();
   * await pull.bind("tcp://127.0.0.1:*");
   * for (const { type, bound, connections } of context.inspect().sockets) console.log(type, bound, connections);
   * pull.close();
   * ```
   */
  inspect(): ContextStatistics {
    return { sockets: [...contextCore(this).sockets].map(statisticsOf) };
  }

  /**
   * Closes all sockets of the context and makes no more. Resolves when nothing lingers any more
   * (`zmq_ctx_term`).
   */
  close(): Promise<void> {
    return contextCore(this).close();
  }

  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

defineContextOptions(Context.prototype);

/** The context of all sockets that were given none. */
export const context: Context = new Context();

/** The core of a public context. Throws an EINVAL-like error for anything else, as zeromq.js does. */
export function contextCore(value: object): ContextCore {
  const core = (value as Partial<WithCore> | undefined)?.[CORE];
  if (core === undefined) throw new Error("Invalid argument");
  return core;
}
