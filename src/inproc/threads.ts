/**
 * The names of all threads that share them. Threads form a tree: each has at most one above it. The one at the root
 * knows for every name through which link its owner is reached, and keeps the requests for names that nobody has
 * yet; those in between know it for their own branches and pass the rest up. A request to connect carries one end
 * of a new channel, so that from then on the two sockets' threads talk to each other alone.
 *
 * A thread that says what can't be said is cut off here, as one that has ended: its names are free. Connections that
 * it has made are none of this file's affair: see `thread_peer.ts`.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import { hold, release, startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";
import { canShare, makeRings } from "./carrier.ts";
import type { Port } from "./carrier.ts";
import { holdLife, lost, watchLife } from "./life.ts";
import type { InprocPipe } from "./pipe.ts";
import { cannotAsk } from "./registry.ts";
import type { InprocConnection, InprocRegistry, OtherThreads } from "./registry.ts";
import { isName, toRequest, toWelcome } from "./introductions.ts";
import type { Introduction, Request, Said, Welcome } from "./introductions.ts";
import { Link } from "./link.ts";
import { isObject, marksOf } from "./marks.ts";
import type { Marks } from "./marks.ts";
import { ThreadPeer } from "./thread_peer.ts";

/** Milliseconds until a thread above must have taken us in. */
const PATIENCE = 10_000;
/** Requests that one thread may have waiting: as many as a context has sockets, and some connect more than once. */
const REQUESTS_MAX = 65536;

/** Loads what a context needs to share its names. */
export function makeThreads(registry: InprocRegistry): Threads {
  return new Threads(registry);
}

/** The names that other threads have, as seen from this one. */
export class Threads implements OtherThreads {
  readonly #registry: InprocRegistry;
  #up: Link | undefined;
  readonly #below = new Set<Link>();
  /** Names of other threads, and through which link below they are reached. */
  readonly #owners = new Map<string, Link>();
  /** At the root: requests for names that nobody has. */
  readonly #parked = new Map<string, { readonly request: Request; readonly link: Link | undefined }>();
  /** Our own requests that nobody has answered. */
  readonly #seeking = new Map<
    InprocConnection,
    { readonly id: string; readonly port: Port; readonly name: string }
  >();
  /** Connections, and the links by which they were made. */
  readonly #peers = new Map<ThreadPeer, Link | undefined>();
  readonly #id: string = crypto.getRandomValues(new Uint32Array(3)).join("-");
  #lastId = 0;
  #life = "";

  constructor(registry: InprocRegistry) {
    this.#registry = registry;
    for (const [name, connection] of registry.waiting()) this.seek(name, connection);
  }

  /** Takes in a thread below, which has said hello. */
  attach(port: Port): void {
    const link: Link = new Link(port, (message) => this.#fromBelow(link, message), (rubbish) => {
      this.#end(link, rubbish);
      this.#below.delete(link);
      for (const [name, owner] of this.#owners) {
        if (owner !== link) continue;
        this.#owners.delete(name);
        this.#up?.post({ release: name });
      }
      for (const [id, parked] of this.#parked) if (parked.link === link) this.#cancel(id);
    });
    this.#below.add(link);
    link.post({ welcome: true });
  }

