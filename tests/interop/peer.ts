/**
 * The other side of an interop test: real libzmq in a process of its own, steered by JSON lines. Two programs
 * speak the same protocol, `peer_zeromq.cjs` (npm's binding, under Node) and `peer_pyzmq.py`; where one cannot
 * run, its tests are skipped by name.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { type Scope, test, type Transport, within } from "./scope.ts";
import type { DraftName, MonitorEvent, Name, SocketName } from "./subject.ts";

/** A program that carries libzmq. */
export interface PeerKind {
  readonly name: string;
  /** The transports by which ours are held against it; none for who has tests of its own. */
  readonly transports?: readonly Transport[];
  /** Why it cannot run here. */
  readonly missing?: string;
  readonly command: string;
  readonly arguments: readonly string[];
}

/** The two kinds of peer, whether they can run or not. */
export const peerKinds: readonly PeerKind[] = [zeromqPeer(), pyzmqPeer()];

/** JeroMQ 0.3, which speaks ZMTP 2.0 and nothing newer. */
export const jeromqPeer: PeerKind = {
  name: "JeroMQ 0.3",
  command: "java",
  arguments: [
    "-XX:TieredStopAtLevel=1",
    "-cp",
    process.env.PUREMQ_JEROMQ ?? "",
    fileURLToPath(new URL("./PeerJeromq.java", import.meta.url)),
  ],
  ...(process.env.PUREMQ_JEROMQ ? {} : { missing: "PUREMQ_JEROMQ is not set" }),
};

/** Declares the same tests for each kind of peer. */
export function withEachPeer(
  subject: string,
  declare: (test: (name: string, body: PeerTest, seconds?: number) => void, kind: PeerKind) => void,
  kinds: readonly PeerKind[] = peerKinds,
): void {
  for (const kind of kinds) {
    describe(`${subject}, with ${kind.name}`, () => {
      declare((name, body, seconds) => {
        if (kind.missing) it.skip(`${name} (skipped: ${kind.missing})`, () => {});
        else test(name, async (scope) => await body(scope, await startPeer(scope, kind)), seconds);
      }, kind);
    });
  }
}

/** A test with a fresh peer process. */
export type PeerTest = (scope: Scope, peer: Peer) => Promise<void>;

/** Starts a peer process that ends with the test. */
export async function startPeer(scope: Scope, kind: PeerKind): Promise<Peer> {
  const peer = new Peer(kind);
  scope.atEnd(() => peer.kill());
  await peer.ready();
  return peer;
}

/** A part to send: text, octets, or so many octets of the pattern. */
export type PeerPart = string | Uint8Array | { readonly size: number; readonly seed: number };

/** Octets of which each tells its place; the peers make the same. */
export function pattern(size: number, seed: number): Uint8Array {
  const octets = new Uint8Array(size);
  for (let index = 0, value = seed % 251; index < size; index++) {
    octets[index] = value;
    if (++value === 251) value = 0;
  }
  return octets;
}

/** What a peer counted of numbered messages. */
export interface Tally {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly ascending: boolean;
  readonly doubles: number;
}

/** A process with libzmq. */
export class Peer {
  readonly kind: PeerKind;
  readonly #child: ChildProcess;
  readonly #answers: Map<number, (answer: Answer) => void> = new Map();
  readonly #gone: Promise<void>;
  #stderr = "";
  #serial = 0;

