/**
 * Types that programs written for zeromq.js import by name, and that this module says otherwise: options are an
 * interface for each class here, such as `DealerOptions`, and an `Observer` stands for itself.
 *
 * @module
 */

import type { EventOfType, EventType } from "./monitor.ts";
import type { Socket, WithContext } from "./socket.ts";

/**
 * What the constructor of a socket's class takes: all that can be assigned to such a socket, and its context. For
 * the classes of this module their own interfaces, such as {@linkcode DealerOptions}, say the same.
 *
 * @example
 * ```ts
 * import { Socket, type SocketOptions } from "@puremq/zmq";
 *
 * class Impatient extends Socket {
 *   constructor(options?: SocketOptions<Impatient>) {
 *     super(5, { linger: 0, ...options }); // 5 is DEALER
 *   }
 * }
 * new Impatient({ connectTimeout: 200 }).close();
 * ```
 */
export type SocketOptions<S extends Socket> =
  & { [K in AssignableKeys<S>]?: K extends "routingId" ? NonNullable<S[K]> : S[K] }
  & WithContext;

/** The names of what can be assigned to an object: no methods, and nothing that is `readonly`. */
export type AssignableKeys<T> = {
  [K in keyof T]-?: T[K] extends (...values: never[]) => unknown ? never
    : (<U>() => U extends Pick<T, K> ? 1 : 2) extends
      (<U>() => U extends { -readonly [P in K]: T[P] } ? 1 : 2) ? K
    : never;
}[keyof T];

/** Who calls back for events: what {@linkcode Observer} can do for a listener. */
export interface EventSubscriber {
  /** Calls back for each event of this type. */
  on<E extends EventType>(type: E, listener: (event: EventOfType<E>) => void): EventSubscriber;
  /** Calls back no more. */
  off<E extends EventType>(type: E, listener: (event: EventOfType<E>) => void): EventSubscriber;
}
