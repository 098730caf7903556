/**
 * What sockets that send, and sockets that receive, can do. The classes take these methods over, so that one
 * implementation serves all of them and none has a method that its type can't use.
 *
 * @module
 */

import type { Frame, MessageLike } from "../message/frame.ts";
import { streamFrom, streamInto } from "./streams.ts";
import { coreOf } from "./symbols.ts";
import type { OperationOptions, SendingOptions } from "./waiting.ts";

/** One or several parts, given to `send`. */
export type Parts = MessageLike | readonly MessageLike[];

/** A received message: its frames, at least one. */
export type Frames = [Frame, ...Frame[]];

/** What sockets that send can do. `M` is what a message is for them. */
export interface Writable<M = Parts> {
  /**
   * Sends a message: one part, or an array of parts that arrive together or not at all. Resolves when it is
   * queued for a peer, which is usually at once; waits while no peer can take it, up to `sendTimeout`. Calls
   * that wait are served in order.
   *
   * A part is octets (any view or buffer), text (sent as UTF-8), `null` (no octets), or anything with a text.
   * Octets up to 128 may be reused as soon as `send` has returned; larger ones belong to the socket until they
   * are written.
   *
   * @throws {ZmqError} EAGAIN after the time-out or when the socket is closed meanwhile, EHOSTUNREACH, EFSM; as
   * rejections. EBADF on a closed socket; at once
   */
  send(message: M, options?: SendingOptions): Promise<void>;
  /**
   * Sends without waiting: `false` if no peer can take the message now, and nothing was done.
   *
   * @throws {ZmqError} EBADF, EHOSTUNREACH
   */
  trySend(message: M): boolean;
  /**
   * The socket as a Web stream: each chunk written is sent as a message, and waits as `send` does. Closing or
   * aborting the stream leaves the socket open.
   */
  toWritableStream(): WritableStream<M>;
}

/** What sockets can do that send each message to somebody whom it names: `To` says how. */
export interface WritableTo<To> {
  /**
   * Sends a message of one part. Resolves when it is queued; waits while there is no room for it, up to
   * `sendTimeout`, unless its type drops it. Calls that wait are served in order. A part is what
   * {@linkcode Writable.send} takes.
   *
   * @throws {ZmqError} EINVAL for several parts, EHOSTUNREACH, EAGAIN; as rejections. EINVAL for an address that can
   * be none, EBADF on a closed socket; at once
   */
  send(message: MessageLike, options: To & SendingOptions): Promise<void>;
  /**
   * Sends without waiting: `false` if there is no room for the message now, and nothing was done.
   *
   * @throws {ZmqError} EBADF, EINVAL, EHOSTUNREACH
   */
  trySend(message: MessageLike, options: To): boolean;
  /**
   * The socket as a Web stream: each chunk is a message and where it goes, in the form in which they are received.
   * Closing or aborting the stream leaves the socket open.
   */
  toWritableStream(): WritableStream<readonly [MessageLike, To]>;
}

/** What sockets that receive can do. `M` is what a message is for them. */
export interface Readable<M extends readonly unknown[] = Frames> extends AsyncIterable<M> {
  /**
   * The next message, all its frames. Waits for one, up to `receiveTimeout`; calls that wait are served in
   * order. A call that is given up loses no message.
   *
   * @throws {ZmqError} EAGAIN after the time-out or when the socket is closed meanwhile, EFSM; as rejections.
   * EBADF on a closed socket; at once
   */
  receive(options?: OperationOptions): Promise<M>;
  /**
   * The next message if there is one.
   *
   * @throws {ZmqError} EBADF
   */
  tryReceive(): M | undefined;
  /**
   * All messages that are there, at least one and at most `most` (default 1000): waits as `receive` does. One
   * promise for many messages.
   */
  receiveMany(most?: number, options?: OperationOptions): Promise<M[]>;
  /**
   * The socket as a Web stream of messages. It ends when the socket is closed; cancelling it leaves the socket
   * open.
   */
  toReadableStream(): ReadableStream<M>;
  /**
   * Each message in turn. Ends when the socket is closed; `break` leaves the socket open. A time-out throws
   * EAGAIN.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<M, undefined, undefined>;
}

/** Gives a class the methods of sockets that send. */
export function makeWritable(prototype: object): void {
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(writable));
}

/** Gives a class the methods of sockets that receive. */
export function makeReadable(prototype: object): void {
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(readable));
}

const MOST = 1000;

const writable = {
  send(message: unknown, options?: SendingOptions): Promise<void> {
    return coreOf(this).send(message, options);
  },
  trySend(message: unknown, options?: unknown): boolean {
    return coreOf(this).trySend(message, options);
  },
  toWritableStream(): WritableStream<unknown> {
    return streamInto(coreOf(this));
  },
};

const readable = {
  receive(options?: OperationOptions): Promise<Frame[]> {
    return coreOf(this).receive(options);
  },
  tryReceive(): Frame[] | undefined {
    return coreOf(this).tryReceive();
  },
  receiveMany(most: number = MOST, options?: OperationOptions): Promise<Frame[][]> {
    if (!(most >= 1)) throw new RangeError(`most must be 1 or more, not ${most}`);
    return coreOf(this).receiveMany(most, options);
  },
  toReadableStream(): ReadableStream<Frame[]> {
    return streamFrom(coreOf(this));
  },
  [Symbol.asyncIterator](): AsyncIterableIterator<Frame[], undefined, undefined> {
    return iterate(coreOf(this));
  },
};

/** Written out: an async generator would cost two more promises a message. */
function iterate(core: ReturnType<typeof coreOf>): AsyncIterableIterator<Frame[], undefined, undefined> {
  let done = false;
  const end: IteratorReturnResult<undefined> = { done: true, value: undefined };
  return {
    next(): Promise<IteratorResult<Frame[], undefined>> {
      if (done || core.closed) return Promise.resolve(end);
      return core.receive().then(
        (value) => ({ done: false, value }),
        (error) => {
          // The end of the socket is the end of the loop, not an error.
          if (core.closed) return end;
          throw error;
        },
      );
    },
    return(): Promise<IteratorResult<Frame[], undefined>> {
      done = true;
      return Promise.resolve(end);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
