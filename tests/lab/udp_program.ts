/**
 * An end of udp://, a program of its own: one JSON command a line in, one answer a line out, as `udp_ends.ts`
 * says. It runs on our module, or on npm's zeromq with libzmq's draft sockets if its argument is the path of that,
 * for both have the same classes.
 *
 * @module
 */

import { createRequire } from "node:module";
import process from "node:process";
import { bound, type Commands, memberships, pause, serve } from "./serve.ts";

const GREETING_EVERY = 50;

/** A message on its way through JSON: the group or the address, and the octets of the body in base64. */
export type Posted = readonly [string, string];

interface Socket {
  receiveTimeout: number;
  connect(endpoint: string): void;
  bind(endpoint: string): Promise<void>;
  close(): void;
  join(...groups: string[]): void;
  leave(...groups: string[]): void;
  send(message: unknown, options?: { group: string }): Promise<void>;
  receive(): Promise<[Uint8Array, Uint8Array | { group: Uint8Array | string }]>;
}

const [replacement] = process.argv.slice(2);
const zmq = (replacement === undefined ? await import("../../mod.ts") : createRequire(import.meta.url)(
  replacement,
)) as unknown as { [name: string]: new (options: object) => Socket };

const sockets: Socket[] = [];
const greetings = new Map<number, ReturnType<typeof setInterval>>();

const commands: Commands = {
  hello: () => replacement ?? "ours",

  open: ({ type, options }: { type: string; options: object }) =>
    sockets.push(new zmq[type]!({ linger: 0, ...options })) - 1,

  connect: ({ sock, endpoint }: { sock: number; endpoint: string }) => sockets[sock]!.connect(endpoint),

  /** Binds, and waits until it can be reached. */
  async bind({ sock, endpoint, group }: { sock: number; endpoint: string; group?: string }) {
    const before = group === undefined ? 0 : memberships(group);
    await sockets[sock]!.bind(endpoint);
    const port = Number(endpoint.split(":").pop());
    while (!bound(port) || (group !== undefined && memberships(group) === before)) await pause(5);
  },

  join: ({ sock, groups }: { sock: number; groups: string[] }) => sockets[sock]!.join(...groups),

  leave: ({ sock, groups }: { sock: number; groups: string[] }) => sockets[sock]!.leave(...groups),

  /** Says this every 50 ms, until the next `post`. */
  greet({ sock, type, message }: { sock: number; type: string; message: Posted }) {
    const greet = () => void post(sockets[sock]!, type, message);
    greetings.set(sock, setInterval(greet, GREETING_EVERY));
  },

  async post({ sock, type, messages }: { sock: number; type: string; messages: Posted[] }) {
    clearInterval(greetings.get(sock));
    // Slowly: nobody repairs what a full buffer dropped.
    for (const [index, message] of messages.entries()) {
      await post(sockets[sock]!, type, message);
      if (index % 20 === 19) await pause(2);
    }
  },

  /** So many messages, or those that came until none came for so long. */
  async take({ sock, count, timeout }: { sock: number; count: number; timeout: number }) {
    const socket = sockets[sock]!;
    socket.receiveTimeout = timeout;
    const taken: Posted[] = [];
    try {
      while (taken.length < count) taken.push(posted(await socket.receive()));
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
    }
    return taken;
  },

  close({ sock }: { sock: number }) {
    clearInterval(greetings.get(sock));
    sockets[sock]!.close();
  },
};

serve(commands);

function post(socket: Socket, type: string, [where, body]: Posted): Promise<void> {
  const octets = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  return type === "Radio" ? socket.send(octets, { group: where }) : socket.send([where, octets]);
}

/** DISH gives the body and its group, DGRAM the address and the body. */
function posted([first, second]: Awaited<ReturnType<Socket["receive"]>>): Posted {
  return second instanceof Uint8Array ? [text(first), base64(second)] : [text(second.group), base64(first)];
}

function text(octets: Uint8Array | string): string {
  return typeof octets === "string" ? octets : new TextDecoder().decode(octets);
}

function base64(octets: Uint8Array): string {
  return btoa(Array.from(octets, (octet) => String.fromCharCode(octet)).join(""));
}
