/**
 * A network of datagrams in memory, beside the one of streams in `transports.ts`: hosts with an address each, on
 * one link that carries multicast. It loses, doubles and delays datagrams as a test says, all from one seed, and
 * delivers in turns of the event loop.
 *
 * ```ts
 * const network = new DatagramNetwork({ seed: 1, loss: 0.1 });
 * const context = new Context({ transports: network.host("10.0.0.1") });
 * ```
 */

import type {
  DatagramAddress,
  DatagramSettings,
  DatagramSink,
  DatagramSocket,
} from "../../src/io/datagram.ts";
import { afterTurn } from "../../src/io/timers.ts";
import type { Transports } from "../../src/io/transports.ts";
import { Random } from "./reference.ts";

/** How the network behaves; may be changed while it runs. */
export interface DatagramNetworkOptions {
  readonly seed?: number;
  /** Of how many datagrams, 0 to 1, one is lost on its way to one receiver. */
  loss?: number;
  /** Of how many one comes twice. */
  doubling?: number;
  /** Of how many one comes some turns later than the next ones. */
  reordering?: number;
  /** Datagrams that a socket takes in a turn before it has no room. */
  room?: number;
}

/** The network. */
export class DatagramNetwork {
  readonly options: DatagramNetworkOptions;
  readonly random: Random;
  /** All sockets that are open. */
  readonly sockets: FakeDatagramSocket[] = [];
  /** Every datagram that was sent, before losses. */
  sent = 0;
  /** Datagrams that reached a socket. */
  delivered = 0;
  /** Called with each datagram that is sent; `false` loses it for everybody. */
  onSend: (datagram: Uint8Array, from: DatagramAddress, to: DatagramAddress) => boolean = () => true;
  /** The error of the next `open`, by the system's name. */
  refusal: string | undefined;
  #port = 50_000;

  constructor(options: DatagramNetworkOptions = {}) {
    this.options = options;
    this.random = new Random(options.seed ?? 1);
  }

  /** The transports of one host, whose one interface besides loopback is `eth0` with this address. */
  host(address: string): Transports {
    return {
      runtime: "node",
      udp: {
        open: (settings, sink) => this.#open(address, settings, sink),
        resolve: (name) =>
          name === "peer.example" ? Promise.resolve(address) : Promise.reject(systemError("ENOTFOUND")),
      },
      networkInterfaces: () => [
        { name: "lo", address: "127.0.0.1", family: "IPv4" },
        { name: "eth0", address, family: "IPv4" },
      ],
    };
  }

  /** Resolves when this is true, asked once a turn. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await turn();
  }

  /** Brings a datagram to whom it is for. */
  carry(from: FakeDatagramSocket, datagram: Uint8Array, to: DatagramAddress): void {
    this.sent++;
    if (!this.onSend(datagram, from.local, to)) return;
    const { loss = 0, doubling = 0, reordering = 0 } = this.options;
    const source = {
      host: from.local.host === "0.0.0.0" ? from.owner : from.local.host,
      port: from.local.port,
    };
    for (const socket of this.sockets) {
      if (!socket.hears(from, to) || this.random.chance(loss)) continue;
      const copies = this.random.chance(doubling) ? 2 : 1;
      for (let i = 0; i < copies; i++) {
        const turns = this.random.chance(reordering) ? this.random.between(2, 6) : 1;
        const own = datagram.slice();
        void later(turns, () => {
          if (socket.closed) return;
          this.delivered++;
          socket.sink.onDatagram(own, source);
        });
      }
    }
  }

  async #open(owner: string, settings: DatagramSettings, sink: DatagramSink): Promise<DatagramSocket> {
    await turn();
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal !== undefined) throw systemError(refusal);
    const local = { host: settings.host, port: settings.port || ++this.#port };
    const taken = this.sockets.some((other) =>
      other.owner === owner && other.local.port === local.port && other.local.host === local.host &&
      !(other.settings.reuse && settings.reuse)
    );
    if (taken) throw systemError("EADDRINUSE");
    const socket = new FakeDatagramSocket(this, owner, settings, local, sink);
    this.sockets.push(socket);
    return socket;
  }
}

/** One socket. */
export class FakeDatagramSocket implements DatagramSocket {
  readonly owner: string;
  readonly settings: DatagramSettings;
  readonly local: DatagramAddress;
  readonly sink: DatagramSink;
  readonly groups: string[] = [];
  closed = false;
  readonly #network: DatagramNetwork;
  #taken = 0;

  constructor(
    network: DatagramNetwork,
    owner: string,
    settings: DatagramSettings,
    local: DatagramAddress,
    sink: DatagramSink,
  ) {
    this.#network = network;
    this.owner = owner;
    this.settings = settings;
    this.local = local;
    this.sink = sink;
  }

  send(datagram: Uint8Array, to: DatagramAddress): boolean {
    if (this.closed || this.#taken >= (this.#network.options.room ?? Infinity)) return false;
    if (this.#taken++ === 0) afterTurn(() => this.#taken = 0);
    this.#network.carry(this, datagram, to);
    return true;
  }

  join(group: string, networkInterface?: string): void {
    if (
      networkInterface !== undefined && networkInterface !== this.owner && networkInterface !== "127.0.0.1"
    ) {
      throw systemError("ENODEV");
    }
    this.groups.push(group);
  }

  leave(group: string): void {
    this.groups.splice(this.groups.indexOf(group), 1);
  }

  /** Closes it, or loses it with an error. */
  close(error?: Error): void {
    if (this.closed) return;
    this.closed = true;
    const { sockets } = this.#network;
    sockets.splice(sockets.indexOf(this), 1);
    afterTurn(() => this.sink.onClose(error));
  }

  /** Whether what this one sends there comes here. */
  hears(from: FakeDatagramSocket, to: DatagramAddress): boolean {
    if (to.port !== this.local.port) return false;
    if (isGroup(to.host)) {
      if (!this.groups.includes(to.host)) return false;
      return from.owner !== this.owner || from.settings.loopback !== false;
    }
    if (this.local.host === "0.0.0.0") return to.host === this.owner;
    return this.local.host === to.host;
  }
}

/** The next turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => afterTurn(resolve));
}

async function later(turns: number, act: () => void): Promise<void> {
  for (let i = 0; i < turns; i++) await turn();
  act();
}

function isGroup(host: string): boolean {
  return Number(host.split(".")[0]) >> 4 === 14;
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
