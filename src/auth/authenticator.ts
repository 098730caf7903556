/**
 * A ready-made authentication handler (RFC 27): who may talk to the servers of a context. Here is what must be there
 * at once: the name, and what the program says, checked and copied (`settings.ts`). What decides by it, from
 * `handler.ts` on, is loaded when an authenticator is made, for most programs make none; requests wait in the socket
 * meanwhile. A bundler for browsers takes `authenticator_web.ts` instead, as `src/package.json` says.
 *
 * @module
 */

import { encodeText } from "../base/bytes.ts";
import { asZmqError, ZmqError } from "../base/errors.ts";
import { octetsOfKey, z85Encode } from "../base/z85.ts";
import { parseAcceptFilter } from "../socket/accept_filter.ts";
import type { AcceptFilter } from "../socket/accept_filter.ts";
import type { Context } from "../socket/context.ts";
import type { SocketCore } from "../socket/core.ts";
import { Router } from "../socket/sockets.ts";
import { coreOf } from "../socket/symbols.ts";
import { AuthenticatorEvents } from "./events.ts";
import type { AuthenticatorEvent } from "./events.ts";
import type { Handler } from "./handler.ts";
import type { CurvePolicy, NullPolicy, PlainPolicy } from "./requests.ts";
import type { CurveRule, PlainRule, Settings } from "./settings.ts";

/** RFC 27: where the handler is asked. */
const ADDRESS = "inproc://zeromq.zap.01";

/** What an authenticator can be given. */
export interface AuthenticatorOptions {
  /** Whose servers it is for; default: the default context. */
  readonly context?: Context;
  /**
   * Milliseconds that a callback may take to decide, 1 to 2147483647; default 10000. Beyond, the peer is told to come
   * again (300), and what the callback says later counts no more. Sockets wait for the answer no longer than their
   * `handshakeInterval`.
   */
  readonly timeout?: number;
}

/** What an authenticator has done so far. */
export interface AuthenticatorCounts {
  /** Peers that were let in (200). */
  allowed: number;
  /** Peers that were refused (400). */
  denied: number;
  /** Peers over whom it could not be decided: in time (300), or at all (500). */
  failed: number;
  /** Requests that break RFC 27. */
  malformed: number;
}

/**
 * Decides who may talk to the servers of a context, by addresses, passwords, keys, certificates and functions of the
 * program's own: an authentication handler for RFC 27, bound to `inproc://zeromq.zap.01`. CZMQ's `zauth` and
 * `zmq.auth` of pyzmq are its models.
 *
 * It is there as soon as it is made: make it before the first server is bound. Until more is said, peers with NULL
 * are let in, all with PLAIN and CURVE are refused. NULL servers ask only if they have a `zapDomain`, PLAIN and CURVE
 * servers always. All can be changed while it runs, and counts for the next peer; who is in stays in.
 *
 * Policies are for one domain, the `zapDomain` of servers, or for all that have no policy of their own, `"*"`. Each
 * replaces the one before it as a whole, and answers a function that takes it back.
 *
 * Whoever is let in is known by a user id, in the `metadata` of each of its messages as `user-id`: PLAIN's user name,
 * CURVE's public key as Z85, or what the callback says.
 *
 * It keeps no process alive by itself. It has one socket in its context, and ends with it.
 *
 * @example
 * ```ts
 * import { Authenticator, Context, Reply, Request } from "@puremq/zmq";
 *
 * await using context = new Context({ blocky: false });
 * using auth = new Authenticator({ context });
 * auth.configurePlain({ passwords: { admin: "secret" } });
 * auth.deny("10.6.0.0/16");
 * auth.events.on("denied", ({ address, user, reason }) => console.log(`${user} of ${address}: ${reason}`));
 *
 * const server = new Reply({ context, plainServer: true });
 * await server.bind("tcp://127.0.0.1:*");
 *
 * const client = new Request({ context, plainUsername: "admin", plainPassword: "secret" });
 * client.connect(server.lastEndpoint!);
 * await client.send("hello");
 * const [question] = await server.receive();
 * const user = new TextDecoder().decode(question.metadata?.get("user-id"));
 * console.log(`${question} from ${user}`); // hello from admin
 * ```
 */
