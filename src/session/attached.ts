/**
 * Connections that the program's own server accepted: each is bound by itself, to no address, and gone with its
 * stream.
 *
 * @module
 */

import type { ByteStream, ByteStreamSink } from "../io/stream.ts";
import type { Pipe } from "../pipe/pipe.ts";
import type { LinkHost } from "./link.ts";
import { Listener } from "./listener.ts";
import type { StreamProtocol } from "./stream_session.ts";

/** A place for one connection. */
export class Attached {
  /** The endpoint that events name. */
  readonly endpoint: string;
  /** Nothing was bound, and nothing is unbound. */
  readonly told = false;
  /** Told when the connection is over. */
  onOver: () => void = () => {};
  readonly #listener: Listener;
  #accept!: (stream: ByteStream) => ByteStreamSink;
  #closed = false;
  /** Ends what has not become a connection yet. */
  #giveUp: () => void;

  constructor(host: LinkHost, endpoint: string, protocol: StreamProtocol, giveUp: () => void) {
    this.endpoint = endpoint;
    this.#giveUp = giveUp;
    const transport = {
      dial: () => Promise.reject(new Error("Nothing is dialled here")),
      listen: () => Promise.reject(new Error("Nothing is listened to here")),
      listenSync: (_address: unknown, _settings: unknown, accept: (stream: ByteStream) => ByteStreamSink) => {
        this.#accept = accept;
        return { address: {}, close: () => Promise.resolve() };
      },
    };
    const settings = { keepAlive: -1, keepAliveIdle: -1, backlog: 0, ipv6: false };
    this.#listener = Listener.openSync(
      { endpoint, transport, address: {}, settings },
      host,
      protocol,
      () => endpoint,
    );
  }

  get handshakes(): number {
    return this.#listener.handshakes;
  }

  get pipes(): Iterable<Pipe> {
    return this.#listener.pipes;
  }

  /** The connection is open. */
  accept(stream: ByteStream): ByteStreamSink {
    this.#giveUp = () => {};
    if (this.#closed) stream.destroy();
    const sink = this.#accept(stream);
    return {
      onData: (chunk) => sink.onData(chunk),
      onDrain: () => sink.onDrain(),
      onClose: (error) => {
        sink.onClose(error);
        this.over();
      },
      target: () => sink.target?.(),
      onFilled: (length) => sink.onFilled?.(length),
    };
  }

  /** It is over, or will never be. */
  over(): void {
    this.#giveUp = () => {};
    this.onOver();
  }

  /** There was never a place to listen at. */
  stopListening(): void {}

  /** Ends the connection; what waits is sent within `linger` milliseconds. */
  async close(linger: number): Promise<void> {
    this.#closed = true;
    this.#giveUp();
    await this.#listener.close(linger);
  }
}
