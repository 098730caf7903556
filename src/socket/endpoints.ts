/**
 * What a socket is bound and connected to.
 *
 * @module
 */

import { encodeText } from "../base/bytes.ts";
import { ZmqError } from "../base/errors.ts";
import { hold, release } from "../io/timers.ts";
import type { Pipe } from "../pipe/pipe.ts";
import type { SocketCore } from "./core.ts";
import type { EndpointPurpose } from "./endpoint_text.ts";
import { asBindError, isBoundAs, tellBound, tellClosed } from "./bound_events.ts";
import { findScheme } from "./find_scheme.ts";
import type { Asked, BoundLink, ConnectedLink, Scheme } from "./scheme.ts";
import { ABSENT, SCHEMES } from "./schemes.ts";

/** A connected endpoint. */
interface Connected {
  readonly endpoint: string;
  readonly link: ConnectedLink;
}

/** RFC 28: an identity has 1 to 255 octets and does not begin with zero. */
const ROUTING_ID_MAX = 255;

/** The endpoints of one socket. */
export class Endpoints {
  /** The last one bound or connected, wildcards resolved. */
  last: string | null = null;
  readonly #core: SocketCore;
  readonly #bound: BoundLink[] = [];
  readonly #connected: Connected[] = [];
  readonly #pending = new Set<Promise<void>>();
  /** What was let go, and still lingers. */
  readonly #lingering = new Set<Promise<void>>();

  constructor(core: SocketCore) {
    this.#core = core;
  }

  /** Whether the socket has any. */
  get some(): boolean {
    return this.#bound.length > 0 || this.#connected.length > 0 || this.#pending.size > 0;
  }