  /** Joins the names of a thread above, to which `sayHello` sent the other end of this channel. */
  async join(sayHello: () => Port): Promise<void> {
    if (this.#up !== undefined) {
      throw new ZmqError("EBUSY", "The context shares another thread's names already");
    }
    this.#life = await holdLife();
    hold();
    let timer: Timer;
    this.#up = await new Promise<Link>((resolve, reject) => {
      const link: Link = new Link(
        sayHello(),
        (message) => {
          if (message.welcome === true) resolve(link);
          else this.#fromAbove(link, message);
        },
        (rubbish) => {
          this.#end(link, rubbish);
          if (this.#up === link) this.#up = undefined;
        },
      );
      link.post({ life: this.#life });
      timer = startTimer(PATIENCE, () => {
        reject(new ZmqError("ETIMEDOUT", "The thread above has not called attach() for this one"));
        link.cut();
      });
    }).finally(() => {
      stopTimer(timer);
      release();
    });
    // Names that we have are the others' to respect from now on; which of them are taken already is told by nobody.
    for (const name of this.#registry.names()) void this.claim(name).catch(() => {});
    const parked = [...this.#parked.values()];
    this.#parked.clear();
    for (const { request, link } of parked) {
      const { introduction } = request;
      // Ours were made before we had a lock.
      const life = link === undefined ? this.#life : introduction.life;
      this.#route({ ...request, introduction: { ...introduction, life } }, link);
    }
  }

  check(name: string): void {
    if (this.#up !== undefined) throw cannotAsk(name);
    if (this.#owners.has(name)) throw new ZmqError("EADDRINUSE", undefined, `inproc://${name}`);
  }

  async claim(name: string): Promise<void> {
    const free = !this.#owners.has(name) && (this.#up === undefined || await this.#up.claim(name));
    if (!free) throw new ZmqError("EADDRINUSE", undefined, `inproc://${name}`);
  }

  bound(name: string): void {
    this.#unpark(name);
  }

  released(name: string): void {
    this.#up?.post({ release: name });
  }

  seek(name: string, connection: InprocConnection): void {
    const id = `${this.#id}-${++this.#lastId}`;
    const { port1, port2 } = new MessageChannel();
    const port = port1 as unknown as Port;
    this.#seeking.set(connection, { id, port, name });
    port.onmessage = ({ data }) => this.#answered(connection, name, port, data);
    // Whoever had the name has ended before it answered: somebody else may take it.
    port.addEventListener("close", () => {
      if (this.#seeking.get(connection)?.id !== id) return;
      this.#seeking.delete(connection);
      this.seek(name, connection);
    });
    port.unref?.();
    this.#route({
      connect: name,
      id,
      port: port2 as unknown as Port,
      introduction: this.#introduce(connection.host.self, marksOf(connection.host)),
    }, undefined);
  }

  forget(connection: InprocConnection): void {
    const sought = this.#seeking.get(connection);
    if (sought === undefined) return;
    this.#seeking.delete(connection);
    sought.port.onmessage = null;
    // Whoever is about to take us in hears that this is no accident.
    sought.port.postMessage({ end: true });
    sought.port.close();
    this.#cancel(sought.id);
  }

  /** Gives back all; the context is closed. */
  close(): void {
    for (const connection of [...this.#seeking.keys()]) this.forget(connection);
    for (const link of [...this.#below]) link.cut();
    for (const { request } of this.#parked.values()) request.port.close();
    this.#parked.clear();
    this.#up?.cut();
  }

  #fromBelow(link: Link, message: Said): void {
    if (isName(message.claim) && typeof message.number === "number") {
      void this.#claimFor(link, message.claim, message.number);
    } else if (isName(message.release)) {
      if (this.#owners.get(message.release) !== link) return;
      this.#owners.delete(message.release);
      this.#up?.post({ release: message.release });
    } else if (typeof message.cancel === "string") this.#cancel(message.cancel);
    else if (typeof message.life === "string") link.watch(message.life);
    else this.#route(toRequest(message), link);
  }

  #fromAbove(link: Link, message: Said): void {
    if (typeof message.claimed === "number") link.claimed(message.claimed, message.free === true);
    else {
      const request = toRequest(message);
      // It came back with a name that was bound here meanwhile, so it has met its peer without leaving.
      if (request.id.startsWith(`${this.#id}-`)) request.port.close();
      else this.#route(request, undefined);
    }
  }

  async #claimFor(link: Link, name: string, number: number): Promise<void> {
    let free = this.#registry.find(name) === undefined && !this.#owners.has(name);
    if (free) {
      // Whoever asks while we ask comes second.
      this.#owners.set(name, link);
      free = this.#up === undefined || await this.#up.claim(name);
      if (!free) this.#owners.delete(name);
    }
    link.post({ claimed: number, free });
    if (free) this.#unpark(name);
  }

  /** To the owner of the name, or up, or to those that wait. */
  #route(request: Request, from: Link | undefined): void {
    const owner = this.#owners.get(request.connect);
    if (this.#registry.find(request.connect) !== undefined) this.#accept(request, from);
    else if (owner !== undefined) owner.forward(request);
    else if (this.#up !== undefined) this.#up.forward(request);
    else if (this.#parked.size < REQUESTS_MAX) {
      this.#parked.set(request.id, { request, link: from });
      // Nobody has the name, and that is known for certain at the root alone.
      if (this.#registry.joining === undefined) request.port.postMessage({ parked: true });
    } else request.port.close();
  }

  #unpark(name: string): void {
    for (const [id, { request, link }] of this.#parked) {
      if (request.connect !== name) continue;
      this.#parked.delete(id);
      this.#route(request, link);
    }
  }

  #cancel(id: string): void {
    const parked = this.#parked.get(id);
    this.#parked.delete(id);
    parked?.request.port.close();
    this.#up?.post({ cancel: id });
  }

  /** Takes in a peer of another thread at a name of ours. */
  #accept({ connect: name, port, introduction }: Request, from: Link | undefined): void {
    const binding = this.#registry.find(name)!;
    const { host } = binding;
    const { peer, marks } = introduction;
    const pipe = binding.admit(peer.socketType);
    if (pipe === undefined) {
      port.postMessage({ refused: true });
      port.close();
      return;
    }
    const rings = introduction.shares ? makeRings() : undefined;
    const welcome: Welcome = { introduction: this.#introduce(host.self, marksOf(host)), rings };
    port.postMessage(welcome);
    pipe.joinFar(this.#makePeer(name, from, pipe, host, port, introduction, marks, rings));
    pipe.peer = peer;
    if (host.pattern.ready(pipe, peer)) pipe.opened();
    else void pipe.end();
  }

  /** The owner of the name has answered. */
  #answered(connection: InprocConnection, name: string, port: Port, data: unknown): void {
    if (isObject(data) && data.parked === true) return connection.answered();
    this.#seeking.delete(connection);
    this.#registry.forget(name, connection);
    let welcome: Welcome | undefined;
    try {
      welcome = toWelcome(data);
    } catch {
      // Told below: as refused as by a refusal.
    }
    if (welcome === undefined) {
      port.onmessage = null;
      port.close();
      connection.refused();
      return;
    }
    const { introduction, rings } = welcome;
    const { host } = connection;
    connection.meetFar(
      introduction.peer,
      (pipe) =>
        this.#makePeer(
          name,
          this.#owners.get(name) ?? this.#up,
          pipe,
          host,
          port,
          introduction,
          introduction.marks,
          rings && [rings[1], rings[0]],
        ),
    );
  }

  #makePeer(
    name: string,
    link: Link | undefined,
    pipe: InprocPipe,
    host: InprocConnection["host"],
    port: Port,
    { peer, life }: Introduction,
    marks: Marks,
    rings: readonly [SharedArrayBuffer, SharedArrayBuffer] | undefined,
  ): ThreadPeer {
    const far: ThreadPeer = new ThreadPeer(pipe, host, port, marks, rings, (error) => {
      forget();
      this.#peers.delete(far);
      if (error !== undefined) host.disconnected(name, peer, error);
    });
    const forget = watchLife(life, () => far.cut(lost()));
    this.#peers.set(far, link);
    return far;
  }

  /** Who speaks rubbish on a link is not to be trusted on the connections that were made by it. */
  #end(link: Link, rubbish: Error | undefined): void {
    if (rubbish === undefined) return;
    for (const [peer, by] of this.#peers) if (by === link) peer.cut(rubbish);
  }

  #introduce(peer: Peer, marks: Marks): Introduction {
    return { peer, marks, life: this.#life, shares: canShare() };
  }
}

declare const crypto: { getRandomValues(numbers: Uint32Array): Uint32Array };
