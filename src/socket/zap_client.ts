/**
 * Carries the questions of all sockets of a context to its authentication handler (RFC 27), whatever socket that
 * is: one line to `inproc://zeromq.zap.01`, on which requests differ by their ids.
 *
 * The line is no socket: it counts as none, keeps nothing alive, and ends with the handler. Of a handler in another
 * thread that shares the context's names, nothing is known before it was asked for.
 *
 * Answers come in a microtask of their own, never from inside of `ask` or of the handler's `send`.
 *
 * @module
 */

import { EMPTY, encodeText, latin1 } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import { InprocPipe } from "../inproc/pipe.ts";
import type { InprocBinding, InprocConnection, InprocHost, InprocRegistry } from "../inproc/registry.ts";
import type { Peer } from "../io/engine.ts";
import { decodeZapReply, encodeZapRequest, ZAP_NAME, zapAddress } from "../mechanism/zap.ts";
import type { Inquiry, ZapOrigin, ZapReply } from "../mechanism/zap.ts";
import { Pattern } from "../pattern/pattern.ts";
import type { PatternHost } from "../pattern/pattern.ts";
import type { ContextCore } from "./context_core.ts";
import type { SocketCore } from "./core.ts";

/** Hears the handler's answer, or why there is none. */
export type ZapAnswer = (answer: ZapReply | ProtocolError) => void;

/** Requests that the handler has not read; more wait here, where one whose connection has ended leaves nothing. */
const SEND_MARK = 1000;

/** Who can be a handler: REP and ROUTER (RFC 27), and what can read the envelope by itself. */
const HANDLERS: readonly string[] = ["REP", "ROUTER", "DEALER"];

/** The answer where there is no handler and none is needed: a CURVE server without a domain. */
export const UNASKED: ZapReply = { status: 200, text: "", userId: EMPTY, metadata: new Map(), unasked: true };

const clients = new WeakMap<ContextCore, ZapClient>();

/**
 * Asks the handler of the socket's context about a connection from `remote`, `"127.0.0.1:40312"`. Answers what
 * forgets the question; see `ZapClient.ask`.
 */
export function askZap(core: SocketCore, inquiry: Inquiry, remote: string, answer: ZapAnswer): () => void {
  const { zapDomain, routingId } = core.options;
  const origin = {
    domain: inquiry.domain ?? zapDomain,
    address: zapAddress(remote),
    identity: routingId ?? EMPTY,
  };
  return zapOf(core.context).ask(inquiry, origin, answer);
}

/** The client of a context. */
export function zapOf(context: ContextCore): ZapClient {
  let client = clients.get(context);
  if (client === undefined) clients.set(context, client = new ZapClient(context.inproc));
  return client;
}

/** The questions of one context. */
export class ZapClient {
  readonly #registry: InprocRegistry;
  #line: Line | undefined;
  #lastId = 0;
  /** Replies that came for a connection that has ended, or for none. */
  dropped = 0;

  constructor(registry: InprocRegistry) {
    this.#registry = registry;
  }

  /** How many requests wait for their answers. */
  get waiting(): number {
    return this.#line?.waiting ?? 0;
  }

  /**
   * Asks. The answer is the handler's reply, or a `ProtocolError`: `ERR_ZAP_…` for a malformed one, EPIPE if the
   * handler ended before it replied, EFAULT if there is none. Without one, a CURVE server that has no domain lets
   * everybody in, as libzmq does: the answer is `UNASKED`.
   *
   * Answers what forgets the request: to be called when its connection ends.
   */
  ask(inquiry: Inquiry, origin: ZapOrigin, answer: ZapAnswer): () => void {
    const id = `${++this.#lastId}`;
    const line = this.#lineToHandler();
    const frames = encodeZapRequest(encodeText(id), origin, inquiry);
    line.ask({ id, frames, answer, unanswered: withoutHandler(inquiry, origin) });
    return () => line.forget(id);
  }

  #lineToHandler(): Line {
    const binding = this.#registry.find(ZAP_NAME);
    if (this.#line?.leadsTo(binding)) return this.#line;
    // Requests to a handler that gave its name back and lives on are still answered.
    this.#line?.retire();
    const line: Line = new Line(binding, (id) => this.#asked(id), () => this.dropped++);
    line.connect(this.#registry);
    return this.#line = line;
  }

  /** Whether a request with this id was ever asked. */
  #asked(id: string): boolean {
    return /^[1-9]\d{0,15}$/.test(id) && Number(id) <= this.#lastId;
  }
}

/** One request. */
interface Asked {
  readonly id: string;
  readonly frames: Uint8Array[];
  readonly answer: ZapAnswer;
  /** The answer if there is no handler. */
  readonly unanswered: ZapReply | ProtocolError;
}

/** One connection to a handler: what a DEALER is to it. */
class Line extends Pattern implements InprocHost {
  readonly pattern: Pattern = this;
  readonly self: Peer = {
    socketType: "DEALER",
    routingId: EMPTY,
    subscribeCommands: true,
    metadata: new Map([["socket-type", encodeText("DEALER")], ["identity", EMPTY]]),
  };
  readonly pipeOptions: InprocHost["pipeOptions"] = {
    sendHighWaterMark: SEND_MARK,
    // A reply that found no room would be dropped, and there are no more replies than requests.
    receiveHighWaterMark: 0,
    conflate: false,
    linger: () => 0,
  };
  readonly #binding: InprocBinding | undefined;
  readonly #wasAsked: (id: string) => boolean;
  readonly #dropped: () => void;
  #connection: InprocConnection | undefined;
  #pipe: InprocPipe | undefined;
  /** In the order in which they were asked. */
  readonly #sent = new Map<string, Asked>();
  readonly #unsent = new Map<string, Asked>();
  /** Whether it is not known yet if there is a handler, in another thread. */
  #seeking = true;
  #waking = false;
  #retired = false;

