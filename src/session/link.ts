/**
 * What connectors and listeners have in common: the socket that they work for, and the events that they tell.
 *
 * @module
 */

import type { ProtocolError, ZmqError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import type { StreamAddress, StreamSettings, StreamTransport } from "../io/stream.ts";
import type { Inquiry, ZapReply } from "../mechanism/zap.ts";
import type { Pattern } from "../pattern/pattern.ts";
import type { DropReason } from "../pipe/drops.ts";
import type { Pipe, PipeConnection, PipeOrigin } from "../pipe/pipe.ts";
import type { Departed } from "./departed.ts";
import type { StreamPipeOptions } from "./stream_pipe.ts";

/** What happened to a connection or an endpoint. */
export type LinkEventType =
  | "accept"
  | "accept:error"
  | "bind"
  | "bind:error"
  | "connect"
  | "connect:delay"
  | "connect:retry"
  | "close"
  | "disconnect"
  | "handshake"
  | "handshake:error:protocol"
  | "handshake:error:auth"
  | "handshake:error:other"
  | "loss"
  | "drop";

/** A connection, as events tell of it. */
export interface Connection {
  /** Unique in the process. */
  readonly id: number;
  /** The peer's address. */
  readonly remote: string;
  /** The peer, once the handshake is done. */
  readonly peer: Peer | undefined;
  /** The same for where its messages are. */
  readonly pipe: { readonly routingId: Uint8Array | undefined } | undefined;
}

/** An event, with what is known of the connection. */
export interface LinkEvent {
  readonly type: LinkEventType;
  /** The endpoint, as it was bound or connected. */
  readonly address: string;
  readonly session?: Connection;
  readonly peer?: Peer;
  readonly error?: Error;
  /** Milliseconds until the next try. */
  readonly interval?: number;
  /** Of a loss: whose data, the number of the first packet, and how many are missing; of a drop: how many. */
  readonly source?: string;
  readonly first?: number;
  readonly count?: number;
  readonly reason?: DropReason;
}

/** What a socket counts of its connections, for statistics. */
export interface LinkCounts {
  /** Connections that were lost and made again. */
  reconnects: number;
  /** Connections that ended because the peer broke the protocol. */
  protocolErrors: number;
}

/** The socket, as connectors and listeners see it. */
export interface LinkHost {
  readonly pattern: Pattern;
  /** Live: changes take effect as `socket/options.ts` says. */
  readonly options: {
    readonly immediate: boolean;
    readonly reconnectInterval: number;
    readonly reconnectMaxInterval: number;
    readonly reconnectStop: number;
    readonly connectTimeout: number;
    readonly maxHandshakes: number;
    readonly maxConnectionsPerAddress: number;
  };
  readonly pipeOptions: StreamPipeOptions;
  readonly departed: Departed;
  emit(event: LinkEvent): void;
  /** Asks the authentication handler of a peer at this address; the answer comes later. Answers what forgets it. */
  authenticate(
    inquiry: Inquiry,
    remote: string,
    answer: (answer: ZapReply | ProtocolError) => void,
  ): () => void;
  /** Whether connections from this address are taken (`ZMQ_TCP_ACCEPT_FILTER`). */
  allows(remote: string): boolean;
  /** Messages that were accepted and are lost with their connection. */
  lost(messages: number, pipe: Pipe): void;
  /** A pipe of this endpoint is there, or is no more: for statistics. */
  enter(pipe: Pipe, origin: PipeOrigin): void;
  leave(pipe: Pipe): void;
  /** Is told of a connection that is over, with the octets that no pipe has counted. */
  readonly ledger: { spent(connection: PipeConnection): void };
  readonly counts: LinkCounts;
  /** A datagram that was dropped for what is in it. */
  malformed(pipe: Pipe): void;
}

/** Where a link leads. */
export interface LinkTarget {
  /** The endpoint as text. */
  readonly endpoint: string;
  readonly transport: StreamTransport;
  readonly address: StreamAddress;
  readonly settings: StreamSettings;
}

/** What is nobody's fault against the protocol (libzmq's HANDSHAKE_FAILED_NO_DETAIL; behind the handshake, silence). */
const NO_DETAIL = new Set([
  "ERR_ZMTP_HANDSHAKE_TIMEOUT",
  "ERR_ZMTP_HEARTBEAT_TIMEOUT",
  "ERR_ZMTP_HALF_OPEN",
  "EFAULT",
  "EPIPE",
]);

/** The event of a peer that broke the protocol: of the handshake if it was in it, else `disconnect` tells. */
export function emitFailure(
  host: LinkHost,
  address: string,
  session: Connection,
  error: ProtocolError,
  pipe?: Pipe,
): void {
  const type = error.status !== undefined
    ? "handshake:error:auth"
    : NO_DETAIL.has(error.code)
    ? "handshake:error:other"
    : "handshake:error:protocol";
  if (type === "handshake:error:protocol") {
    host.counts.protocolErrors++;
    if (pipe !== undefined) pipe.protocolErrors++;
  }
  if (session.peer !== undefined) return;
  host.emit({ type, address, session, error });
}

/** The event of a connection that was closed at once for where it comes from. */
export function emitUnaccepted(
  host: LinkHost,
  address: string,
  { id, remote }: { readonly id: number; readonly remote: string },
  error: ZmqError,
): void {
  const session = { id, remote, peer: undefined, pipe: undefined };
  host.emit({ type: "accept:error", address, session, error });
}

/** The events of a connection that was refused before it was one of the socket's. */
export function emitRefusal(
  host: LinkHost,
  address: string,
  session: Connection,
  error: ProtocolError | undefined,
): void {
  host.emit({ type: "accept", address, session });
  if (error !== undefined) emitFailure(host, address, session, error);
  host.emit({ type: "disconnect", address, session, ...(error && { error }) });
}
