/**
 * The ends of a test of udp://, each a process on one of the lab's hosts that runs `udp_program.ts`: on our
 * module and the runtime under test, or on npm's zeromq, whose libzmq has the draft sockets. With
 * `PUREMQ_LAB_SUBJECT=zeromq` that stands in for our module.
 *
 * @module
 */

import process from "node:process";
import { fileURLToPath } from "node:url";
import { pattern, Peer } from "../interop/peer.ts";
import type { Scope } from "../interop/scope.ts";
import { programCommand, toolPath } from "../support/legs.ts";
import type { Host } from "./lab.ts";

/** Who plays an end. */
export type UdpPlayer = "ours" | "libzmq";

/** `false` while libzmq stands in for our module. */
export const isOurs: boolean = process.env.PUREMQ_LAB_SUBJECT === undefined;

/** Why libzmq cannot play; `undefined` if it can. */
export const libzmqMissing: string | undefined =
  toolPath("node") !== undefined && toolPath("zeromq") !== undefined
    ? undefined
    : "no Node with npm's zeromq";

/** A message: its group or the address, and the body. */
export type Note = readonly [string, Uint8Array];

/** A process on a host. */
export class UdpEnd {
  readonly host: Host;
  readonly #peer: Peer;

  private constructor(host: Host, peer: Peer) {
    this.host = host;
    this.#peer = peer;
  }

  /** Starts it; it ends with the test. */
  static async start(scope: Scope, host: Host, player: UdpPlayer): Promise<UdpEnd> {
    const program = new URL("./udp_program.ts", import.meta.url);
    const { command, args } = host.within(
      player === "ours" && isOurs ? programCommand(program) : {
        command: toolPath("node")!,
        args: ["--no-warnings", fileURLToPath(program), `${toolPath("zeromq")}/draft`],
      },
    );
    const peer = new Peer({ name: player, command, arguments: args });
    scope.atEnd(() => peer.kill());
    await peer.ready();
    return new UdpEnd(host, peer);
  }

  /** Opens a socket. */
  async open(
    type: "Radio" | "Dish" | "Datagram",
    options: { [name: string]: unknown } = {},
  ): Promise<UdpSocket> {
    return new UdpSocket(this.#peer, type, await this.#peer.call("open", { type, options }) as number);
  }
}

/** A socket of an end. */
export class UdpSocket {
  readonly #peer: Peer;
  readonly #type: string;
  readonly #sock: number;

  constructor(peer: Peer, type: string, sock: number) {
    this.#peer = peer;
    this.#type = type;
    this.#sock = sock;
  }

  async connect(endpoint: string): Promise<void> {
    await this.#call("connect", { endpoint });
  }

  /** Binds, and waits until the port is open and the multicast group, if any, is joined. */
  async bind(endpoint: string, group?: string): Promise<void> {
    await this.#call("bind", { endpoint, ...(group !== undefined && { group }) });
  }

  async join(...groups: string[]): Promise<void> {
    await this.#call("join", { groups });
  }

  async leave(...groups: string[]): Promise<void> {
    await this.#call("leave", { groups });
  }

  /** Says this again and again until something else is sent. */
  async greet(note: Note): Promise<void> {
    await this.#call("greet", { message: encode(note) });
  }

  async send(...notes: readonly Note[]): Promise<void> {
    await this.#call("post", { messages: notes.map(encode) });
  }

  /** So many messages; fewer if none came for so long. */
  async take(count: number, silence = 5000): Promise<Note[]> {
    const taken = await this.#call("take", { count, timeout: silence }, 20000) as [string, string][];
    return taken.map((
      [where, body],
    ) => [where, Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))]);
  }

  async close(): Promise<void> {
    await this.#call("close", {});
  }

  #call(op: string, details: { [name: string]: unknown }, milliseconds?: number): Promise<unknown> {
    return this.#peer.call(op, { sock: this.#sock, type: this.#type, ...details }, milliseconds);
  }
}

/** A message of so many octets, of which each tells its place. */
export function note(where: string, size: number, seed: number): Note {
  return [where, pattern(size, seed)];
}

function encode([where, body]: Note): [string, string] {
  return [where, btoa(Array.from(body, (octet) => String.fromCharCode(octet)).join(""))];
}
