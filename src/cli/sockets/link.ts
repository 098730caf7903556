/**
 * A socket of a command from its first endpoint to its last message: binding, connecting, telling the user what
 * would otherwise look like silence, and ending by itself, by a signal or by an error.
 *
 * @module
 */

import type { Socket } from "../../socket/socket.ts";
import type { Arguments } from "../args.ts";
import { UsageError } from "../args.ts";
import { requireReachable } from "../command.ts";
import { TimeoutError } from "../failure.ts";
import { type EndSignal, exit, onSignal, SIGNAL_EXIT, warn } from "../host.ts";

/** How long a peer may be missing before the user is told of it. */
const SILENCE = 1000;

/** What a command does with its socket. */
export interface Link {
  /** Resolves when the first peer has come. */
  readonly peer: Promise<void>;
}

/**
 * Binds and connects a socket, does what the command is for, and closes it.
 *
 * Delivery counts for `accountable` sockets: what was sent and is lost at the end is a failure.
 */
export async function runSocket(
  socket: Socket,
  args: Arguments,
  accountable: boolean,
  body: (link: Link) => Promise<number>,
): Promise<number> {
  const interrupted = firstSignal();
  const link = watch(socket, args.has("quiet"));
  // With a limit for each message, the last ones have the same.
  socket.linger = args.number("linger") ?? args.number("timeout") ?? -1;
  const work = attach(socket, args).then(() => body(link));
  let outcome: number | EndSignal;
  try {
    outcome = await Promise.race([work, interrupted]);
  } catch (error) {
    if (error instanceof TimeoutError || error instanceof UsageError) socket.linger = 0;
    // What was sent before the error may still go.
    await Promise.race([socket[Symbol.asyncDispose](), interrupted]);
    throw error;
  }
  if (typeof outcome === "string") {
    work.catch(() => {});
    socket.linger = 0;
    await socket[Symbol.asyncDispose]();
    return SIGNAL_EXIT[outcome];
  }
  const before = socket.dropped.lost;
  const signal = await Promise.race([socket[Symbol.asyncDispose](), interrupted]);
  if (signal !== undefined) return SIGNAL_EXIT[signal];
  const lost = socket.dropped.lost - before;
  if (accountable && lost > 0) {
    throw new TimeoutError(`${lost} ${lost === 1 ? "message was" : "messages were"} not delivered`);
  }
  return outcome;
}

/** The first signal that asks for the end; the second is not waited for. */
export function firstSignal(): Promise<EndSignal> {
  return new Promise((resolve) => {
    let asked = false;
    onSignal((signal) => {
      if (asked) exit(SIGNAL_EXIT[signal]);
      asked = true;
      resolve(signal);
    });
  });
}

async function attach(socket: Socket, args: Arguments): Promise<void> {
  const binding = args.all("bind");
  const connecting = args.all("connect");
  if (binding.length + connecting.length === 0) {
    throw new UsageError(
      "where? Give an endpoint by --bind or --connect, such as --bind tcp://127.0.0.1:5555",
    );
  }
  [...binding, ...connecting].forEach(requireReachable);
  for (const endpoint of binding) {
    await socket.bind(endpoint);
    if (!args.has("quiet")) await warn(`zmq: bound to ${socket.lastEndpoint}`);
  }
  for (const endpoint of connecting) socket.connect(endpoint);
}

/** Listens for peers, and says what keeps them away. */
function watch(socket: Socket, quiet: boolean): Link {
  const said = new Set<string>();
  const say = (text: string) => {
    if (quiet || said.has(text)) return;
    said.add(text);
    void warn(`zmq: ${text}`);
  };
  const since = new Map<string, number>();
  for (const type of ["handshake:error:protocol", "handshake:error:auth", "handshake:error:other"] as const) {
    socket.events.on(type, ({ address, error }) => say(`${address}: ${error.message}`));
  }
  socket.events.on("connect:retry", ({ address }) => {
    const first = since.get(address) ?? performance.now();
    since.set(address, first);
    if (performance.now() - first > SILENCE) say(`nobody answers at ${address} yet; trying on`);
  });
  return {
    peer: new Promise((resolve) => {
      socket.events.on("handshake", ({ address }) => {
        since.delete(address);
        resolve();
      });
    }),
  };
}
