/**
 * A TCP proxy that hands on octets until it cuts all its connections.
 *
 * @module
 */

import { connect, createServer, type Server, type Socket } from "node:net";

/** The proxy. */
export class CutProxy {
  /** Where to connect to in place of the target. */
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.address = `tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  /** Listens at a port of the system's choice, and leads to this one. */
  static async open(port: number): Promise<CutProxy> {
    const sockets = new Set<Socket>();
    const server = createServer((caller) => {
      const target = connect(port, "127.0.0.1");
      for (const [from, to] of [[caller, target], [target, caller]] as const) {
        sockets.add(from);
        from.on("error", () => {});
        from.on("close", () => {
          sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new CutProxy(server, sockets);
  }

  /** Ends all connections; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const over = [...this.#sockets].map((socket) => new Promise((resolve) => socket.on("close", resolve)));
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await Promise.all([closed, ...over]);
  }
}
