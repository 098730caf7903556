/**
 * Contexts: what sockets that talk by inproc have in common.
 *
 * @module
 */

import type { Transports } from "../io/transports.ts";
import { ContextCore } from "./context_core.ts";
import type { ContextOptions, ContextProperties } from "./context_options.ts";
import {
  assignOptions,
  defineContextOptions,
  getContextOption,
  optionClosed,
  optionValues,
  setContextOption,
} from "./option_access.ts";

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
export class Context {
  /** Makes a context. `transports` stands in for the runtime's own, for tests and odd hosts. */
  constructor(options?: ContextOptions & { readonly transports?: Transports }) {
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

  /** Reads an option by its number in `zmq.h`. */
  protected getBoolOption(option: number): boolean {
    return getContextOption(hostOf(this), option, "bool") as boolean;
  }

  /** Sets an option by its number in `zmq.h`. */
  protected setBoolOption(option: number, value: boolean): void {
    setContextOption(hostOf(this), option, "bool", value);
  }

  /** Reads an option by its number in `zmq.h`. */
  protected getInt32Option(option: number): number {
    return getContextOption(hostOf(this), option, "int32") as number;
  }

  /** Sets an option by its number in `zmq.h`. */
  protected setInt32Option(option: number, value: number): void {
    setContextOption(hostOf(this), option, "int32", value);
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

function hostOf(value: object): Parameters<typeof getContextOption>[0] {
  return value as unknown as Parameters<typeof getContextOption>[0];
}
