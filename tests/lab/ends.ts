/**
 * The ends of a test of epgm://, each a process on one of the lab's hosts: our module on the runtime under test
 * (`program.ts`), or pyzmq with libzmq's OpenPGM (`peer_epgm.py`). They take the same commands, so that either may
 * stand on either side.
 *
 * With `PUREMQ_LAB_SUBJECT=pyzmq` libzmq stands in for our module: a check that the tests ask for what it really
 * does, and of the lab.
 *
 * @module
 */

import process from "node:process";
import { fileURLToPath } from "node:url";
import { Peer, type PeerKind, peerKinds } from "../interop/peer.ts";
import type { Scope } from "../interop/scope.ts";
import { programCommand } from "../support/legs.ts";
import type { Host } from "./lab.ts";
import type { Seen, Shape } from "./messages.ts";

/** Who plays an end. */
export type Player = "ours" | "pyzmq";

/** `false` while libzmq stands in for our module. */
export const isOurs: boolean = process.env.PUREMQ_LAB_SUBJECT === undefined;

const pyzmq: PeerKind = peerKinds.find(({ name }) => name === "pyzmq")!;

/** Why this player cannot be had; `undefined` if it can. */
export function missing(player: Player): string | undefined {
  return actual(player) === "pyzmq" ? pyzmq.missing : undefined;
}

/** Options of both sides: enough for some seconds of 10 Mbit/s to be repaired, and no high-water mark. */
export const ROOMY: { readonly [option: string]: number } = {
  rate: 10_000,
  recoveryInterval: 10_000,
  sendHighWaterMark: 0,
  receiveHighWaterMark: 0,
};

/** Options of a socket and where it goes. */
export interface OpenOptions {
  /** The multicast group; 239.192.1.1. */
  readonly group?: string;
  /** The port of the URL; 5555. */
  readonly port?: number;
  /** What comes before the semicolon; our own module is given the interface's name, libzmq its address. */
  readonly link?: string;
  /** Options beside `linger: 0`, with zeromq.js's names. */
  readonly options?: { readonly [name: string]: number | boolean };
  /** Prefixes to subscribe to; all. */
  readonly topics?: readonly string[];
}

/** A process on a host. */
export class End {
  readonly host: Host;
  readonly #player: Player;
  readonly #peer: Peer;

  private constructor(host: Host, player: Player, peer: Peer) {
    this.host = host;
    this.#player = player;
    this.#peer = peer;
  }

  /** Starts it; it ends with the test. */
  static async start(scope: Scope, host: Host, player: Player): Promise<End> {
    const peer = new Peer(kindOn(host, actual(player)));
    scope.atEnd(() => peer.kill());
    await peer.ready();
    return new End(host, actual(player), peer);
  }

  /** Opens a socket on an epgm endpoint. A subscriber has joined its group then. */
  async open(type: string, details: OpenOptions = {}): Promise<LabSocket> {
    const { group = "239.192.1.1", port = 5555, options = ROOMY, topics = [""] } = details;
    const address = group.includes(":") ? this.host.address6 : this.host.address;
    const link = details.link ?? (this.#player === "ours" ? "eth0" : address);
    const sock = await this.call("open", {
      type,
      options: { linger: 0, ...options },
      endpoints: [`epgm://${link};${group}:${port}`],
      topics,
      group,
    }) as number;
    return new LabSocket(this, sock);
  }

  call(op: string, details: { [name: string]: unknown }, milliseconds?: number): Promise<unknown> {
    return this.#peer.call(op, details, milliseconds);
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    await this.#peer.kill();
  }

  /** Stops the process where it stands. */
  freeze(): void {
    this.#peer.freeze();
  }

  /** Lets it go on. */
  wake(): void {
    this.#peer.wake();
  }
}

/** A socket of an end. */
export class LabSocket {
  readonly #end: End;
  readonly #sock: number;

  constructor(end: End, sock: number) {
    this.#end = end;
    this.#sock = sock;
  }

  /** Says hello every 50 ms until it publishes. */
  async greet(): Promise<void> {
    await this.#call("greet", {});
  }

  /** Waits for a hello: the way is open, and everything from here on must come. */
  async greeted(milliseconds = 10000): Promise<void> {
    await this.#call("greeted", { timeout: milliseconds }, milliseconds + 2000);
  }

  /** Sends the mixed messages from 0 on. */
  async publishMixed(count: number): Promise<void> {
    await this.#publish("mixed", "", 0, count, 0, 0);
  }

  /** Sends numbered messages, with a pause of so many milliseconds after each. */
  async publish(
    source: string,
    first: number,
    count: number,
    { size = 20, pause = 0, shape = "numbered" }: { size?: number; pause?: number; shape?: Shape } = {},
  ): Promise<void> {
    await this.#publish(shape, source, first, count, size, pause);
  }

  /** Receives so many mixed messages; says at which one it went wrong, if it did. */
  async compare(count: number, silence = 12000): Promise<{ count: number; wrong?: string }> {
    return await this.#call("compare", { count, timeout: silence }, 55000) as { count: number };
  }

  /** Receives numbered messages until the last one of each source, or none for so long. */
  async collect(until: { [source: string]: number }, silence = 12000): Promise<Seen> {
    return await this.#call("collect", { until, timeout: silence }, 55000) as Seen;
  }

  /** The loss events so far. Ours only. */
  async losses(): Promise<{ source: string; first: number; count: number; address: string }[]> {
    return await this.#call("losses", {}) as {
      source: string;
      first: number;
      count: number;
      address: string;
    }[];
  }

  async close(): Promise<void> {
    await this.#call("close", {});
  }

  async #publish(shape: Shape, source: string, first: number, count: number, size: number, pause: number) {
    await this.#call("publish", { shape, source, first, count, size, pause }, 55000);
  }

  #call(op: string, details: { [name: string]: unknown }, milliseconds?: number): Promise<unknown> {
    return this.#end.call(op, { sock: this.#sock, ...details }, milliseconds);
  }
}

/** All subscribers are reached by all publishers from here on. */
export async function acquaint(
  publishers: readonly LabSocket[],
  subscribers: readonly LabSocket[],
): Promise<void> {
  for (const publisher of publishers) await publisher.greet();
  await Promise.all(subscribers.map((subscriber) => subscriber.greeted()));
}

function actual(player: Player): Player {
  return isOurs ? player : "pyzmq";
}

function kindOn(host: Host, player: Player): PeerKind {
  const { command, args } = host.within(
    player === "ours" ? programCommand(new URL("./program.ts", import.meta.url)) : {
      command: pyzmq.command,
      args: [fileURLToPath(new URL("./peer_epgm.py", import.meta.url))],
    },
  );
  return { name: player, command, arguments: args };
}
