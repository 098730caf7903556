/**
 * What a socket is bound and connected to.
 *
 * @module
 */

import { encodeText } from "../base/bytes.ts";
import { asZmqError, ZmqError } from "../base/errors.ts";
import type { InprocBinding, InprocConnection } from "../inproc/registry.ts";
import { hold, release } from "../io/timers.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { Connector } from "../session/connector.ts";
import { DatagramSession } from "../session/datagram_session.ts";
import { Listener } from "../session/listener.ts";
import type { SocketCore } from "./core.ts";
import { datagramRole } from "./datagram_roles.ts";
import { parseEndpoint } from "./endpoint.ts";
import type { Endpoint, EndpointPurpose, InprocEndpoint, IpcEndpoint, TcpEndpoint } from "./endpoint.ts";
import { bindTarget, dialTarget, inDirectory, isTemporary, nameOf } from "./stream_targets.ts";

/** A bound endpoint. */
interface Bound {
  readonly endpoint: string;
  readonly link: Listener | InprocBinding | DatagramSession;
  /** Where `ipc://*` made a directory for it. */
  readonly directory?: string;
}

/** A connected endpoint. */
interface Connected {
  readonly endpoint: string;
  readonly link: Connector | InprocConnection | DatagramSession;
}

/** RFC 28: an identity has 1 to 255 octets and does not begin with zero. */
const ROUTING_ID_MAX = 255;

/** The endpoints of one socket. */
export class Endpoints {
  /** The last one bound or connected, wildcards resolved. */
  last: string | null = null;
  readonly #core: SocketCore;
  readonly #bound: Bound[] = [];
  readonly #connected: Connected[] = [];
  readonly #pending = new Set<Promise<void>>();

  constructor(core: SocketCore) {
    this.#core = core;
  }

  /** Whether the socket has any. */
  get some(): boolean {
    return this.#bound.length > 0 || this.#connected.length > 0 || this.#pending.size > 0;
  }

