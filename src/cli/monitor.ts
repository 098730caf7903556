/**
 * The command `monitor`: what a socket at an endpoint sees of its peers, an event a line.
 *
 * @module
 */

import type { Event } from "../socket/monitor.ts";
import type { Socket } from "../socket/socket.ts";
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
} from "../socket/sockets.ts";
import type { Arguments } from "./args.ts";
import { type Command, requireReachable } from "./command.ts";
import { TimeoutError } from "./failure.ts";
import { showRoutingId, toHex } from "./format.ts";
import { print, SIGNAL_EXIT } from "./host.ts";
import { firstSignal } from "./sockets/link.ts";

const TYPES: { readonly [type: string]: () => Socket } = {
  sub: () => new Subscriber(),
  pub: () => new Publisher(),
  push: () => new Push(),
  pull: () => new Pull(),
  req: () => new Request(),
  rep: () => new Reply(),
  dealer: () => new Dealer(),
  router: () => new Router(),
  pair: () => new Pair(),
};

/** `monitor`. */
export const monitor: Command = {
  spec: {
    name: "monitor",
    summary: "watch connections come and go at an endpoint",
    operands: ["EP"],
    options: [
      {
        name: "type",
        value: "TYPE",
        choices: Object.keys(TYPES),
        help:
          "the socket that looks; its peers must fit: sub sees publishers, dealer sees routers and services; " +
          "default sub",
      },
      { name: "bind", help: "listens there instead of connecting, and watches who comes" },
      {
        name: "format",
        value: "FORM",
        choices: ["text", "json"],
        help: "how events are printed; default text",
      },
      { name: "count", value: "N", least: 1, help: "ends after so many events; default: never" },
      {
        name: "timeout",
        value: "MS",
        least: 0,
        help: "ends after so many milliseconds, with exit code 3 if --count was not reached; default: never",
      },
    ],
    text: [
      "Connects a socket to the endpoint and prints what happens to it: connections, handshakes with the peer's type " +
      "and properties, refusals, losses and retries. It sends nothing and, with the default type, subscribes to " +
      "nothing. But as a peer among others it has its share: a push or a rep that is watched by a pull or a req " +
      "may wait for it.",
      `A line has the time, the event, and what is known of it:
  12:00:00.125 connect         tcp://127.0.0.1:5556
  12:00:00.131 handshake       tcp://127.0.0.1:5556 remote 127.0.0.1:5556 peer PUB
With --format json: {"time":…,"type":"handshake","address":…,"remote":…,"socketType":"PUB","metadata":{…}}`,
    ],
    examples: [
      "zmq monitor tcp://127.0.0.1:5556",
      "zmq monitor tcp://127.0.0.1:5560 --type dealer --format json",
      "zmq monitor 'tcp://*:5557' --type pull --bind",
    ],
  },
  run,
};

async function run(args: Arguments): Promise<number> {
  const [endpoint] = args.operands as [string];
  requireReachable(endpoint);
  const interrupted = firstSignal();
  const socket = TYPES[args.text("type") ?? "sub"]!();
  socket.linger = 0;
  const { events } = socket;
  const describe = args.text("format") === "json" ? eventReport : eventLine;
  // A socket would dial five times a second; for somebody who reads, that drowns the rest.
  socket.reconnectInterval = 250;
  socket.reconnectMaxInterval = 4000;
  const timeout = args.number("timeout");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    if (timeout !== undefined) timer = setTimeout(resolve, timeout, "late");
  });
  try {
    if (args.has("bind")) await socket.bind(endpoint);
    else socket.connect(endpoint);
    for (let left = args.number("count") ?? Infinity; left > 0; left--) {
      const event = await Promise.race([events.receive(), interrupted, late]);
      if (event === "late" && args.has("count")) {
        throw new TimeoutError(`${left} more events did not come within ${timeout} ms`);
      }
      if (event === "late") break;
      if (typeof event === "string") return SIGNAL_EXIT[event];
      await print(describe(event, new Date()));
    }
    return 0;
  } finally {
    clearTimeout(timer);
    await socket[Symbol.asyncDispose]();
  }
}

/** Fields of all types of events; each type has some. */
interface Details {
  readonly type: string;
  readonly address?: string;
  readonly remote?: string;
  readonly interval?: number;
  readonly socketType?: string;
  readonly routingId?: Uint8Array;
  readonly metadata?: ReadonlyMap<string, Uint8Array>;
  readonly error?: Error & { readonly code?: string };
}

/** An event for a person. */
export function eventLine(event: Event, time: Date): string {
  const { type, address, remote, interval, socketType, routingId, metadata, error }: Details = event;
  const pieces = [
    time.toTimeString().slice(0, 8) + time.toISOString().slice(19, 23),
    type.padEnd(15),
    address ?? "",
  ];
  if (remote) pieces.push(`remote ${remote}`);
  if (socketType !== undefined) pieces.push(`peer ${socketType}`);
  if (routingId !== undefined && routingId.length > 0) pieces.push(`id ${showRoutingId(routingId)}`);
  for (const [name, value] of metadata ?? []) {
    // The type and the id have been said.
    if (!KNOWN.includes(name) && value.length > 0) pieces.push(`${name} ${showRoutingId(value)}`);
  }
  if (interval !== undefined) pieces.push(`again in ${interval} ms`);
  if (error !== undefined) {
    pieces.push(`${error.message}${error.code === undefined ? "" : ` (${error.code})`}`);
  }
  return pieces.join(" ").trimEnd();
}

/** An event for a program. */
export function eventReport(event: Event, time: Date): string {
  const { type, address, remote, interval, socketType, routingId, metadata, error }: Details = event;
  return JSON.stringify({
    time: time.toISOString(),
    type,
    address,
    remote,
    socketType,
    routingId: routingId === undefined ? undefined : toHex(routingId),
    metadata: metadata === undefined
      ? undefined
      : Object.fromEntries([...metadata].map(([name, value]) => [name, showRoutingId(value)])),
    interval,
    error: error === undefined ? undefined : { code: error.code, message: error.message },
  });
}

const KNOWN: readonly string[] = ["socket-type", "identity", "routing-id"];
