/**
 * What a host can do. A capability that it lacks is an absent property.
 *
 * @module
 */

import type { DatagramTransport } from "./datagram.ts";
import type { ByteStream, ByteStreamSink, StreamTransport } from "./stream.ts";

/** One address of one network interface of this machine. */
export interface InterfaceAddress {
  /** The interface's name, `"eth0"`. */
  readonly name: string;
  /** Numeric address. */
  readonly address: string;
  /** Address family. */
  readonly family: "IPv4" | "IPv6";
  /** Zone index of a link-local IPv6 address. */
  readonly scope?: number;
}

/** The transports of one runtime, as its adapter gives them. */
export interface Transports {
  /** Which runtime this is. */
  readonly runtime: "deno" | "bun" | "node" | "web";
  /** TCP. */
  readonly tcp?: StreamTransport;
  /** Unix sockets. */
  readonly ipc?: StreamTransport;
  /** TLS over TCP (`wss://`). */
  readonly tls?: StreamTransport;
  /**
   * The host's own WebSocket, for hosts that have no TCP. It dials only; each chunk that is written is one binary
   * message, and each chunk that arrives is a whole one.
   */
  readonly webSocket?: StreamTransport;
  /**
   * Takes over a connection that the program's own server accepted: a `net.Socket` or `tls.TLSSocket` of Node, as
   * the event "upgrade" of its HTTP server gives it. What was read of it already stays the caller's to handle.
   */
  adopt?(socket: object, sink: ByteStreamSink): ByteStream;
  /** Whether names in Linux's abstract namespace (`ipc://@name`) reach other programs from here. */
  readonly abstractNames?: boolean;
  /** UDP with multicast. */
  readonly udp?: DatagramTransport;
  /** The network interfaces of this machine. */
  networkInterfaces?(): readonly InterfaceAddress[];
  /** Makes a fresh, private directory for a Unix socket and answers its path (`ipc://*`). */
  temporaryDirectory?(): Promise<string>;
  /** The same at once. */
  temporaryDirectorySync?(): string;
  /** Removes a file or an empty directory; no error if it is not there. */
  remove?(path: string): Promise<void>;
  /** Fresh memory of its own whose contents do not matter, where that is faster than zeroed memory. */
  allocate?(length: number): Uint8Array;
  /** Most octets worth gathering for one write on this runtime, as measured. */
  readonly batchSize?: number;
}
