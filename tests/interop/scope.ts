/**
 * One test with everything it opened: sockets, peers and servers are closed when it ends, however it ends,
 * and a test that waits for something that never comes fails after its deadline instead of hanging the run.
 *
 * @module
 */

import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { it } from "@std/testing/bdd";
import {
  type AnySocket,
  type DraftName,
  type DraftSocket,
  isOurs,
  type MonitorEvent,
  open,
  openDraft,
  type SocketName,
} from "./subject.ts";

/** Milliseconds: a connection whose peer does not end it is over after one second. */
const ENDING_TIME = 3000;

/** The transports that leave the process. */
export type Transport = "tcp" | "ipc" | "ws";

/** All transports of these sockets. */
export type AnyTransport = Transport | "inproc";

/** Declares a test that gets a scope of its own. */
export function test(name: string, body: (scope: Scope) => Promise<void>, seconds = 20): void {
  it(name, async () => {
    const scope = new Scope();
    try {
      await within(body(scope), seconds * 1000, `the test "${name}"`);
    } finally {
      await scope.end();
    }
  });
}

/** A test that libzmq itself would fail: run only against our module, skipped by name otherwise. */
export function strictTest(name: string, body: (scope: Scope) => Promise<void>, seconds = 20): void {
  if (isOurs) test(name, body, seconds);
  else it.skip(`${name} (libzmq differs)`, () => {});
}

/** What one test opened. */
export class Scope {
  readonly #enders: (() => unknown)[] = [];
  /** Of sockets: their connections, which may outlive `close()`. */
  readonly #ending: Promise<void>[] = [];
  #directory: string | undefined;
  #names = 0;

  /** Opens a socket of the module under test. */
  socket(name: SocketName, options?: { [option: string]: unknown }): AnySocket {
    return this.#socket(open(name, options));
  }

  /** The same of the types that libzmq calls drafts. */
  draft(name: DraftName, options?: { [option: string]: unknown }): DraftSocket {
    return this.#socket(openDraft(name, options));
  }

  #socket<T extends { close(): unknown }>(socket: T): T {
    const { [Symbol.asyncDispose]: dispose } = socket as Partial<AsyncDisposable>;
    this.atEnd(() => {
      socket.close();
      if (dispose !== undefined) this.#ending.push(Promise.resolve(dispose.call(socket)));
    });
    return socket;
  }

  /** Closes this when the test ends. */
  own<T extends { close(): unknown }>(closable: T): T {
    this.atEnd(() => closable.close());
    return closable;
  }

  /** Kills this program when the test ends, and waits until it is gone: Deno takes one that is not yet for a leak. */
  program<T extends ChildProcess>(child: T): T {
    const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
    this.atEnd(async () => {
      child.kill("SIGKILL");
      await gone;
    });
    return child;
  }

  /** Calls this when the test ends; the latest first. */
  atEnd(ender: () => unknown): void {
    this.#enders.push(ender);
  }

  /** Monitors a socket from now on. */
  watch(socket: Pick<AnySocket, "events">): Watch {
    return new Watch(socket);
  }

  /** An endpoint to bind, its port left to the system. */
  address(transport: AnyTransport): string {
    if (transport === "tcp") return "tcp://127.0.0.1:*";
    if (transport === "ws") return "ws://127.0.0.1:*/zeromq";
    if (transport === "ipc") return `ipc://${this.path()}`;
    return `inproc://${process.pid}-${++serial}`;
  }

  /** An endpoint that can be connected to before anybody binds it. */
  async freeAddress(transport: AnyTransport): Promise<string> {
    if (transport === "tcp") return `tcp://127.0.0.1:${await freePort()}`;
    return transport === "ws" ? `ws://127.0.0.1:${await freePort()}/zeromq` : this.address(transport);
  }

  /** The path of a file that is not there yet, in a directory that goes with the test. */
  path(): string {
    if (!this.#directory) {
      const directory = this.#directory = mkdtempSync(join(tmpdir(), "puremq-"));
      this.#enders.unshift(() => rmSync(directory, { recursive: true, force: true }));
    }
    return join(this.#directory, `${++this.#names}.sock`);
  }

  /**
   * Closes everything, then waits until the connections have ended: Deno takes those that have not for leaks. A test
   * whose subject is a long linger does not wait for it.
   */
  async end(): Promise<void> {
    for (const ender of this.#enders.reverse()) await ender();
    await within(Promise.all(this.#ending), ENDING_TIME, "the end of connections").catch(() => {});
  }
}

let serial = 0;

/** The events of one socket, in the order they came, waiting to be asked for. */
export class Watch {
  readonly seen: MonitorEvent[] = [];
  #read = 0;
  #waiting: (() => void)[] = [];
  #failure: unknown;

  constructor(socket: Pick<AnySocket, "events">) {
    this.#follow(socket.events).catch((error) => {
      this.#failure = error;
      this.#wake();
    });
  }

  /** The next event of this type (or one of these) after the last that was asked for; others are passed over. */
  async next(type: string | readonly string[], milliseconds = 5000): Promise<MonitorEvent> {
    const wanted = typeof type === "string" ? [type] : type;
    const found = async (): Promise<MonitorEvent> => {
      while (true) {
        while (this.#read < this.seen.length) {
          const event = this.seen[this.#read++]!;
          if (wanted.includes(event.type)) return event;
        }
        if (this.#failure) throw this.#failure;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    };
    const types = () => this.seen.map((event) => event.type).join(", ");
    return await within(found(), milliseconds, () => `the event ${wanted.join(" or ")}; seen: ${types()}`);
  }

  /** How often an event of this type was seen so far. */
  count(type: string): number {
    return this.seen.filter((event) => event.type === type).length;
  }

  async #follow(events: AnySocket["events"]): Promise<void> {
    for await (const event of events) {
      this.seen.push(event);
      this.#wake();
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** The promise's value, or an error that says what did not come in time. */
export async function within<T>(
  promise: Promise<T>,
  milliseconds: number,
  what: string | (() => string),
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const name = typeof what === "string" ? what : what();
      reject(new Error(`Nothing after ${milliseconds} ms while waiting for ${name}`));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets time pass, for the few tests whose subject is that nothing happens. */
export function elapse(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Does this again and again until it answers `true`. For state that no event tells of. */
export async function until(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
  for (let round = 0; round < 1000; round++) {
    if (await done()) return;
    await elapse(5);
  }
  throw new Error(`It never came true: ${what}`);
}

/** A TCP port of the loopback interface that is free at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** The parts as text. */
export function texts(parts: readonly Uint8Array[]): string[] {
  return parts.map((part) => new TextDecoder().decode(part));
}

/** The outcome of something that should fail, for looking at the error's fields. */
export async function failure(
  action: () => unknown,
): Promise<Error & { code?: string; errno?: number; address?: string }> {
  try {
    await action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("It did not fail");
}