  /** All pipes. */
  *pipes(): Iterable<Pipe> {
    for (const { link } of this.#bound) yield* link.pipes;
    for (const { link } of this.#connected) yield* link.pipes;
  }

  /** The pipe of the endpoint that was connected last, if it is there at once. */
  get newest(): Pipe | undefined {
    for (const pipe of this.#connected.at(-1)?.link.pipes ?? []) return pipe;
    return undefined;
  }

  /** Accepts no more; the connections that are there stay. */
  stopListening(): void {
    // What could not be closed is told by `close`, which follows.
    for (const { link } of this.#bound) Promise.resolve(link.stopListening()).catch(() => {});
  }

  /** Binds. */
  async bind(address: string): Promise<void> {
    const core = this.#core;
    if (core.closed) throw new ZmqError("EBADF");
    const binding = this.#bind(address);
    this.#pending.add(binding);
    try {
      await binding;
    } catch (error) {
      throw this.#refused(error, address);
    } finally {
      this.#pending.delete(binding);
    }
  }

  /** The same at once. */
  bindSync(address: string): void {
    if (this.#core.closed) throw new ZmqError("EBADF");
    try {
      this.#bindSync(address);
    } catch (error) {
      throw this.#refused(error, address);
    }
  }

  /** Connects; only the address is checked here, the rest goes on behind. */
  connect(address: string, routingId?: Uint8Array): void {
    const core = this.#core;
    if (core.closed) throw new ZmqError("EBADF");
    const endpoint = this.#parse(address, "connect");
    if (routingId !== undefined) checkRoutingId(routingId, address);
    if (endpoint.scheme === "udp" || endpoint.scheme === "epgm") {
      const link = new DatagramSession(address, core, datagramRole(endpoint, core, address, "connect"));
      this.#connected.push({ endpoint: address, link });
      this.last = address;
      link.start();
      return;
    }
    if (endpoint.scheme !== "inproc" && core.options.socksProxy !== null) {
      throw new ZmqError(
        "ENOTSUP",
        `Cannot connect to "${address}": SOCKS proxies are not offered yet`,
        address,
      );
    }
    this.last = address;
    if (endpoint.scheme === "inproc") {
      const link = core.context.inproc.connect(endpoint.name, core, routingId);
      this.#connected.push({ endpoint: address, link });
      return;
    }
    const link = new Connector(address, core, routingId);
    this.#connected.push({ endpoint: address, link });
    void this.#start(link, endpoint, address);
  }

  /** Ends what was bound under this name, its connections as well. */
  async unbind(address: string): Promise<void> {
    await this.#unbind(this.#takeBound(address));
  }

  /** The same, without waiting for its end. */
  unbindSync(address: string): void {
    // A file that could not be removed: nobody is there to hear of it any more.
    this.#unbind(this.#takeBound(address)).catch(() => {});
  }

  /** Ends what was connected under this name. */
  disconnect(address: string): void {
    const core = this.#core;
    if (core.closed) throw new ZmqError("EBADF");
    const { scheme } = this.#parse(address, "connect");
    const found = this.#connected.filter(({ endpoint }) => endpoint === address);
    if (found.length === 0) {
      // Of multicast, bind and connect are one thing.
      if (scheme !== "epgm") throw new ZmqError("ENOENT", undefined, address);
      return this.unbindSync(address);
    }
    for (const each of found) {
      this.#connected.splice(this.#connected.indexOf(each), 1);
      void each.link.close(core.options.linger);
    }
  }

  /** Ends all; what waits is sent within `linger` milliseconds. */
  async close(linger: number): Promise<void> {
    // A bind that is under way ends first; it finds the socket closed.
    await Promise.allSettled(this.#pending);
    const bound = this.#bound.splice(0);
    const connected = this.#connected.splice(0);
    await Promise.all([
      ...bound.map(async (each) => {
        const closed = each.link.close(linger);
        await each.link.stopListening();
        await this.#removeDirectory(each);
        this.#tellClosed(each);
        await closed;
      }),
      ...connected.map(({ link }) => link.close(linger)),
    ]);
  }

  async #bind(address: string): Promise<void> {
    const core = this.#core;
    const endpoint = this.#parse(address, "bind");
    if (endpoint.scheme === "inproc") return this.#bindInproc(endpoint, address);
    if (endpoint.scheme === "udp" || endpoint.scheme === "epgm") {
      const link = new DatagramSession(address, core, datagramRole(endpoint, core, address, "bind"));
      await link.open();
      this.#bound.push({ endpoint: link.endpoint, link });
      this.last = link.endpoint;
      return;
    }
    const transports = await core.context.transports();
    const target = bindTarget(endpoint, transports, core, address);
    const directory = isTemporary(endpoint) ? await transports.temporaryDirectory!() : undefined;
    this.#listening(await Listener.open(inDirectory(target, directory), core, nameOf), directory);
  }

  #bindSync(address: string): void {
    const core = this.#core;
    const endpoint = this.#parse(address, "bind");
    if (endpoint.scheme === "inproc") return this.#bindInproc(endpoint, address);
    if (endpoint.scheme === "udp" || endpoint.scheme === "epgm") {
      // No runtime opens such a socket without waiting, so this goes on behind, as libzmq's does.
      if (endpoint.port === 0) {
        throw new ZmqError("ENOTSUP", `Cannot bind to "${address}" without waiting for its port: use bind()`);
      }
      const link = new DatagramSession(address, core, datagramRole(endpoint, core, address, "bind"));
      this.#bound.push({ endpoint: address, link });
      this.last = address;
      return link.start();
    }
    const transports = core.context.transportsSync();
    const target = bindTarget(endpoint, transports, core, address);
    const directory = isTemporary(endpoint) ? transports.temporaryDirectorySync!() : undefined;
    this.#listening(Listener.openSync(inDirectory(target, directory), core, nameOf), directory);
  }

  #bindInproc({ name }: InprocEndpoint, address: string): void {
    const link = this.#core.context.inproc.bind(name, this.#core);
    this.#bound.push({ endpoint: address, link });
    this.last = address;
  }

  #listening(link: Listener, directory: string | undefined): void {
    const { endpoint } = link;
    this.#bound.push({ endpoint, link, ...(directory && { directory }) });
    this.last = endpoint;
    this.#core.tell({ type: "bind", address: endpoint });
  }

  /** Tells of a bind that failed, and answers the error for the caller. */
  #refused(failure: unknown, address: string): ZmqError {
    // A name that is none, where an interface or an address is wanted (libzmq says so too).
    const unknown = (failure as { code?: string }).code === "ENOTFOUND";
    const error = unknown ? new ZmqError("ENODEV", undefined, address) : asZmqError(failure, address);
    error.address ??= address;
    this.#core.tell({ type: "bind:error", address, error });
    return error;
  }

  #parse(address: string, purpose: EndpointPurpose): Endpoint {
    return parseEndpoint(address, purpose, this.#core.type.name);
  }

  #takeBound(address: string): Bound {
    if (this.#core.closed) throw new ZmqError("EBADF");
    const { scheme } = this.#parse(address, "bind");
    const same = ({ endpoint }: { readonly endpoint: string }) => endpoint === address;
    const at = this.#bound.findIndex(same);
    if (at >= 0) return this.#bound.splice(at, 1)[0]!;
    // Of multicast, bind and connect are one thing.
    const connected = scheme === "epgm" ? this.#connected.findIndex(same) : -1;
    if (connected < 0) throw new ZmqError("ENOENT", undefined, address);
    return this.#connected.splice(connected, 1)[0] as Bound;
  }

  async #unbind(bound: Bound): Promise<void> {
    hold();
    try {
      // Its failures are those of `stopListening`, which are told.
      Promise.resolve(bound.link.close(this.#core.options.linger)).catch(() => {});
      await bound.link.stopListening();
      await this.#removeDirectory(bound);
    } finally {
      release();
    }
    this.#tellClosed(bound);
  }

  async #start(link: Connector, endpoint: TcpEndpoint | IpcEndpoint, address: string): Promise<void> {
    const core = this.#core;
    try {
      link.start(dialTarget(endpoint, await core.context.transports(), core, address));
    } catch (error) {
      link.fail(asZmqError(error, address));
    }
  }

  /** inproc has no events but `end`, as in libzmq; datagrams tell of their own. */
  #tellClosed({ link, endpoint }: Bound): void {
    if (link instanceof Listener) this.#core.tell({ type: "close", address: endpoint });
  }

  async #removeDirectory({ directory }: Bound): Promise<void> {
    if (directory === undefined) return;
    const transports = await this.#core.context.transports();
    await transports.remove?.(directory).catch(() => {});
  }
}

/** The routing id that `connect` gives a peer (`ZMQ_CONNECT_ROUTING_ID`). */
export function toRoutingId(value: unknown): Uint8Array | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return encodeText(value);
  if (value instanceof Uint8Array) return value.slice();
  throw new TypeError("Routing id must be a string or buffer");
}

function checkRoutingId(routingId: Uint8Array, address: string): void {
  if (routingId.length >= 1 && routingId.length <= ROUTING_ID_MAX && routingId[0] !== 0) return;
  throw new ZmqError("EINVAL", "A routing id has 1 to 255 octets and does not begin with zero", address);
}
