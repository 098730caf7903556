/**
 * An end of epgm:// on our module, a program of its own: one JSON command a line in, one answer a line out, as
 * `ends.ts` says. `peer_epgm.py` is the same on libzmq.
 *
 * @module
 */

import * as ours from "../../mod.ts";
import { GREETING, message, type Seen, type Shape, short } from "./messages.ts";
import { type Commands, memberships, pause, serve } from "./serve.ts";

const GREETING_EVERY = 50;

interface Socket {
  sendTimeout: number;
  receiveTimeout: number;
  readonly events: AsyncIterable<{ readonly type: string }>;
  connect(endpoint: string): void;
  bind(endpoint: string): Promise<void>;
  close(): void;
  subscribe(...topics: string[]): void;
  join(...groups: string[]): void;
  send(message: string | string[], options?: { group: string }): Promise<void>;
  receive(): Promise<Uint8Array[]>;
}

interface Member {
  readonly socket: Socket;
  readonly losses: unknown[];
  greeting?: ReturnType<typeof setInterval> | undefined;
}

const members: Member[] = [];

const commands: Commands = {
  hello: () => "ours",

  async open({ type, options, endpoints, topics, group }: {
    type: string;
    options: { [name: string]: unknown };
    endpoints: string[];
    topics: string[];
    group: string;
  }) {
    const before = memberships(group);
    // A class takes only the options that mean something for it.
    const { sendHighWaterMark, receiveHighWaterMark, ...common } = options;
    const own = type.endsWith("Subscriber") ? { receiveHighWaterMark } : { sendHighWaterMark };
    const make = (ours as unknown as { [name: string]: new (options: object) => Socket })[type]!;
    const socket = new make({ ...common, ...own });
    const member: Member = { socket, losses: [] };
    watch(member);
    if (type === "Subscriber") socket.subscribe(...topics);
    if (type === "XSubscriber") { for (const topic of topics) await socket.send(`\x01${topic}`); }
    for (const endpoint of endpoints) socket.connect(endpoint);
    // connect() returns before the group is joined.
    while (type.endsWith("Subscriber") && memberships(group) === before) await pause(5);
    return members.push(member) - 1;
  },

  close({ sock }: { sock: number }) {
    clearInterval(members[sock]!.greeting);
    members[sock]!.socket.close();
  },

  greet({ sock }: { sock: number }) {
    const member = members[sock]!;
    member.greeting = setInterval(() => void member.socket.send(GREETING), GREETING_EVERY);
  },

  async greeted({ sock, timeout }: { sock: number; timeout: number }) {
    const parts = await receive(sock, timeout);
    if (parts === undefined) throw new Error(`nothing for ${timeout} ms`);
    if (!parts[0]!.startsWith(GREETING)) throw new Error(`${short(parts)} before a greeting`);
  },

  async publish({ sock, shape, source, first, count, size, pause: between }: {
    sock: number;
    shape: Shape;
    source: string;
    first: number;
    count: number;
    size: number;
    pause: number;
  }) {
    const { socket, greeting } = members[sock]!;
    clearInterval(greeting);
    for (let number = first; number < first + count; number++) {
      await socket.send(message(shape, source, number, size));
      if (between > 0) await pause(between);
    }
  },

  async compare({ sock, count, timeout }: { sock: number; count: number; timeout: number }) {
    for (let number = 0; number < count; number++) {
      const parts = await receive(sock, timeout, GREETING);
      if (parts === undefined) return { count: number, wrong: `nothing for ${timeout} ms` };
      const wanted = message("mixed", "", number, 0);
      if (parts.length !== wanted.length || parts.some((part, index) => part !== wanted[index])) {
        return { count: number, wrong: `${short(parts)} instead of ${short(wanted)}` };
      }
    }
    return { count };
  },

  async collect({ sock, until, timeout }: {
    sock: number;
    until: { [source: string]: number };
    timeout: number;
  }): Promise<Seen> {
    const seen: { [source: string]: [number, number][] } = {};
    const missing = new Set(Object.keys(until));
    while (missing.size > 0) {
      const message = await receive(sock, timeout, GREETING);
      if (message === undefined) break;
      const parts = message.length === 1 ? message[0]!.split(" ") : message;
      if (parts.length !== 3) throw new Error(`not a whole message: ${short(parts)}`);
      const source = parts[0]!.split(".")[0]!;
      const number = Number(parts[1]);
      const runs = seen[source] ??= [];
      const last = runs.at(-1);
      if (last?.[1] === number - 1) last[1] = number;
      else runs.push([number, number]);
      if (number === until[source]) missing.delete(source);
    }
    return seen;
  },

  losses: ({ sock }: { sock: number }) => members[sock]!.losses,
};

serve(commands);

/** One message as text; `undefined` if none came in time. Messages that begin with `skip` do not count. */
async function receive(sock: number, timeout: number, skip?: string): Promise<string[] | undefined> {
  const { socket } = members[sock]!;
  socket.receiveTimeout = timeout;
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const parts = (await socket.receive()).map((part) => decoder.decode(part));
      if (skip === undefined || !parts[0]!.startsWith(skip)) return parts;
    }
  } catch (error) {
    if ((error as { code?: string }).code === "EAGAIN") return undefined;
    throw error;
  }
}

async function watch({ socket, losses }: Member): Promise<void> {
  for await (const event of socket.events) {
    if (event.type === "loss") losses.push(event);
  }
}
