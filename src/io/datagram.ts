/**
 * What a runtime must give for datagrams: UDP with multicast. Declarations only.
 *
 * @module
 */

/** How a datagram socket is opened. */
export interface DatagramSettings {
  /** Numeric address to bind: an interface's, a multicast group, `"0.0.0.0"` or `"::"`. */
  readonly host: string;
  /** Port to bind, 0 for any. */
  readonly port: number;
  /** Lets several sockets of this machine share the port (`SO_REUSEADDR`, and `SO_REUSEPORT` where it is). */
  readonly reuse?: boolean;
  /** Time to live of multicast datagrams, 1 to 255; the default is the system's (1). */
  readonly ttl?: number;
  /** Whether this machine hears its own multicast datagrams; default `true`. */
  readonly loopback?: boolean;
  /** Numeric address of the interface by which multicast leaves; default: the routing table's choice. */
  readonly outgoingInterface?: string;
  /** Octets asked of the system for the receive buffer; a runtime that cannot ask ignores it. */
  readonly receiveBuffer?: number;
  /** Octets of the largest datagram that is of use, default 65536: longer ones may come cut. */
  readonly largest?: number;
  /** Octets asked of the system for the send buffer; likewise. */
  readonly sendBuffer?: number;
}

/** Where a datagram goes to or came from. */
export interface DatagramAddress {
  /** Numeric address, without brackets. */
  readonly host: string;
  /** UDP port. */
  readonly port: number;
}

/** An open datagram socket. It never keeps the process alive by itself. */
export interface DatagramSocket {
  /** The address in use, with the port that the system chose. */
  readonly local: DatagramAddress;
  /** Sends one datagram. `false`: the system had no room, and it was dropped. */
  send(datagram: Uint8Array, to: DatagramAddress): boolean;
  /** Joins a multicast group on the interface with this numeric address (default: the system's choice). */
  join(group: string, networkInterface?: string): void;
  /** Leaves it again. */
  leave(group: string, networkInterface?: string): void;
  /** Closes the socket. `onClose` follows once. */
  close(): void;
}

/** Who hears the datagrams. */
export interface DatagramSink {
  /** One datagram. The memory is the sink's to keep. */
  onDatagram(datagram: Uint8Array, from: DatagramAddress): void;
  /** The socket is closed: exactly once, last. */
  onClose(error?: Error): void;
}

/** The datagrams of one runtime. Errors carry the system's name in `code` (`"EADDRINUSE"`). */
export interface DatagramTransport {
  /** Opens and binds a socket. */
  open(settings: DatagramSettings, sink: DatagramSink): Promise<DatagramSocket>;
  /** The numeric address of a host by its name; absent where names cannot be looked up. */
  resolve?(host: string, ipv6: boolean): Promise<string>;
}