  /** All pipes. */
  *pipes(): Iterable<Pipe> {
    for (const { pipes } of this.#bound) yield* pipes;
    for (const { link } of this.#connected) yield* link.pipes;
  }

  /** What the socket is bound and connected to. */
  named(): { bound: string[]; connected: string[] } {
    return {
      // Of a program's own server each connection is one.
      bound: [...new Set(this.#bound.map(({ endpoint }) => endpoint))],
      connected: this.#connected.map(({ endpoint, link }) => link.endpoint ?? endpoint),
    };
  }

  /** Whether a bind or an unbind is under way. */
  get busy(): boolean {
    return this.#pending.size > 0;
  }

  /** How many connections are in their handshake. */
  get handshakes(): number {
    const links = [...this.#bound, ...this.#connected.map(({ link }) => link)];
    return links.reduce((sum, { handshakes = 0 }) => sum + handshakes, 0);
  }

  /** The pipe of the endpoint that was connected last, if it is there at once. */
  get newest(): Pipe | undefined {
    for (const pipe of this.#connected.at(-1)?.link.pipes ?? []) return pipe;
    return undefined;
  }

  /** Accepts no more; the connections that are there stay. */
  stopListening(): void {
    // What could not be closed is told by `close`, which follows.
    for (const link of this.#bound) Promise.resolve(link.stopListening()).catch(() => {});
  }

  /** Binds. */
  async bind(address: string): Promise<void> {
    if (this.#core.closed) throw new ZmqError("EBADF");
    const bind = async () => {
      const { scheme, asked } = this.#find(address, "bind");
      this.#listening(await scheme.bind(asked), address);
    };
    try {
      await this.#settled(bind());
    } catch (error) {
      throw this.#refused(error, address);
    }
  }

  /** The same at once. */
  bindSync(address: string): void {
    if (this.#core.closed) throw new ZmqError("EBADF");
    try {
      const { scheme, asked } = this.#find(address, "bind");
      this.#listening(scheme.bindSync(asked), address);
    } catch (error) {
      throw this.#refused(error, address);
    }
  }

  /** Connects; only the address is checked here, the rest goes on behind. */
  connect(address: string, routingId?: Uint8Array): void {
    if (this.#core.closed) throw new ZmqError("EBADF");
    const { scheme, asked } = this.#find(address, "connect");
    if (routingId !== undefined) checkRoutingId(routingId, address);
    const link = scheme.connect(asked, routingId);
    this.#connected.push({ endpoint: address, link });
    this.last = link.endpoint ?? address;
  }

  /** Takes what was made without `bind`. Answers what lets it go again. */
  adopt(link: BoundLink): () => void {
    this.#bound.push(link);
    return () => {
      const at = this.#bound.indexOf(link);
      if (at >= 0) this.#bound.splice(at, 1);
    };
  }

  /** Ends what was bound under this name, its connections as well. */
  async unbind(address: string): Promise<void> {
    const unbind = async () => await this.#unbind(this.#takeBound(address));
    await this.#settled(unbind());
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
    const scheme = this.#check(address, "connect", "disconnect");
    const found = this.#connected.filter(({ endpoint }) => endpoint === address);
    if (found.length === 0) {
      // Of multicast, bind and connect are one thing.
      if (!scheme.symmetric) throw new ZmqError("ENOENT", undefined, address);
      return this.unbindSync(address);
    }
    for (const each of found) {
      this.#connected.splice(this.#connected.indexOf(each), 1);
      this.#linger(each.link.close(core.options.linger, true));
    }
  }

  /** Ends all; what waits is sent within `linger` milliseconds. */
  async close(linger: number): Promise<void> {
    // A bind or unbind that is under way ends first; a bind finds the socket closed.
    await Promise.allSettled(this.#pending);
    const bound = this.#bound.splice(0);
    const connected = this.#connected.splice(0);
    await Promise.all([
      ...bound.map(async (link) => {
        const closed = link.close(linger);
        await link.stopListening();
        tellClosed(this.#core, link);
        await closed;
      }),
      ...connected.map(({ link }) => link.close(linger)),
      ...this.#lingering,
    ]);
  }

  async #settled(operation: Promise<void>, among = this.#pending): Promise<void> {
    among.add(operation);
    try {
      await operation;
    } finally {
      among.delete(operation);
    }
  }

  #listening(link: BoundLink, address: string): void {
    const { endpoint } = link;
    this.#bound.push(link);
    this.last = endpoint;
    tellBound(this.#core, link, address);
  }

  /** Tells of a bind that failed, and answers the error for the caller. */
  #refused(failure: unknown, address: string): ZmqError {
    const error = asBindError(failure, address);
    error.address ??= address;
    this.#core.tell({ type: "bind:error", address, error });
    return error;
  }

  #find(
    address: string,
    purpose: EndpointPurpose,
    verb?: Asked["verb"],
  ): { readonly scheme: Scheme; readonly asked: Asked } {
    const core = this.#core;
    const given = { address, purpose, verb };
    const { scheme, rest } = findScheme(SCHEMES, ABSENT, given, core.type.name, core.context.runtime);
    return { scheme, asked: { ...given, core, rest } };
  }

  #check(address: string, purpose: EndpointPurpose, verb: Asked["verb"]): Scheme {
    const { scheme, asked } = this.#find(address, purpose, verb);
    scheme.parse(asked.rest, asked, this.#core.type.name);
    return scheme;
  }

  #takeBound(address: string): BoundLink {
    if (this.#core.closed) throw new ZmqError("EBADF");
    const scheme = this.#check(address, "bind", "unbind");
    const at = this.#bound.findIndex((link) => isBoundAs(link, address));
    if (at >= 0) return this.#bound.splice(at, 1)[0]!;
    // Of multicast, bind and connect are one thing.
    const connected = scheme.symmetric
      ? this.#connected.findIndex(({ endpoint }) => endpoint === address)
      : -1;
    if (connected < 0) throw new ZmqError("ENOENT", undefined, address);
    return this.#connected.splice(connected, 1)[0]!.link as BoundLink;
  }

  /** The end of the socket is not before the end of this one. */
  #linger(end: Promise<void> | void): void {
    void this.#settled(Promise.resolve(end).catch(() => {}), this.#lingering);
  }

  async #unbind(bound: BoundLink): Promise<void> {
    hold();
    try {
      // Its failures are those of `stopListening`, which are told.
      this.#linger(bound.close(this.#core.options.linger));
      await bound.stopListening();
    } finally {
      release();
    }
    tellClosed(this.#core, bound);
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