export class Authenticator {
  /** Each decision, and what went wrong; `counts` counts them also while nobody listens. */
  readonly events: AuthenticatorEvents;
  /**
   * Resolved when the handler is bound: at once, but where the context has joined those of other threads, of which
   * one may have a handler already; then it may reject with EADDRINUSE. There is one handler for all threads that share
   * their names.
   */
  readonly ready: Promise<void>;
  readonly #router: Router;
  readonly #core: SocketCore;
  readonly #tell: (event: AuthenticatorEvent) => void;
  readonly #counts: AuthenticatorCounts = { allowed: 0, denied: 0, failed: 0, malformed: 0 };
  readonly #settings: Settings = {
    allowed: [],
    denied: [],
    NULL: new Map(),
    PLAIN: new Map(),
    CURVE: new Map(),
  };
  #handler: Handler | undefined;

  /**
   * Binds the handler.
   *
   * @throws {ZmqError} EADDRINUSE if the context has a handler, ETERM if it is closed
   * @throws {RangeError} for a `timeout` out of range
   */
  constructor(options: AuthenticatorOptions = {}) {
    const { context, timeout = 10_000 } = options;
    if (!(timeout >= 1 && timeout <= 0x7fffffff)) {
      throw new RangeError(`timeout must be 1 to 2147483647, not ${timeout}`);
    }
    let tell!: (event: AuthenticatorEvent) => void;
    this.events = new AuthenticatorEvents((give) => tell = give);
    this.#tell = tell;
    this.#router = new Router({ linger: 0, ...(context && { context }) });
    this.#core = coreOf(this.#router);
    this.#core.occupy({ wake: () => this.#wake() });
    try {
      this.ready = bind(this.#router);
    } catch (error) {
      this.#router.close();
      throw error;
    }
    void this.#load(timeout);
  }

  /**
   * Lets peers in from these addresses (`"127.0.0.1"`, `"::1"`) and networks (`"10.0.0.0/8"`), and from then on from
   * no others; they still have to prove themselves. Peers of `ipc://` have no address. Answers what takes these back:
   * when none are left, all addresses are allowed.
   *
   * @throws {ZmqError} EINVAL if one is neither; then none is added
   */
  allow(...addresses: string[]): () => void {
    return this.#list("allowed", addresses);
  }

  /**
   * Refuses peers from these addresses and networks, even if they are allowed. Answers what takes these back.
   *
   * @throws {ZmqError} EINVAL if one is neither; then none is added
   */
  deny(...addresses: string[]): () => void {
    return this.#list("denied", addresses);
  }

  /**
   * Decides over peers of NULL servers that have a `zapDomain`; without it, their addresses alone count.
   *
   * @example
   * ```ts
   * import { Authenticator, Context } from "@puremq/zmq";
   *
   * await using context = new Context({ blocky: false });
   * using auth = new Authenticator({ context });
   * auth.configureNull({ domain: "lab", callback: ({ address }) => address.startsWith("10.1.") });
   * ```
   *
   * @throws {ZmqError} EINVAL for a domain that cannot be one
   */
  configureNull(policy: NullPolicy): () => void {
    const { domain, callback } = policy;
    requireFunction(callback);
    return setRule(this.#settings.NULL, domain, { callback });
  }

  /**
   * Decides over peers of PLAIN servers (RFC 24). Passwords are compared in a time that does not depend on them,
   * nor on whether there is such a user.
   *
   * @example
   * ```ts
   * import { Authenticator, Context } from "@puremq/zmq";
   *
   * await using context = new Context({ blocky: false });
   * using auth = new Authenticator({ context, timeout: 2000 });
   * auth.configurePlain({ domain: "lab", passwords: new Map([["admin", "secret"]]) });
   * auth.configurePlain({
   *   async callback({ username, password, address }) {
   *     const known = await Promise.resolve(username === "joe" && password === "wood");
   *     return known && { userId: "joseph", metadata: { From: address } };
   *   },
   * });
   * ```
   *
   * @throws {ZmqError} EINVAL for names and passwords of more than 255 octets, or a domain that cannot be one
   */
  configurePlain(policy: PlainPolicy): () => void {
    return setRule(this.#settings.PLAIN, policy.domain, plainRule(policy));
  }

  /**
   * Decides over peers of CURVE servers (RFC 26) by their public keys. That a peer has the secret key as well is proved
   * before anybody is asked.
   *
   * @example
   * ```ts
   * import { Authenticator, Context, curveKeyPair, Pull, Push } from "@puremq/zmq";
   *
   * await using context = new Context({ blocky: false });
   * using auth = new Authenticator({ context });
   * const [ours, theirs] = [curveKeyPair(), curveKeyPair()];
   * auth.configureCurve({ keys: [theirs.publicKey] });
   * auth.configureCurve({ domain: "guests", keys: "*" });
   *
   * const server = new Pull({ context, curveServer: true, curveSecretKey: ours.secretKey });
   * await server.bind("tcp://127.0.0.1:*");
   * const client = new Push({
   *   context,
   *   curveServerKey: ours.publicKey,
   *   curvePublicKey: theirs.publicKey,
   *   curveSecretKey: theirs.secretKey,
   * });
   * client.connect(server.lastEndpoint!);
   * await client.send("sealed");
   * console.log(String((await server.receive())[0])); // sealed
   * ```
   *
   * @throws {ZmqError} EINVAL for what is no key, or a domain that cannot be one; the system's code if the directory
   * cannot be read, and ENOTSUP where there are no files. A directory that can be read no more lets nobody in (500)
   */
  configureCurve(policy: CurvePolicy): () => void {
    const takeBack = setRule(this.#settings.CURVE, policy.domain, curveRule(policy));
    this.#handler?.prepare();
    return takeBack;
  }

  /** What it has done so far. */
  get counts(): Readonly<AuthenticatorCounts> {
    return { ...this.#counts };
  }

  /** Whether `close` was called, or the context was closed. */
  get closed(): boolean {
    return this.#router.closed;
  }

  /**
   * Gives the name back. Servers of PLAIN, and those with a `zapDomain`, refuse everybody from now on. CURVE servers
   * without a domain let everybody in who knows their key.
   */
  close(): void {
    if (this.closed) return;
    // At once: the rest of a socket's end comes later, and the next handler may be made in this very turn.
    this.#core.endpoints.stopListening();
    this.#router.close();
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return this.#core.close();
  }

  /** If it fails, the name stays taken: nobody gets in, and the error is the program's to see. */
  async #load(timeout: number): Promise<void> {
    const { Handler } = await import("./handler.ts");
    if (this.closed) return;
    this.#handler = new Handler(this.#core, timeout, this.#settings, this.#counts, this.#tell);
  }

  /** From inside of the socket: none of the program's code may run. */
  #wake(): void {
    this.#handler?.wake();
    if (this.closed) this.#tell({ type: "end" });
  }

  #list(name: "allowed" | "denied", addresses: readonly string[]): () => void {
    const settings = this.#settings;
    const added = addresses.map(filterOf);
    settings[name] = [...settings[name], ...added];
    return () => {
      settings[name] = settings[name].filter((each) => !added.includes(each));
    };
  }
}

/** At once, unless other threads must be asked for the name. */
function bind(router: Router): Promise<void> {
  if (coreOf(router).context.inproc.joining === undefined) {
    router.bindSync(ADDRESS);
    return Promise.resolve();
  }
  // Not only for who looks at `ready`: without a handler a CURVE server without a domain lets everybody in.
  return router.bind(ADDRESS).catch((error) => {
    router.close();
    throw error;
  });
}

/** Sets the rule of a domain; answers what takes it back, unless another has replaced it. */
function setRule<R>(rules: Map<string, R>, domain: string = "*", rule: R): () => void {
  if (typeof domain !== "string" || domain === "" || encodeText(domain).length > 255) {
    throw new ZmqError("EINVAL", 'A domain has 1 to 255 octets; "*" stands for all others');
  }
  rules.set(domain, rule);
  return () => {
    if (rules.get(domain) === rule) rules.delete(domain);
  };
}

function plainRule({ passwords, callback }: PlainPolicy): PlainRule {
  if (callback !== undefined) requireFunction(callback);
  const entries: Iterable<[string, string | Uint8Array]> = passwords instanceof Map
    ? passwords
    : Object.entries(passwords ?? {});
  const copies = Array.from(entries, ([username, password]) => {
    if (typeof password !== "string" && !(password instanceof Uint8Array)) {
      throw new TypeError("Passwords are text or Uint8Arrays");
    }
    const name = encodeText(username);
    const secret = typeof password === "string" ? encodeText(password) : new Uint8Array(password);
    // RFC 24: both are OCTET *OCTET, the first of them the length.
    if (name.length > 255 || secret.length > 255) {
      throw new ZmqError("EINVAL", "User names and passwords have at most 255 octets (RFC 24)");
    }
    return [name, secret] as const;
  });
  return { passwords: copies, callback };
}

function curveRule({ keys, directory, callback }: CurvePolicy): CurveRule {
  if (callback !== undefined) requireFunction(callback);
  const any = keys === "*";
  const list = new Set(any ? [] : Array.from(keys ?? [], keyOf));
  if (directory !== undefined) requireFolder(directory);
  return { any, keys: list, directory, callback };
}

function filterOf(address: string): AcceptFilter {
  const filter = typeof address === "string" ? parseAcceptFilter(address) : undefined;
  if (filter === undefined) {
    throw new ZmqError(
      "EINVAL",
      `${JSON.stringify(address)} is no address and no network, such as 10.0.0.0/8`,
    );
  }
  return filter;
}

/** A public key as Z85, whatever it was given as. */
function keyOf(key: string | Uint8Array): string {
  const octets = octetsOfKey(key);
  if (octets === undefined) {
    throw new ZmqError("EINVAL", "A public key has 32 octets, or 40 characters of Z85");
  }
  return z85Encode(octets);
}

function requireFunction(callback: unknown): void {
  if (typeof callback !== "function") throw new TypeError("callback must be a function");
}

/** Tries at once what `certificate_folder.ts` does when it is there. Throws the system's error, or ENOTSUP. */
function requireFolder(folder: string): void {
  const fs = "process" in globalThis ? process.getBuiltinModule?.("fs") : undefined;
  if (fs === undefined) throw new ZmqError("ENOTSUP", "There are no files here");
  try {
    fs.readdirSync(folder);
  } catch (error) {
    throw asZmqError(error, folder);
  }
}

declare const process: {
  getBuiltinModule?(name: "fs"): { readdirSync(folder: string): unknown } | undefined;
};
