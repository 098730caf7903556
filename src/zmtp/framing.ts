/**
 * How messages look on the wire of one kind of connection, and the queue in which they wait in that form: ZMTP's
 * own framing here, WebSocket's in `ws`. A pipe knows one framing for its whole life.
 *
 * @module
 */

import { encodeCommand, encodeMessage, FanOut, WireQueue } from "./wire_queue.ts";

/** Messages that wait for a connection, encoded. */
export interface OutgoingQueue {
  /** Whole messages that wait. */
  readonly messages: number;
  /** Octets that wait. */
  readonly octets: number;
  /** The size of a batch. */
  slabSize: number;
  /** Whether nothing waits. */
  readonly empty: boolean;
  /** Adds a message. */
  append(frames: readonly Uint8Array[]): void;
  /** Adds octets as they are, which count as a message. */
  appendRaw(octets: Uint8Array): void;
  /** Takes the next batch, `undefined` if nothing waits; the memory under it is not written before `recycle`. */
  take(): Uint8Array[] | undefined;
  /** The batch has left. */
  recycle(): void;
  /** The batch was lost with its connection. */
  forget(): void;
  /** Drops all that waits; what is out stays out. */
  clear(): void;
}

/** One form of the wire. */
export interface Framing {
  /** Whether each chunk is a message of its own to who carries it, so that chunks must not be joined. */
  readonly separate: boolean;
  /** Makes the queue of a connection. */
  makeQueue(slabSize: number): OutgoingQueue;
  /** Adds one message that goes to other queues of this framing too, unchanged. */
  appendShared(message: readonly Uint8Array[], queue: OutgoingQueue): void;
  /** A command, ready to be written. */
  command(name: string, data: Uint8Array): Uint8Array;
  /** A message of one frame, which is given in two pieces, ready to be written. */
  message(head: Uint8Array, body: Uint8Array): Uint8Array;
}

const fanOut = new FanOut();

/** The v2 framing of ZMTP 2.0 and later (RFC 37, framing). */
export const ZMTP_FRAMING: Framing = {
  separate: false,
  makeQueue: (slabSize) => new WireQueue(slabSize),
  appendShared: (message, queue) => fanOut.append(message, queue as WireQueue),
  command: encodeCommand,
  message: encodeMessage,
};