  constructor(kind: PeerKind) {
    this.kind = kind;
    const child = this.#child = spawn(kind.command, [...kind.arguments], { stdio: ["pipe", "pipe", "pipe"] });
    let rest = "";
    child.stdout!.setEncoding("utf8");
    child.stdout!.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#answered(JSON.parse(line) as Answer);
    });
    child.stderr!.setEncoding("utf8");
    child.stderr!.on("data", (text: string) => this.#stderr += text);
    child.stdin!.on("error", () => {}); // A killed peer; the calls under way are rejected below.
    this.#gone = new Promise((resolve) => {
      const ended = () => {
        for (const id of this.#answers.keys()) {
          this.#answered({ id, error: `${kind.name} ended. ${this.#stderr}` });
        }
        resolve();
      };
      child.on("exit", ended);
      child.on("error", (error) => {
        this.#stderr += String(error);
        ended();
      });
    });
  }

  /** Waits until the program runs. */
  async ready(): Promise<void> {
    await this.call("hello", {});
  }

  /** Opens a socket there, in the context of this name, which is made for it if need be. */
  async open(
    type: SocketName | DraftName,
    options: { [option: string]: unknown } = {},
    context?: string,
  ): Promise<PeerSocket> {
    const details = { type, options: { linger: 0, ...options }, ...(context !== undefined && { context }) };
    return new PeerSocket(this, await this.call("open", details) as number);
  }

  /** One command and its answer. */
  async call(op: string, details: { [name: string]: unknown }, milliseconds = 15000): Promise<unknown> {
    const id = ++this.#serial;
    const answer = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    this.#child.stdin!.write(`${JSON.stringify({ id, op, ...details })}\n`);
    const { error, result } = await within(
      answer,
      milliseconds,
      () => `${this.kind.name}'s ${op}. ${this.#stderr}`,
    );
    if (error !== undefined) throw new Error(`${this.kind.name}: ${op}: ${error}`);
    return result;
  }

  /** Stops the process where it stands: it reads nothing until `wake`. */
  freeze(): void {
    process.kill(this.#child.pid!, "SIGSTOP");
  }

  /** Lets it go on. */
  wake(): void {
    process.kill(this.#child.pid!, "SIGCONT");
  }

  /** Ends the process at once, as a crash would, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#gone;
  }

  #answered(answer: Answer): void {
    this.#answers.get(answer.id)?.(answer);
    this.#answers.delete(answer.id);
  }
}

interface Answer {
  readonly id: number;
  readonly error?: string;
  readonly result?: unknown;
}

/** A socket of the peer. */
export class PeerSocket {
  readonly #peer: Peer;
  readonly #sock: number;

  constructor(peer: Peer, sock: number) {
    this.#peer = peer;
    this.#sock = sock;
  }

  /** Binds, and answers with the endpoint that came of it. */
  async bind(address: string): Promise<string> {
    return await this.#call("bind", { address }) as string;
  }

  /** Sets an option by its number; zeromq.js alone has this. */
  async setOption(option: number, value: string | number): Promise<void> {
    await this.#call("setOption", { option, value });
  }

  async unbind(address: string): Promise<void> {
    await this.#call("unbind", { address });
  }

  async connect(address: string): Promise<void> {
    await this.#call("connect", { address });
  }

  async disconnect(address: string): Promise<void> {
    await this.#call("disconnect", { address });
  }

  async send(parts: readonly PeerPart[]): Promise<void> {
    await this.#call("send", { parts: parts.map(encode) });
  }

  /** One message. A part above 1 KiB comes as its size and SHA-256. */
  async receive(milliseconds = 10000): Promise<(Uint8Array | Digest)[]> {
    const parts = await this.#call(
      "receive",
      { timeout: milliseconds },
      milliseconds + 2000,
    ) as (string | Digest)[];
    return parts.map((part) =>
      typeof part === "string" ? Uint8Array.from(atob(part), (c) => c.charCodeAt(0)) : part
    );
  }

  /** One message of short parts, as text. */
  async receiveTexts(milliseconds?: number): Promise<string[]> {
    return (await this.receive(milliseconds)).map((part) => new TextDecoder().decode(part as Uint8Array));
  }

  /** Sends one part to somebody by name; zeromq.js alone has these. */
  async sendTo(body: PeerPart, to?: Name): Promise<void> {
    const name = to?.group === undefined ? to : { group: encode(to.group) };
    await this.#call("sendTo", { body: encode(body), to: name });
  }

  /** One message of one part, as text, and who it is from. */
  async receiveFrom(milliseconds = 10000): Promise<Named> {
    const { body, from } = await this.#call(
      "receiveFrom",
      { timeout: milliseconds },
      milliseconds + 2000,
    ) as Named;
    if (from === undefined) return { body: decode(body) };
    const { group, routingId } = from;
    return {
      body: decode(body),
      from: group === undefined ? { routingId: routingId! } : { group: decode(group) },
    };
  }

  async join(...groups: string[]): Promise<void> {
    await this.#call("join", { groups: groups.map(encode) });
  }

  async leave(...groups: string[]): Promise<void> {
    await this.#call("leave", { groups: groups.map(encode) });
  }

  async subscribe(...topics: (string | Uint8Array)[]): Promise<void> {
    await this.#call("subscribe", { topics: topics.map(encode) });
  }

  async unsubscribe(...topics: (string | Uint8Array)[]): Promise<void> {
    await this.#call("unsubscribe", { topics: topics.map(encode) });
  }

  /** Sends numbered messages: the number in four octets, network order, padded to the size. */
  async pump(count: number, size: number): Promise<void> {
    await this.#call("pump", { count, size }, 60000);
  }

  /** Receives numbered messages until so many came, or none for so long. */
  async drain(count: number, milliseconds = 5000): Promise<Tally> {
    return await this.#call("drain", { count, timeout: milliseconds }, 60000) as Tally;
  }

  /** Sends back what comes, so many times. */
  async echo(count: number): Promise<void> {
    await this.#call("echo", { count }, 60000);
  }

  /** Records events from now on. */
  async monitor(): Promise<void> {
    await this.#call("monitor", {});
  }

  /** The next event of this type. */
  async event(type: string, milliseconds = 5000): Promise<MonitorEvent> {
    return await this.#call("event", { type, timeout: milliseconds }, milliseconds + 2000) as MonitorEvent;
  }

  /** What was recorded up to the first handshake that succeeded, or the first connection that ended. */
  async story(milliseconds = 8000): Promise<Told[]> {
    return await this.#call("story", { timeout: milliseconds }, milliseconds + 2000) as Told[];
  }

  /** One message of short parts, as text, and what `zmq_msg_gets` says of it; pyzmq alone has this. */
  async receiveProperties(
    ...names: string[]
  ): Promise<{ parts: string[]; properties: { [name: string]: string | null } }> {
    const { parts, properties } = await this.#call("receiveProperties", { names, timeout: 10000 }) as {
      parts: string[];
      properties: { [name: string]: string | null };
    };
    return { parts: parts.map(decode), properties };
  }

  async close(): Promise<void> {
    await this.#call("close", {});
  }

  #call(op: string, details: { [name: string]: unknown }, milliseconds?: number): Promise<unknown> {
    return this.#peer.call(op, { sock: this.#sock, ...details }, milliseconds);
  }
}

