/**
 * Datagrams for Deno, Bun and Node alike, on Node's `dgram`: the runtimes' own interfaces offer less of
 * multicast. The module is taken when the first socket opens.
 *
 * @module
 */

import { Ring } from "../src/base/ring.ts";
import type {
  DatagramAddress,
  DatagramSettings,
  DatagramSink,
  DatagramSocket,
  DatagramTransport,
} from "../src/io/datagram.ts";
import { builtin, resolve, systemError } from "./system.ts";

interface Socket {
  address(): { readonly address: string; readonly port: number };
  bind(options: { address: string; port: number; exclusive: boolean }, listening: () => void): void;
  close(): void;
  unref(): void;
  send(
    datagram: Uint8Array,
    offset: number,
    length: number,
    port: number,
    host: string,
    sent: (error: Error | null) => void,
  ): void;
  addMembership(group: string, networkInterface?: string): void;
  dropMembership(group: string, networkInterface?: string): void;
  setMulticastTTL(ttl: number): void;
  setMulticastLoopback(on: boolean): void;
  setMulticastInterface(networkInterface: string): void;
  setRecvBufferSize(size: number): void;
  setSendBufferSize(size: number): void;
  getSendQueueSize?(): number;
  on(
    event: "message",
    listener: (datagram: Uint8Array, from: { address: string; port: number }) => void,
  ): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "close", listener: () => void): void;
}

interface Dgram {
  createSocket(options: { [name: string]: unknown }): Socket;
}

/** UDP with multicast. */
export const udp: DatagramTransport = { open, resolve };

/** Octets that may wait in the runtime for the system to have room; what comes on top is dropped. */
const QUEUE_LIMIT = 1 << 20;

async function open(settings: DatagramSettings, sink: DatagramSink): Promise<DatagramSocket> {
  const socket = await bind(settings);
  try {
    configure(socket, settings);
    return new NodeDatagramSocket(socket, sink);
  } catch (error) {
    socket.close();
    throw systemError(error);
  }
}

class NodeDatagramSocket implements DatagramSocket {
  readonly local: DatagramAddress;
  readonly #socket: Socket;
  /** Whether what is sent keeps its order. Deno sends last first what it is given in one turn; it cannot tell its queue. */
  readonly #orderly: boolean;
  /** What waits for the one on its way, where it is not orderly. */
  readonly #queue = new Ring<{ readonly datagram: Uint8Array; readonly to: DatagramAddress }>();
  #queued = 0;
  #sending = false;
  #closed = false;
  #error: Error | undefined;

  constructor(socket: Socket, sink: DatagramSink) {
    const { address, port } = socket.address();
    this.local = { host: address, port };
    this.#socket = socket;
    this.#orderly = socket.getSendQueueSize !== undefined;
    socket.on("message", (datagram, { address, port }) => {
      if (!this.#closed) sink.onDatagram(own(datagram), { host: address, port });
    });
    socket.on("error", (error) => {
      this.#error ??= systemError(error);
      this.close();
    });
    socket.on("close", () => sink.onClose(this.#error));
  }

  send(datagram: Uint8Array, to: DatagramAddress): boolean {
    if (this.#closed) return false;
    if (!this.#orderly) return this.#sendInTurn(datagram, to);
    if (this.#socket.getSendQueueSize!() > QUEUE_LIMIT) return false;
    let failed = false;
    try {
      this.#socket.send(datagram, 0, datagram.length, to.port, to.host, (error) => failed = error !== null);
    } catch {
      return false;
    }
    return !failed;
  }

  join(group: string, networkInterface?: string): void {
    attempt(() => this.#socket.addMembership(group, networkInterface));
  }

  leave(group: string, networkInterface?: string): void {
    attempt(() => this.#socket.dropMembership(group, networkInterface));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#sending) this.#socket.close();
  }

  #sendInTurn(datagram: Uint8Array, to: DatagramAddress): boolean {
    if (this.#queued > QUEUE_LIMIT) return false;
    if (this.#sending) {
      this.#queue.push({ datagram, to });
      this.#queued += datagram.length;
      return true;
    }
    this.#sending = true;
    try {
      this.#socket.send(datagram, 0, datagram.length, to.port, to.host, () => this.#sent());
    } catch {
      return this.#sending = false;
    }
    return true;
  }

  #sent(): void {
    this.#sending = false;
    for (;;) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#queued -= next.datagram.length;
      // One that the system does not take is gone, as it would be on the network.
      if (this.#sendInTurn(next.datagram, next.to)) return;
    }
    if (this.#closed) this.#socket.close();
  }
}

async function bind(settings: DatagramSettings): Promise<Socket> {
  if (!settings.reuse) return await bindWith(settings, {});
  try {
    // SO_REUSEPORT lets libzmq's multicast sockets on this machine share the port with ours.
    return await bindWith(settings, { reuseAddr: true, reusePort: true });
  } catch {
    // Systems that lack it refuse the bind, and so does one whose port is shared by SO_REUSEADDR alone.
    return await bindWith(settings, { reuseAddr: true });
  }
}

function bindWith({ host, port }: DatagramSettings, options: { [name: string]: unknown }): Promise<Socket> {
  return new Promise((fulfil, reject) => {
    const family = host.includes(":") ? 6 : 4;
    const socket = builtin<Dgram>("dgram").createSocket({
      type: `udp${family}`,
      // Ours are addresses already; the default would send each datagram only in the next tick.
      lookup: (host: string, ...rest: readonly unknown[]) => {
        (rest[rest.length - 1] as (error: null, address: string, family: number) => void)(null, host, family);
      },
      ...options,
    });
    socket.on("error", (error) => reject(systemError(error)));
    // Before the bind: on Deno a receive that is under way stays referenced.
    socket.unref();
    socket.bind({ address: host, port, exclusive: true }, () => fulfil(socket));
  });
}

function configure(socket: Socket, settings: DatagramSettings): void {
  const { ttl, loopback, outgoingInterface, receiveBuffer, largest = 65536, sendBuffer } = settings;
  if (ttl !== undefined) socket.setMulticastTTL(ttl);
  if (loopback !== undefined) socket.setMulticastLoopback(loopback);
  if (outgoingInterface !== undefined) socket.setMulticastInterface(outgoingInterface);
  // On Deno 2.9 this is not the system's buffer, but the memory that is made, and zeroed, for each datagram: with
  // a megabyte one costs 280 µs and many are lost meanwhile, with 64 KiB 32, with 2 KiB 19.
  if ("Deno" in globalThis) socket.setRecvBufferSize(largest);
  else if (receiveBuffer) socket.setRecvBufferSize(receiveBuffer);
  if (sendBuffer) socket.setSendBufferSize(sendBuffer);
}

/** A datagram in memory of its own: no runtime promises that, and a view would hold its whole buffer. */
function own(datagram: Uint8Array): Uint8Array {
  return datagram.length === datagram.buffer.byteLength ? datagram : new Uint8Array(datagram);
}

function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    throw systemError(error);
  }
}
