/**
 * The attacker's side of a load: the victim's process, raw connections that write as fast as they are read, and a good
 * peer that is served all the while, or not.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { createInterface, type Interface } from "node:readline";
import { type Scope, within } from "../interop/scope.ts";
import { type AnySocket, loose } from "../interop/subject.ts";
import type { CommandLine } from "../support/legs.ts";
import type { Report, Setting } from "./victim_program.ts";

/** How to run the victim's program on the runtime that is under attack. */
export type Runner = (program: URL, ...args: readonly string[]) => CommandLine;

/** A socket in a process of its own. */
export class Victim {
  readonly endpoint: string;
  /** What it said of itself before the attack. */
  readonly before: Report;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, before: Report) {
    this.#child = child;
    this.#lines = lines;
    this.before = before;
    this.endpoint = before.endpoint;
  }

  static async start(scope: Scope, runner: Runner, setting: Setting): Promise<Victim> {
    const json = JSON.stringify(
      setting,
      (_, value) => value instanceof Uint8Array ? { octets: [...value] } : value,
    );
    const { command, args } = runner(new URL("./victim_program.ts", import.meta.url), json);
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    const over = new Promise<void>((resolve) => child.on("close", () => resolve()));
    scope.atEnd(async () => {
      child.stdin!.end("quit\n");
      const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
      await over;
      clearTimeout(timer);
    });
    const reader: Interface = createInterface({ input: child.stdout! });
    const lines = reader[Symbol.asyncIterator]();
    const first = await within(lines.next(), 20_000, "the victim's first word");
    if (first.done) throw new Error("The victim ended before it said anything");
    return new Victim(child, lines, JSON.parse(first.value));
  }

  /** Another process of the same program that is killed by nobody else. */
  async report(word: "report" | "settle" = "report"): Promise<Report> {
    this.#child.stdin!.write(`${word}\n`);
    const line = await within(this.#lines.next(), 60_000, "the victim's report");
    if (line.done) throw new Error("The victim is dead");
    return JSON.parse(line.value);
  }

  /** Reports until one is so. */
  async until(what: string, holds: (report: Report) => boolean, milliseconds = 60_000): Promise<Report> {
    const end = performance.now() + milliseconds;
    for (;;) {
      const report = await this.report();
      if (holds(report)) return report;
      if (performance.now() > end) throw new Error(`Never ${what}: ${JSON.stringify(report)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Its program begins to receive. */
  read(): void {
    this.#child.stdin!.write("read\n");
  }
}

/** A raw connection that keeps nothing of what it reads. */
export class Raw {
  readonly socket: Socket;
  closed = false;
  /** Octets that came. */
  read = 0;
  #wake: (() => void)[] = [];

  constructor(socket: Socket, reading = true) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      this.#stir();
    });
    socket.on("drain", () => this.#stir());
    if (reading) {
      socket.on("data", (chunk: Uint8Array) => {
        this.read += chunk.length;
        this.#stir();
      });
    }
  }

  /** `stubborn`: it writes on when the victim has ended the connection, until it is reset. */
  static async dial(scope: Scope, endpoint: string, reading = true, stubborn = false): Promise<Raw> {
    const [, host, port] = /^\w+:\/\/(.*):(\d+)/.exec(endpoint)!;
    const socket = connect({ port: Number(port), host: host!, allowHalfOpen: stubborn });
    scope.atEnd(() => socket.destroy());
    const raw = new Raw(socket, reading);
    await within(
      new Promise<void>((resolve, reject) => socket.on("connect", resolve).on("error", reject)),
      30_000,
      "a connection",
    );
    return raw;
  }

  /** Writes, and waits while the other side does not read. `false`: it has closed. */
  async write(octets: Uint8Array): Promise<boolean> {
    if (this.closed) return false;
    if (!this.socket.write(octets)) await this.#stirred(() => this.closed || !this.socket.writableNeedDrain);
    return !this.closed;
  }

  /** Writes, and says whether the other side took it within this time. */
  async tryWrite(octets: Uint8Array, milliseconds: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), milliseconds));
    const taken = await Promise.race([this.write(octets), late]);
    clearTimeout(timer);
    return taken;
  }

  /** Waits for so many octets, or the end. */
  async came(octets: number): Promise<void> {
    await this.#stirred(() => this.closed || this.read >= octets);
  }

  async ended(milliseconds = 60_000): Promise<void> {
    await within(this.#stirred(() => this.closed), milliseconds, "the victim to close the connection");
  }

  /** Ends with a reset. */
  reset(): void {
    const socket = this.socket as Socket & { resetAndDestroy?: () => unknown };
    try {
      if (socket.resetAndDestroy) socket.resetAndDestroy();
      else socket.destroy();
    } catch {
      socket.destroy();
    }
  }

  async #stirred(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  #stir(): void {
    const waking = this.#wake;
    this.#wake = [];
    for (const wake of waking) wake();
  }
}

/** A good peer: how often it was served, the longest that it waited, and whether its connection was lost. */
export class Good {
  served = 0;
  worst = 0;
  lost = 0;
  readonly #socket: AnySocket;
  #over = false;
  #running: Promise<void> = Promise.resolve();

  constructor(scope: Scope, type: string, endpoint: string, options: { readonly [option: string]: unknown }) {
    const socket = this.#socket = scope.own(
      new loose[type]({ linger: 0, reconnectInterval: 10, ...options }),
    );
    socket.events.on("disconnect", () => {
      if (!this.#over) this.lost++;
    });
    if (type === "Subscriber") socket.subscribe("news");
    socket.connect(endpoint);
  }

  /** Begins; resolves when it was served for the first time. */
  async start(): Promise<void> {
    await within(this.#once(), 20_000, "the good peer's first service");
    this.served = this.worst = 0;
    this.#running = (async () => {
      while (!this.#over) {
        await this.#once();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })().catch(() => {});
  }

  /** Served once more, now. Then it is over. */
  async stop(): Promise<void> {
    const served = this.served;
    const end = performance.now() + 30_000;
    while (this.served < served + 2) {
      if (performance.now() > end) throw new Error("The good peer is not served any more");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#over = true;
    this.#socket.close();
    await this.#running;
  }

  async #once(): Promise<void> {
    const begin = performance.now();
    const socket = this.#socket as AnySocket & { type?: unknown };
    if (socket.constructor.name !== "Subscriber") await socket.send("hello");
    await socket.receive();
    this.served++;
    this.worst = Math.max(this.worst, performance.now() - begin);
  }
}