/** A message of one part, and who it is from. */
export interface Named {
  readonly body: string;
  readonly from?: { readonly routingId?: number; readonly group?: string };
}

/** An event as a story tells of it: `value` is libzmq's number, or what zeromq.js makes of it. */
export interface Told {
  readonly type: string;
  readonly value?: number | string;
}

/** How a peer tells of a long part. */
export interface Digest {
  readonly size: number;
  readonly sha256: string;
}

function decode(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

function encode(part: PeerPart): unknown {
  if (typeof part === "string") return encode(new TextEncoder().encode(part));
  return part instanceof Uint8Array ? btoa(String.fromCharCode(...part)) : part;
}

function zeromqPeer(): PeerKind {
  const { PUREMQ_ZEROMQ: path, PUREMQ_NODE: node } = process.env;
  const program = fileURLToPath(new URL("./peer_zeromq.cjs", import.meta.url));
  return {
    name: "zeromq.js",
    transports: ["tcp", "ipc", "ws"],
    command: node ?? "node",
    arguments: [program, path ?? ""],
    ...(path && node ? {} : { missing: "PUREMQ_ZEROMQ and PUREMQ_NODE are not set" }),
  };
}

function pyzmqPeer(): PeerKind {
  const program = fileURLToPath(new URL("./peer_pyzmq.py", import.meta.url));
  const candidates = process.env.PUREMQ_PYTHON
    ? [process.env.PUREMQ_PYTHON]
    : ["python3", "/usr/bin/python3"];
  const command = candidates.find((python) => spawnSync(python, ["-c", "import zmq.asyncio"]).status === 0);
  return {
    name: "pyzmq",
    // Its libzmq is the system's, which has WebSocket among its drafts, if at all.
    transports: ["tcp", "ipc"],
    command: command ?? "python3",
    arguments: [program],
    ...(command ? {} : { missing: "no python3 with zmq" }),
  };
}
