/**
 * What a socket has carried and dropped, as plain JSON. Pipes count on the way of each message, in fields of their
 * own; here they are summed up when somebody asks, and those of peers that have gone are kept as sums.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { now } from "../io/timers.ts";
import { decodeUtf8, toHex } from "../message/frame.ts";
import type { DropCounts } from "../pipe/drops.ts";
import { noDrops } from "../pipe/drops.ts";
import type { Pipe, PipeConnection } from "../pipe/pipe.ts";
import type { SocketCore } from "./core.ts";

/** What went each way. */
export interface TrafficCounts {
  /**
   * Messages that were taken for sending: into the queue of a peer, once for each subscriber that a publisher has, and
   * those that greet a peer (`helloMessage`, `probeRouter`, `welcomeMessage`). `queuedOut` of them have not left yet;
   * `lost` and `conflated` ones never will, and what is `full` or `unroutable` was never among them.
   */
  messagesSent: number;
  /**
   * Messages that came from the peer: those that were received, those that wait for it, and those that were dropped
   * (`unexpected`, `filtered`, `conflated`). What tells of a peer's end or return (`hiccupMessage`, `routerNotify`)
   * counts like its own; a publisher's are subscriptions. What still comes by an endpoint that was let go is none.
   */
  messagesReceived: number;
  /** The parts of `messagesSent`. */
  partsSent: number;
  /** The parts of `messagesReceived`. */
  partsReceived: number;
  /**
   * Octets written to the connections: greetings, headers and commands included, and encrypted if they are; those of
   * failed handshakes as well, of the socket alone and once they are over. Over `inproc://` those of the parts.
   */
  bytesSent: number;
  /** Octets read from the connections; the same. */
  bytesReceived: number;
  /** Messages that wait to be sent, now. Over `inproc://` all that the peer has yet to receive, subscriptions too. */
  queuedOut: number;
  /** The most that ever waited for one peer when it was given a batch. */
  queuedOutPeak: number;
  /** Messages that came and wait to be received, now; those that stand unread in the system's buffers are more. */
  queuedIn: number;
  /** The most that ever waited from one peer; an XPUB's notices are nobody's, and not in it. */
  queuedInPeak: number;
  /** Connections that were lost and made again. */
  reconnects: number;
  /** Connections that ended because the peer broke the protocol, in the handshake or later. */
  protocolErrors: number;
}

/** One peer of a socket: a connection, or an endpoint that was connected and has none at the moment. */
export interface PeerStatistics extends TrafficCounts {
  /** The number of the connection that events name; `null` while there is none, and over inproc. */
  connection: number | null;
  /** Which of our endpoints it belongs to. */
  address: string;
  /** How that came to be. */
  direction: "bind" | "connect";
  /** Whether messages can go to it now. */
  connected: boolean;
  /** The peer's own address; empty if it has none. */
  remote: string;
  /** The peer's socket type, `"PULL"`; empty before the first handshake. */
  socketType: string;
  /** Its routing id in hexadecimal digits: what it chose, or what a ROUTER gave it; empty if none. */
  routingId: string;
  /** The name that an authentication handler has given it; `null` if none has. */
  userId: string | null;
  /** Messages of it or for it that were dropped, by reason. */
  dropped: DropCounts;
  /** Milliseconds that the last handshake took; `null` without a connection. */
  handshakeTime: number | null;
  /** Milliseconds since octets last came or went; `null` without a connection. */
  lastActivity: number | null;
}

/** All of a socket. */
export interface SocketStatistics extends TrafficCounts {
  /** The socket's type, `"PUSH"`. */
  type: string;
  /** What it is bound to, and where a program's own server has taken connections for it. */
  bound: string[];
  /** What it is connected to. */
  connected: string[];
  /** Peers that are there now. */
  connections: number;
  /** Connections that are in their handshake now. */
  handshakes: number;
  /** Messages that were dropped, by reason. */
  dropped: DropCounts;
  /** Each peer. */
  peers: PeerStatistics[];
}

/** All of a context. */
export interface ContextStatistics {
  /** Its sockets, those that linger after `close` included. */
  sockets: SocketStatistics[];
}

