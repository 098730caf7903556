/**
 * The servers of the tests' pages: `server.ts` as a process on each runtime, steered as the peers of the interop
 * tests are.
 *
 * @module
 */

import process from "node:process";
import { fileURLToPath } from "node:url";
import { Peer, type PeerKind, PeerSocket } from "../interop/peer.ts";
import type { SocketName } from "../interop/subject.ts";

const program = fileURLToPath(new URL("./server.ts", import.meta.url));

/** What a server can run on. */
export const serverKinds: readonly PeerKind[] = [
  kind("deno", process.env.PUREMQ_DENO, "run", "-A", "--quiet", "--no-check"),
  kind("bun", process.env.PUREMQ_BUN, "run"),
  kind("node", process.execPath, "--disable-warning=ExperimentalWarning"),
];

function kind(name: string, command: string | undefined, ...options: readonly string[]): PeerKind {
  return {
    name,
    command: command ?? name,
    arguments: [...options, program],
    ...(command ? {} : { missing: `there is no ${name}` }),
  };
}

/** A process that serves pages. */
export class PageServer extends Peer {
  /** Starts one. */
  static async start(kind: PeerKind): Promise<PageServer> {
    const server = new PageServer(kind);
    await server.ready();
    return server;
  }

  /** Opens a socket there and binds it. */
  async bound(
    type: SocketName,
    address: string,
    options: { [option: string]: unknown } = {},
  ): Promise<{ readonly socket: PeerSocket; readonly endpoint: string; readonly number: number }> {
    const number = await this.call("open", { type, options: { linger: 0, ...options } }) as number;
    const socket = new PeerSocket(this, number);
    return { socket, number, endpoint: await socket.bind(address) };
  }
}
