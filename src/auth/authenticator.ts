/**
 * A ready-made authentication handler (RFC 27): who may talk to the servers of a context. A bundler for browsers
 * takes `authenticator_web.ts` instead, as `src/package.json` says.
 *
 * @module
 */

import { z85Encode } from "../base/z85.ts";
import { ZAP_NAME } from "../mechanism/zap.ts";
import type { ZapRequest } from "../mechanism/zap.ts";
import { copyFrame } from "../message/frame.ts";
import type { Context } from "../socket/context.ts";
import { Router } from "../socket/sockets.ts";
import { coreOf } from "../socket/symbols.ts";
import { AuthenticatorEvents } from "./events.ts";
import type { AuthenticatorEvent, DecisionDetails } from "./events.ts";
import { Handler } from "./handler.ts";
import { Policies } from "./policies.ts";
import type { CurvePolicy, NullPolicy, PlainPolicy } from "./requests.ts";
import type { Verdict } from "./verdict.ts";

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
  readonly #policies: Policies;
  readonly #router: Router;
  readonly #counts: AuthenticatorCounts = { allowed: 0, denied: 0, failed: 0, malformed: 0 };

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
    this.#policies = new Policies((file, error) => tell({ type: "certificate:error", file, error }));
    this.#router = new Router({ linger: 0, ...(context && { context }) });
    const core = coreOf(this.#router);
    new Handler(core, timeout, {
      decide: (request, signal) => this.#policies.decide(request, signal),
      decided: (request, verdict) => tell(this.#decided(request, verdict)),
      malformed: (reason) => {
        this.#counts.malformed++;
        tell({ type: "malformed", reason });
      },
      closed: () => tell({ type: "end" }),
    });
    try {
      this.ready = bind(this.#router);
    } catch (error) {
      this.#router.close();
      throw error;
    }
  }

  /**
   * Lets peers in from these addresses (`"127.0.0.1"`, `"::1"`) and networks (`"10.0.0.0/8"`), and from then on from
   * no others; they still have to prove themselves. Peers of `ipc://` have no address. Answers what takes these back:
   * when none are left, all addresses are allowed.
   *
   * @throws {ZmqError} EINVAL if one is neither; then none is added
   */
  allow(...addresses: string[]): () => void {
    return this.#policies.addresses.allow(addresses);
  }

  /**
   * Refuses peers from these addresses and networks, even if they are allowed. Answers what takes these back.
   *
   * @throws {ZmqError} EINVAL if one is neither; then none is added
   */
  deny(...addresses: string[]): () => void {
    return this.#policies.addresses.deny(addresses);
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
    return this.#policies.configureNull(policy);
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
    return this.#policies.configurePlain(policy);
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
    return this.#policies.configureCurve(policy);
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
    coreOf(this.#router).endpoints.stopListening();
    this.#router.close();
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return coreOf(this.#router).close();
  }

  #decided(request: ZapRequest, verdict: Verdict): AuthenticatorEvent {
    const { status, userId, text, error } = verdict;
    const counter = status === 200 ? "allowed" : status === 400 ? "denied" : "failed";
    this.#counts[counter]++;
    const details = detailsOf(request);
    if (status === 200) return { type: "allowed", ...details, userId: new Uint8Array(userId) };
    return { type: "denied", ...details, status, reason: text, ...(error && { error }) };
  }
}

/** At once, unless other threads must be asked for the name. */
function bind(router: Router): Promise<void> {
  const address = `inproc://${ZAP_NAME}`;
  if (coreOf(router).context.inproc.joining === undefined) {
    router.bindSync(address);
    return Promise.resolve();
  }
  const ready = router.bind(address);
  ready.catch(() => router.close());
  return ready;
}

function detailsOf({ domain, address, identity, mechanism, credentials }: ZapRequest): DecisionDetails {
  const [first] = credentials;
  const user = mechanism === "PLAIN" && first !== undefined
    ? copyFrame(first.subarray(0, 255)).text()
    : mechanism === "CURVE" && first?.length === 32
    ? z85Encode(first)
    : undefined;
  // Copied: an event may be kept, and must not keep the message.
  const own = { domain, address, identity: new Uint8Array(identity), mechanism };
  return { ...own, ...(user !== undefined && { user }) };
}