  constructor(
    binding: InprocBinding | undefined,
    wasAsked: (id: string) => boolean,
    dropped: () => void,
  ) {
    super(NO_HOST);
    this.#binding = binding;
    this.#wasAsked = wasAsked;
    this.#dropped = dropped;
  }

  get waiting(): number {
    return this.#sent.size + this.#unsent.size;
  }

  /** Whether it still is the way to the handler. Without one of this thread: while the one of another is there. */
  leadsTo(binding: InprocBinding | undefined): boolean {
    return binding === this.#binding && (this.#seeking || this.#pipe?.connected === true);
  }

  connect(registry: InprocRegistry): void {
    this.#connection = registry.connect(ZAP_NAME, this, undefined);
    this.#connection.whenAnswered(() => {
      this.#seeking = false;
      this.#wake();
    });
  }

  ask(request: Asked): void {
    this.#unsent.set(request.id, request);
    this.#flush();
    this.#wake();
  }

  forget(id: string): void {
    this.#sent.delete(id);
    this.#unsent.delete(id);
    if (this.#retired) this.#wake();
  }

  /** Nothing new is asked here: ends when the last answer was given. */
  retire(): void {
    this.#retired = true;
    this.#wake();
  }

  // As the inproc names see it.

  accepts(socketType: string): boolean {
    return HANDLERS.includes(socketType);
  }

  makePipe(): InprocPipe {
    const { sendHighWaterMark, receiveHighWaterMark, conflate } = this.pipeOptions;
    return this.#pipe = new InprocPipe(this, sendHighWaterMark, receiveHighWaterMark, conflate);
  }

  attach(): boolean {
    return true;
  }

  detach(): void {
    this.#wake();
  }

  readActivated(): void {
    this.#wake();
  }

  writeActivated(): void {
    this.#flush();
  }

  override lost(): void {}

  enter(): void {}

  leave(): void {}

  disconnected(): void {}

  // Requests and replies.

  #flush(): void {
    const pipe = this.#pipe!;
    if (!pipe.connected) return;
    for (const request of this.#unsent.values()) {
      if (!pipe.write(request.frames)) return;
      this.#unsent.delete(request.id);
      this.#sent.set(request.id, request);
    }
  }

  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      this.#read();
      if (this.#pipe!.connected) this.#flush();
      else if (!this.#seeking) this.#end();
      if (this.#retired && this.waiting === 0) void this.#connection!.close(0);
    });
  }

  #read(): void {
    for (;;) {
      const reply = this.#pipe!.read();
      if (reply === undefined) return;
      const echo = reply.length > 2 && reply[2]!.length <= 16 ? latin1(reply[2]!) : "";
      // The id of a request that waits no more is a late reply's, any other is a mistake.
      const request = this.#sent.get(echo) ?? (this.#wasAsked(echo) ? undefined : this.#oldest());
      if (request === undefined) this.#dropped();
      else {
        this.#sent.delete(request.id);
        request.answer(read(reply, request.id));
      }
    }
  }

  /** Whom a reply with a wrong id is for: a REP answers in order, and of others it is the best guess. */
  #oldest(): Asked | undefined {
    for (const request of this.#sent.values()) return request;
    return undefined;
  }

  /** There is no handler, or none any more. */
  #end(): void {
    const met = this.#binding !== undefined || this.#pipe!.closed;
    const all = [...this.#sent.values(), ...this.#unsent.values()];
    this.#sent.clear();
    this.#unsent.clear();
    void this.#connection!.close(0);
    for (const { answer, unanswered } of all) answer(met ? gone() : unanswered);
  }
}

function read(reply: readonly Uint8Array[], id: string): ZapReply | ProtocolError {
  try {
    return decodeZapReply(reply, encodeText(id));
  } catch (error) {
    return error as ProtocolError;
  }
}

/** libzmq's rule: PLAIN cannot decide anything by itself, and who names a domain wants to be asked. */
function withoutHandler({ mechanism }: Inquiry, { domain }: ZapOrigin): ZapReply | ProtocolError {
  if (mechanism === "CURVE" && domain === "") return UNASKED;
  return new ProtocolError("EFAULT", `No authentication handler is bound to inproc://${ZAP_NAME} (RFC 27)`);
}

function gone(): ProtocolError {
  return new ProtocolError("EPIPE", "The authentication handler ended before it replied (RFC 27)");
}

/** A line has no options and no callers that wait. */
const NO_HOST = {} as PatternHost;

declare function queueMicrotask(callback: () => void): void;
