/**
 * A SOCKS 5 proxy (RFC 1928, RFC 1929) for tests: it writes down what it was told, and takes every name and address to
 * the loopback interface.
 *
 * @module
 */

import { connect, createServer, type Socket } from "node:net";
import type { Scope } from "../interop/scope.ts";

/** What a client told before it was connected. */
export interface Told {
  /** The methods that it offered. */
  readonly methods: readonly number[];
  /** RFC 1929; absent if that was not spoken. */
  readonly user?: string;
  readonly password?: string;
  /** 1, 3 or 4: IPv4, a name, IPv6. */
  readonly kind: number;
  /** The address in decimal, hexadecimal digits, or the name. */
  readonly host: string;
  readonly port: number;
}

/** How the proxy behaves. */
export interface Manners {
  /** Where it listens; by default where the system likes. */
  readonly port?: number;
  /** The method that it chooses; by default the first that is offered. */
  readonly method?: number;
  /** How it answers a user and password; by default it takes any. */
  readonly allows?: (user: string, password: string) => boolean;
}

/** One proxy. */
export class SocksServer {
  readonly told: Told[] = [];
  readonly #manners: Manners;
  #port = 0;

  private constructor(manners: Manners) {
    this.#manners = manners;
  }

  /** As the option wants it. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  static async open(scope: Scope, manners: Manners = {}): Promise<SocksServer> {
    const self = new SocksServer(manners);
    const open = new Set<Socket>();
    const server = createServer((client) => {
      open.add(client);
      client.on("error", () => {});
      self.#serve(client, (far) => open.add(far)).catch(() => client.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.on("error", reject);
      server.listen(manners.port ?? 0, "127.0.0.1", resolve);
    });
    self.#port = (server.address() as { port: number }).port;
    scope.atEnd(() => {
      for (const socket of open) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    });
    return self;
  }

  async #serve(client: Socket, opened: (far: Socket) => void): Promise<void> {
    const { method, allows } = this.#manners;
    const read = reader(client);
    const [version, count] = await read(2);
    const methods = [...await read(count!)];
    const chosen = method ?? methods[0]!;
    client.write(Uint8Array.of(version!, chosen));
    let named: { user: string; password: string } | undefined;
    if (chosen === 2) {
      const [, userLength] = await read(2);
      const user = text(await read(userLength!));
      const password = text(await read((await read(1))[0]!));
      named = { user, password };
      const allowed = allows?.(user, password) ?? true;
      client.write(Uint8Array.of(1, allowed ? 0 : 1));
      if (!allowed) return void client.end();
    }
    const [, , , kind] = await read(4);
    const octets = await read(kind === 1 ? 4 : kind === 4 ? 16 : (await read(1))[0]!);
    const port = await read(2);
    const told: Told = {
      methods,
      ...named,
      kind: kind!,
      host: kind === 3 ? text(octets) : kind === 1 ? octets.join(".") : hex(octets),
      port: port[0]! << 8 | port[1]!,
    };
    this.told.push(told);
    const far = connect(told.port, kind === 4 ? "::1" : "127.0.0.1");
    opened(far);
    far.on("error", () => client.destroy());
    far.on("close", () => client.destroy());
    client.on("close", () => far.destroy());
    far.on("connect", () => {
      client.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
      for (const [from, to] of [[client, far], [far, client]] as const) {
        from.on("data", (chunk: Uint8Array) => void to.write(chunk));
      }
    });
  }
}

/** Reads exactly so many octets at a time; what comes behind the last stays for "data". */
function reader(socket: Socket): (length: number) => Promise<Uint8Array> {
  let gathered: number[] = [];
  let wake = () => {};
  socket.on("data", (chunk: Uint8Array) => {
    gathered.push(...chunk);
    wake();
  });
  return async (length) => {
    while (gathered.length < length) await new Promise<void>((resolve) => wake = resolve);
    const taken = Uint8Array.from(gathered.slice(0, length));
    gathered = gathered.slice(length);
    return taken;
  };
}

function text(octets: Uint8Array): string {
  return new TextDecoder().decode(octets);
}

function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
