/**
 * The sockets of one endpoint as one: opened together, closed together, one of them the way out. If one fails, all
 * end.
 *
 * @module
 */

import type {
  DatagramAddress,
  DatagramSettings,
  DatagramSink,
  DatagramSocket,
  DatagramTransport,
} from "../io/datagram.ts";
import type { OutgoingDatagram } from "../io/engine.ts";
import { startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";

/** One socket that an endpoint needs. */
export interface PlannedSocket {
  readonly settings: DatagramSettings;
  /** The multicast group that it joins. */
  readonly group?: string;
  /** Where: numeric address of the interface, or `::%name` for IPv6; default: the system's choice. */
  readonly networkInterface?: string;
  /** Zone of the link-local IPv6 addresses that are sent to, for the first socket. */
  readonly zone?: string;
}

/** Who hears of the sockets. */
export interface DatagramSocketsSink extends DatagramSink {
  /** This datagram has waited for room and will never be sent. */
  onGivenUp(outgoing: OutgoingDatagram): void;
  /** None waits any more: the next one can be sent. The one that did was `sent`, or was given up. */
  onRoom(sent: OutgoingDatagram | undefined): void;
}

/**
 * A socket without room is asked again after so many milliseconds, and so often. Then the datagram goes the way of
 * those that the network drops: its address may be one that the system cannot send to at all.
 */
const ROOM_DELAY = 2;
const ROOM_TRIES = 250;

/** Open sockets. What is sent leaves by the first one. */
export class DatagramSockets {
  readonly #sockets: DatagramSocket[] = [];
  readonly #sink: DatagramSocketsSink;
  /** Sockets that have not told of their end. */
  #open = 0;
  #zone: string | undefined;
  #ready = false;
  #error: Error | undefined;
  /** What waits for room. */
  #waiting: OutgoingDatagram | undefined;
  #timer: Timer;

  private constructor(sink: DatagramSocketsSink) {
    this.#sink = sink;
  }

  /** Opens all of them, or none. `onClose` is called once, when the last of them is closed. */
  static async open(
    transport: DatagramTransport,
    planned: readonly PlannedSocket[],
    sink: DatagramSocketsSink,
  ): Promise<DatagramSockets> {
    const self = new DatagramSockets(sink);
    try {
      for (const each of planned) await self.#add(transport, each);
    } catch (error) {
      self.close();
      throw error;
    }
    self.#zone = planned[0]!.zone;
    self.#ready = true;
    return self;
  }

  /** The address that the first one is bound to. */
  get local(): DatagramAddress {
    return this.#sockets[0]!.local;
  }

  /** Whether a datagram waits for room. */
  get blocked(): boolean {
    return this.#waiting !== undefined;
  }

  /** Sends. `false`: the system has no room. The datagram waits for it, no other may be sent, and `onRoom` follows. */
  send(outgoing: OutgoingDatagram): boolean {
    if (this.#send(outgoing)) return true;
    this.#waiting = outgoing;
    this.#wait(outgoing, 1);
    return false;
  }

  /** Closes all. */
  close(): void {
    this.#giveUp();
    for (const socket of this.#sockets) socket.close();
  }

  #send({ datagram, to }: OutgoingDatagram): boolean {
    // A protocol's own packets name addresses, not zones.
    const host = this.#zone !== undefined && /^fe[89ab]/i.test(to.host) && !to.host.includes("%")
      ? `${to.host}%${this.#zone}`
      : to.host;
    return this.#sockets[0]!.send(datagram, { host, port: to.port });
  }

  #wait(outgoing: OutgoingDatagram, tries: number): void {
    this.#timer = startTimer(ROOM_DELAY, () => {
      const sent = this.#send(outgoing);
      if (!sent && tries < ROOM_TRIES) return this.#wait(outgoing, tries + 1);
      if (sent) this.#waiting = undefined;
      else this.#giveUp();
      this.#sink.onRoom(sent ? outgoing : undefined);
    });
  }

  #giveUp(): void {
    stopTimer(this.#timer);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#sink.onGivenUp(waiting);
  }

  async #add(
    transport: DatagramTransport,
    { settings, group, networkInterface }: PlannedSocket,
  ): Promise<void> {
    const socket = await this.#bind(transport, settings, group);
    this.#sockets.push(socket);
    if (group !== undefined) socket.join(group, networkInterface);
  }

  async #bind(
    transport: DatagramTransport,
    settings: DatagramSettings,
    group: string | undefined,
  ): Promise<DatagramSocket> {
    const sink: DatagramSink = {
      onDatagram: (datagram, from) => this.#sink.onDatagram(datagram, from),
      onClose: (error) => this.#closed(error),
    };
    let socket: DatagramSocket;
    try {
      socket = await transport.open(settings, sink);
    } catch (error) {
      // Windows binds no group's address; then what comes for other groups of this port is heard as well.
      const { code } = error as { code?: unknown };
      if (group === undefined || code !== "EADDRNOTAVAIL" && code !== "EINVAL") throw error;
      const any = group.includes(":") ? "::" : "0.0.0.0";
      socket = await transport.open({ ...settings, host: any }, sink);
    }
    this.#open++;
    return socket;
  }

  #closed(error: Error | undefined): void {
    this.#error ??= error;
    this.close();
    if (--this.#open === 0 && this.#ready) this.#sink.onClose(this.#error);
  }
}
