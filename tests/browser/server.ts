/**
 * A server of pages, a program of its own on Deno, Bun or Node: our module, steered by JSON lines with the commands
 * that the peers of the interop tests have (`tests/interop/peer.ts`), and two more: `tick` and `still`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import process from "node:process";
import { createInterface } from "node:readline";
import * as zmq from "../../mod.ts";
import { CERTIFICATE, KEY } from "../support/test_certificates.ts";

/** What the sockets in use have in common. */
interface Socket {
  receiveTimeout: number;
  readonly lastEndpoint: string | null;
  readonly events: AsyncIterable<{ type: string; address?: string; error?: Error & { code?: string } }>;
  bind(address: string): Promise<void>;
  close(): void;
  send(message: unknown): Promise<void>;
  receive(): Promise<Uint8Array[]>;
}

interface Member {
  readonly socket: Socket;
  readonly events: { type: string; address?: string; error?: unknown }[];
  wake(): void;
  ticking?: ReturnType<typeof setInterval>;
}

type Part = string | { readonly size: number; readonly seed: number };

const LONG = 1024;
const members: Member[] = [];

const commands: { readonly [op: string]: (details: never) => unknown } = {
  hello: () => zmq.version,

  open({ type, options }: { type: string; options: { [name: string]: unknown } }) {
    const { secure, ...rest } = options;
    const classes = zmq as unknown as { [name: string]: new (options: object) => Socket };
    const certificate = secure ? { wssCertPem: CERTIFICATE, wssKeyPem: KEY } : {};
    const socket = new classes[type]!({ ...rest, ...certificate });
    return members.push({ socket, events: [], wake() {} }) - 1;
  },

  async bind({ sock, address }: { sock: number; address: string }) {
    const { socket } = members[sock]!;
    await socket.bind(address);
    return socket.lastEndpoint;
  },

  send: ({ sock, parts }: { sock: number; parts: Part[] }) => members[sock]!.socket.send(parts.map(decode)),

  async receive({ sock, timeout }: { sock: number; timeout: number }) {
    const { socket } = members[sock]!;
    socket.receiveTimeout = timeout;
    return (await socket.receive()).map(encode);
  },

  /** Sends this message every few milliseconds, so that a subscriber notices when it has arrived. */
  tick({ sock, parts }: { sock: number; parts: Part[] }) {
    const member = members[sock]!;
    member.ticking = setInterval(() => void member.socket.send(parts.map(decode)), 10);
  },

  still({ sock }: { sock: number }) {
    clearInterval(members[sock]!.ticking);
  },

  async pump({ sock, count, size }: { sock: number; count: number; size: number }) {
    const { socket } = members[sock]!;
    for (let number = 0; number < count; number++) {
      const message = new Uint8Array(size);
      new DataView(message.buffer).setUint32(0, number);
      await socket.send(message);
    }
  },

  async drain({ sock, count, timeout }: { sock: number; count: number; timeout: number }) {
    const { socket } = members[sock]!;
    socket.receiveTimeout = timeout;
    const tally = { count: 0, first: -1, last: -1, ascending: true, doubles: 0 };
    for (; tally.count < count; tally.count++) {
      const body = (await socket.receive()).at(-1)!;
      const number = new DataView(body.buffer, body.byteOffset, body.length).getUint32(0);
      if (tally.count === 0) tally.first = number;
      if (number === tally.last) tally.doubles++;
      if (number <= tally.last) tally.ascending = false;
      tally.last = number;
    }
    return tally;
  },

  async echo({ sock, count }: { sock: number; count: number }) {
    const { socket } = members[sock]!;
    for (let round = 0; round < count; round++) await socket.send(await socket.receive());
  },

  async monitor({ sock }: { sock: number }) {
    const member = members[sock]!;
    await Promise.resolve();
    void (async () => {
      for await (const { type, address, error } of member.socket.events) {
        member.events.push({ type, address, error: error && { code: error.code, message: error.message } });
        member.wake();
      }
    })();
  },

  async event({ sock, type, timeout }: { sock: number; type: string; timeout: number }) {
    const member = members[sock]!;
    const passed: string[] = [];
    const end = Date.now() + timeout;
    while (true) {
      for (let event = member.events.shift(); event; event = member.events.shift()) {
        if (event.type === type) return event;
        passed.push(event.type);
      }
      if (Date.now() >= end) throw new Error(`no ${type} among ${passed}`);
      await new Promise<void>((resolve) => {
        member.wake = resolve;
        setTimeout(resolve, end - Date.now());
      });
    }
  },

  close({ sock }: { sock: number }) {
    clearInterval(members[sock]!.ticking);
    members[sock]!.socket.close();
  },
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, op, ...details } = JSON.parse(line) as { id: number; op: string };
  let answer;
  try {
    answer = { id, result: await commands[op]!(details as never) };
  } catch (error) {
    const { code, name, message } = error as Error & { code?: string };
    answer = { id, error: `${code ?? name}: ${message}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}).on("close", () => process.exit());

function decode(part: Part): Uint8Array {
  if (typeof part === "string") return Uint8Array.from(atob(part), (character) => character.charCodeAt(0));
  return Uint8Array.from({ length: part.size }, (_, index) => (part.seed + index) % 251);
}

function encode(part: Uint8Array): unknown {
  if (part.length <= LONG) return btoa(String.fromCharCode(...part));
  return { size: part.length, sha256: createHash("sha256").update(part).digest("hex") };
}
