/**
 * What a runtime must give for byte streams (TCP, Unix sockets, TLS): push reads with pause and resume,
 * gather writes with a full/drained signal. Declarations only; `transports/` holds the implementations.
 *
 * Why push and not an async iterable: a promise per chunk costs latency and garbage and hides
 * back-pressure. Why a list of chunks: Node can gather them, Deno and Bun join the small ones, and no
 * layer above ever concatenates.
 *
 * @module
 */

/** Where a stream dials to or listens on. */
export interface StreamAddress {
  /** Host name or numeric address, without brackets. Absent for a Unix socket. */
  readonly host?: string;
  /** TCP port, 0 to let the system choose (listen only). */
  readonly port?: number;
  /** Path of a Unix socket; a leading NUL names one in Linux's abstract namespace. Absent for TCP. */
  readonly path?: string;
  /** Numeric address to dial from. */
  readonly sourceHost?: string;
  /** Port to dial from, 0 for any. */
  readonly sourcePort?: number;
  /** A descriptor that the system listens on already, in place of the address (`listen` without TLS only). */
  readonly descriptor?: number;
  /** The whole URL, for a host's own WebSocket (dial only). */
  readonly url?: string;
  /** The sub-protocols to offer with it, the one that is wanted most first. */
  readonly protocols?: readonly string[];
}

/** How TLS is spoken (RFC 8446). All certificates and keys are PEM text. */
export interface TlsSettings {
  /** The certificate to show, with those that lead to its authority; needed to listen. */
  readonly certificate?: string;
  /** The private key of the certificate. */
  readonly key?: string;
  /** Certificates of authorities to trust, beside or instead of the system's. */
  readonly trust?: string;
  /**
   * Whether the authorities that the runtime brings are trusted. Deno cannot be told to trust fewer in its own TLS:
   * there they always are, unless its environment says otherwise (`DENO_TLS_CA_STORE`).
   */
  readonly trustSystem: boolean;
  /** The name that the listener's certificate must have; default: the host that is dialled. */
  readonly serverName?: string;
  /** Milliseconds that a TLS handshake may take once there is a connection; 30 000 by default. */
  readonly handshakeTimeout?: number;
  /** Most connections of a listener in their TLS handshake: with one more the oldest is ended. 0 or absent: no bound. */
  readonly maxHandshakes?: number;
}

/** How a stream is opened. A setting that a runtime cannot make is ignored. */
export interface StreamSettings {
  /** `-1`: leave the system's default, `0`: off, `1`: on. */
  readonly keepAlive: number;
  /** Idle time before the first keep-alive probe in seconds, `-1`: system default. */
  readonly keepAliveIdle: number;
  /** Time between probes in seconds; `-1` or absent: system default. */
  readonly keepAliveInterval?: number;
  /** How many probes go unanswered before the end; `-1` or absent: system default. */
  readonly keepAliveCount?: number;
  /** Length of the queue of connections not yet accepted (listen only). */
  readonly backlog: number;
  /** `true`: names resolve to IPv6 as well, and `::` listens for IPv4 too. `false`: IPv4 only. */
  readonly ipv6: boolean;
  /** The octet for the type of service in IP's header; 0 or absent: the system's. */
  readonly typeOfService?: number;
  /** Certificates, for a transport that is TLS; any other ignores them. */
  readonly tls?: TlsSettings;
}

/** One open connection. It never keeps the process alive by itself. */
export interface ByteStream {
  /** The peer's numeric address (`"127.0.0.1:5555"`, `"[::1]:5555"`), or the path of a Unix socket. */
  readonly remote: string;
  /** Our own end's, in the same form. */
  readonly local: string;
  /** Of a host's own WebSocket: the sub-protocol that both sides agreed on. */
  readonly protocol?: string;
  /**
   * Takes these chunks in order. `true`: the memory is free for reuse at once, and more may be written.
   * `false`: the chunks (and the memory under them) belong to the stream until `onDrain`, and nothing
   * may be written before that. Writing to a closed stream does nothing and answers `false`.
   */
  write(chunks: readonly Uint8Array[]): boolean;
  /**
   * Whether octets that `write` took have not left the process: for adapters that answer `true` because they
   * copied. Absent in those where `true` means that the system has them.
   */
  readonly unsent?: boolean;
  /**
   * Stops reading. A chunk already read may still arrive, and on Bun, which reads on after a reset, all that was left,
   * with `onClose` behind it.
   */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /**
   * Sends what was written, then closes. `onClose` follows; `onDrain` does not. What still comes is let go, so that
   * the peer's writes do not block its reads: `patience` octets of it, all if absent. A peer that writes more has the
   * connection destroyed.
   */
  end(patience?: number): void;
  /** Drops everything and closes now. `onClose` follows. */
  destroy(): void;
}

/** Who uses the connection. Never called from inside `write`, `dial` or `accept` itself. */
export interface ByteStreamSink {
  /** Octets from the peer. The chunk is the sink's to keep: the adapter never writes to it again. */
  onData(chunk: Uint8Array): void;
  /** All that the last `write` (which answered `false`) took has left; write again. */
  onDrain(): void;
  /** The connection is over: exactly once, last. Without an error it was closed in order by either side. */
  onClose(error?: Error): void;
  /**
   * Where the next octets should go, if the sink waits for many and knows the place. An adapter that can
   * read into given memory asks before each read, and answers with `onFilled` instead of `onData`.
   * An adapter that cannot never calls it.
   */
  target?(): Uint8Array | undefined;
  /** The first `length` octets of what `target` returned were filled (at least one). */
  onFilled?(length: number): void;
}

/** A listening socket. It never keeps the process alive by itself. */
export interface StreamListener {
  /** The address in use, with the port that the system chose. */
  readonly address: StreamAddress;
  /** How many connections are on their way to `accept`, if any can be: in TLS's handshake, before their request. */
  readonly handshakes?: number;
  /** Accepts no more; open connections live on. Resolves when the address is free again. */
  close(): Promise<void>;
}

/** One kind of stream of one runtime. Errors carry the system's name in `code` (`"ECONNREFUSED"`). */
export interface StreamTransport {
  /**
   * Opens a connection; resolves a name anew each time. Rejects with the system's error, or with the
   * signal's reason after an abort (the connection is then closed).
   */
  dial(
    address: StreamAddress,
    settings: StreamSettings,
    sink: ByteStreamSink,
    signal: AbortSignal,
  ): Promise<ByteStream>;
  /**
   * Listens. `accept` gets each new connection (by TLS: when its handshake is done) and answers with its sink; an
   * exception there closes that connection only. `failed` hears of accepts that failed (out of descriptors, or a
   * TLS handshake that failed or took too long); the listener goes on.
   */
  listen(
    address: StreamAddress,
    settings: StreamSettings,
    accept: (stream: ByteStream) => ByteStreamSink,
    failed: (error: Error) => void,
  ): Promise<StreamListener>;
  /**
   * The same at once, with a numeric host or a path, errors thrown. The test of a socket file that may be stale
   * takes time, so any file in the way is EADDRINUSE here.
   */
  listenSync?(
    address: StreamAddress,
    settings: StreamSettings,
    accept: (stream: ByteStream) => ByteStreamSink,
    failed: (error: Error) => void,
  ): StreamListener;
}