/** The counts of a socket's pipes, past and present. */
export class Ledger {
  readonly pipes: Set<Pipe> = new Set();
  readonly #past = trafficOf();

  /** The pipe is no more. */
  leave(pipe: Pipe): void {
    // Said again by who ends it twice.
    if (this.pipes.delete(pipe)) add(this.#past, trafficOf(pipe));
  }

  /** A connection is over, of which a pipe has counted no octets, or not the last. */
  spent({ octetsIn, octetsOut }: PipeConnection): void {
    this.#past.bytesReceived += octetsIn;
    this.#past.bytesSent += octetsOut;
  }

  /** All that were, and are. */
  sum(): TrafficCounts {
    const sum = { ...this.#past, queuedOut: 0 };
    for (const pipe of this.pipes) add(sum, trafficOf(pipe));
    return sum;
  }
}

/** What a socket has to tell. */
export function statisticsOf(core: SocketCore): SocketStatistics {
  const { endpoints, ledger, counts } = core;
  const pipes = [...ledger.pipes];
  return {
    type: core.type.name,
    ...endpoints.named(),
    connections: pipes.filter(({ connected }) => connected).length,
    handshakes: endpoints.handshakes,
    ...ledger.sum(),
    // What peers that have gone left behind waits, too.
    queuedIn: core.pattern.queued,
    ...counts,
    dropped: { ...core.dropCounts },
    peers: pipes.map(peerOf),
  };
}

/** What is known of one peer. */
function peerOf(pipe: Pipe): PeerStatistics {
  const { connection, origin, peer } = pipe;
  return {
    connection: connection?.id ?? null,
    address: origin?.endpoint ?? "",
    direction: origin?.direction ?? "bind",
    connected: pipe.connected,
    remote: connection?.remote ?? "",
    socketType: peer?.socketType ?? "",
    routingId: toHex(pipe.routingId ?? peer?.routingId ?? EMPTY),
    userId: userOf(pipe),
    ...trafficOf(pipe),
    dropped: { ...pipe.drops ?? noDrops() },
    handshakeTime: connection?.handshakeTime ?? null,
    lastActivity: connection === undefined ? null : now() - connection.activeAt,
  };
}

/** How each count is read off a pipe. */
const COUNTS: { readonly [name in keyof TrafficCounts]: (pipe: Pipe) => number } = {
  messagesSent: (pipe) => pipe.messagesOut,
  messagesReceived: (pipe) => pipe.messagesIn,
  partsSent: (pipe) => pipe.partsOut,
  partsReceived: (pipe) => pipe.partsIn,
  bytesSent: (pipe) => pipe.octetsOut + (pipe.connection?.octetsOut ?? 0),
  bytesReceived: (pipe) => pipe.octetsIn + (pipe.connection?.octetsIn ?? 0),
  queuedOut: (pipe) => pipe.outbound,
  queuedOutPeak: (pipe) => pipe.outboundPeak,
  queuedIn: (pipe) => pipe.inbound.length,
  queuedInPeak: (pipe) => pipe.peakIn,
  reconnects: (pipe) => Math.max(0, pipe.connections - 1),
  protocolErrors: (pipe) => pipe.protocolErrors,
};

/** The counts of one pipe; zeros without one. */
function trafficOf(pipe?: Pipe): TrafficCounts {
  const counts: { [name: string]: number } = {};
  for (const [name, read] of Object.entries(COUNTS)) counts[name] = pipe === undefined ? 0 : read(pipe);
  return counts as unknown as TrafficCounts;
}

/** A peak is that of any one peer; everything else is a sum. */
function add(sum: TrafficCounts, more: TrafficCounts): void {
  for (const name of Object.keys(sum) as (keyof TrafficCounts)[]) {
    sum[name] = name.endsWith("Peak") ? Math.max(sum[name], more[name]) : sum[name] + more[name];
  }
}

function userOf({ peer }: Pipe): string | null {
  const user = peer?.authenticated ? peer.metadata.get("user-id") : undefined;
  return user === undefined ? null : decodeUtf8(user);
}
