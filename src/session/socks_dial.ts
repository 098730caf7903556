/**
 * Dials through a SOCKS 5 proxy: a stream to the proxy, the conversation with it, and then the stream as if it had been
 * dialled directly. Until the proxy has said that we are connected, nothing of what it sends reaches the session.
 *
 * Loaded by the first endpoint that is connected by a proxy.
 *
 * @module
 */

import type {
  ByteStream,
  ByteStreamSink,
  StreamAddress,
  StreamSettings,
  StreamTransport,
} from "../io/stream.ts";
import { afterTurn, startTimer, stopTimer } from "../io/timers.ts";
import { SocksClient, SocksError } from "./socks.ts";

/** Where the proxy is, and what it is told. */
export interface SocksProxy {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Milliseconds that the conversation may take, 0 for no limit of its own. */
  patience(): number;
}

/** A transport that dials by the proxy; it listens as ever. */
export function bySocks(transport: StreamTransport, proxy: SocksProxy): StreamTransport {
  return { ...transport, dial: (...asked) => dial(transport, proxy, ...asked) };
}

async function dial(
  transport: StreamTransport,
  proxy: SocksProxy,
  { host = "", port = 0, ...source }: StreamAddress,
  settings: StreamSettings,
  sink: ByteStreamSink,
  signal: AbortSignal,
): Promise<ByteStream> {
  const { username, password } = proxy;
  const client = new SocksClient({ host, port, username, password });
  const conversation = new Conversation(client, sink);
  const there = { ...source, host: proxy.host, port: proxy.port };
  return await conversation.hold(await transport.dial(there, settings, conversation, signal), proxy, signal);
}

/** Between stream and session: with the proxy first, and transparent afterwards. */
class Conversation implements ByteStreamSink {
  readonly #client: SocksClient;
  readonly #sink: ByteStreamSink;
  #stream: ByteStream | undefined;
  #state: "talking" | "connected" | "open" | "failed" = "talking";
  /** What is said when the stream takes it. */
  #unsaid: Uint8Array[] = [];
  #writable = true;
  /** What came behind the proxy's reply, while the session has no stream. */
  #early: (() => void)[] = [];
  readonly #outcome: Promise<ByteStream>;
  /** Absent when the session has been given the stream. */
  #fulfil: ((stream: ByteStream) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  constructor(client: SocksClient, sink: ByteStreamSink) {
    this.#client = client;
    this.#sink = sink;
    this.#outcome = new Promise((fulfil, reject) => {
      this.#fulfil = fulfil;
      this.#reject = reject;
    });
  }

  /** Talks to the proxy; resolves when the stream is the session's. */
  hold(stream: ByteStream, proxy: SocksProxy, signal: AbortSignal): Promise<ByteStream> {
    this.#stream = stream;
    const patience = proxy.patience();
    const abort = (): void => this.#fail(signal.reason);
    const timer = patience > 0 ? startTimer(patience, () => this.#fail(late(patience))) : undefined;
    signal.addEventListener("abort", abort, { once: true });
    // Between the stream's opening and this call nobody listened.
    if (signal.aborted) abort();
    this.#unsaid.unshift(this.#client.greeting);
    this.#speak();
    this.#handOver();
    return this.#outcome.finally(() => {
      stopTimer(timer);
      signal.removeEventListener("abort", abort);
    });
  }

  onData(chunk: Uint8Array): void {
    if (this.#state === "open") return this.#sink.onData(chunk);
    if (this.#state === "connected") this.#early.push(() => this.#sink.onData(chunk));
    if (this.#state !== "talking") return;
    try {
      const answer = this.#client.receive(chunk);
      if (answer.length > 0) this.#say(answer);
    } catch (error) {
      return this.#fail(error);
    }
    if (!this.#client.connected) return;
    this.#state = "connected";
    const { rest } = this.#client;
    if (rest.length > 0) this.#early.push(() => this.#sink.onData(rest));
    this.#handOver();
  }

  onDrain(): void {
    if (this.#state === "open") return this.#sink.onDrain();
    this.#writable = true;
    this.#speak();
    this.#handOver();
  }

  onClose(error?: Error): void {
    if (this.#state === "open") return this.#sink.onClose(error);
    if (this.#state === "connected" && this.#fulfil === undefined) {
      this.#early.push(() => this.#sink.onClose(error));
    } else this.#fail(error ?? new SocksError("ECONNRESET", "The proxy has closed the connection"));
  }

  target(): Uint8Array | undefined {
    return this.#state === "open" ? this.#sink.target?.() : undefined;
  }

  onFilled(length: number): void {
    this.#sink.onFilled!(length);
  }

  #say(octets: Uint8Array): void {
    this.#unsaid.push(octets);
    this.#speak();
  }

  #speak(): void {
    const stream = this.#stream;
    if (stream === undefined || !this.#writable || this.#unsaid.length === 0) return;
    this.#writable = stream.write(this.#unsaid.splice(0));
  }

  /** The session expects a stream that takes a write, and to hear nothing before it has it. */
  #handOver(): void {
    const stream = this.#stream;
    if (this.#state !== "connected" || !this.#writable || stream === undefined) return;
    if (this.#fulfil === undefined) return;
    this.#fulfil(stream);
    this.#fulfil = undefined;
    afterTurn(() => {
      this.#state = "open";
      for (const each of this.#early.splice(0)) each();
    });
  }

  #fail(error: unknown): void {
    if (this.#fulfil === undefined) return;
    this.#state = "failed";
    this.#fulfil = undefined;
    this.#early = [];
    this.#unsaid = [];
    this.#reject!(error);
    this.#stream?.destroy();
  }
}

function late(milliseconds: number): SocksError {
  return new SocksError("ETIMEDOUT", `The proxy has not connected within ${milliseconds} ms`);
}
