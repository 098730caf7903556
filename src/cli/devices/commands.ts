/**
 * The commands `queue`, `forwarder` and `streamer`: a device until a signal, or TERMINATE by its control socket,
 * ends it in order.
 *
 * @module
 */

import type { Device, DeviceOptions } from "../../device/device.ts";
import { forwarder, queue, streamer } from "../../device/devices.ts";
import type { DeviceEndpoints } from "../../device/ends.ts";
import { Publisher, Reply } from "../../socket/sockets.ts";
import type { Socket } from "../../socket/socket.ts";
import type { Arguments, OptionSpec } from "../args.ts";
import { type Command, HWM, LINGER, QUIET } from "../command.ts";
import { exit, onOutputClosed, onSignal, outputIsTerminal, SIGNAL_EXIT, warn } from "../host.ts";
import { parseEnd } from "./ends.ts";
import { Meter } from "./meter.ts";

type Start = (front: DeviceEndpoints, back: DeviceEndpoints, options: DeviceOptions) => Device;

const OPTIONS: readonly OptionSpec[] = [
  {
    name: "capture",
    value: "EP",
    help:
      "publishes a copy of every message there (a PUB), for subscribers to look at; it never slows the device",
  },
  {
    name: "control",
    value: "EP",
    help: "takes orders there (a REP): PAUSE, RESUME, TERMINATE, STATISTICS, each a message of one part",
  },
  HWM,
  LINGER,
  { name: "quiet", help: `${QUIET.help}, and nothing on stdout` },
];

const ENDPOINTS = `FRONT and BACK are endpoints, several with commas between:
  tcp://*:5559                 listens there, on any address (so does @tcp://*:5559)
  connect:tcp://host:5559      connects there (so does '>tcp://host:5559', in quotes)
Clients and services both connect to the device, and may come and go.`;

const OUTPUT =
  `On a terminal one line shows peers and waiting messages at the front|back and, each way, messages and bytes a
second and messages in all. Elsewhere stdout gets a line of JSON a second, and one at the end ("final":true):
  {"time":"2026-01-31T12:00:00.000Z","seconds":1,"device":"queue","final":false,"paused":false,
   "front":{"received":{"messages":5,"bytes":65},"sent":{"messages":5,"bytes":65},
            "rates":{"received":5,"receivedBytes":65,"sent":5,"sentBytes":65},
            "peers":1,"queued":{"received":0,"sent":0},"dropped":0},
   "back":{…},"captured":0,"missed":0}
"front".received is what the device took from the front's peers, "sent" what it handed to them. Rates are a
second's, since the line before; bytes count all parts, routing ids too.`;

const END =
  "Ctrl-C (SIGINT), SIGTERM or TERMINATE end it in order: it takes nothing new, hands on what it had accepted " +
  "within --linger, and its exit code is 0. A second signal ends it at once.";

/** All of them, in the order of the help. */
export const DEVICE_COMMANDS: readonly Command[] = [
  device("queue", "between clients (REQ) and services (REP)", queue, [
    "The front is a ROUTER for clients that ask (REQ, DEALER), the back a DEALER for services that answer (REP, " +
    "ROUTER). Requests are shared among the services; each reply finds its client.",
  ]),
  device("forwarder", "between publishers (PUB) and subscribers (SUB)", forwarder, [
    "The front is an XSUB for publishers (PUB), the back an XPUB for subscribers (SUB). Subscriptions travel " +
    "upstream: only what somebody wants crosses the device.",
  ]),
  device("streamer", "between pushers of work (PUSH) and workers (PULL)", streamer, [
    "The front is a PULL for those who have work (PUSH), the back a PUSH for workers (PULL). When all workers are " +
    "full, the pushers are made to wait.",
  ]),
];

function device(name: string, summary: string, start: Start, text: readonly string[]): Command {
  return {
    spec: {
      name,
      summary,
      operands: ["FRONT", "BACK"],
      options: OPTIONS,
      text: [...text, ENDPOINTS, END, OUTPUT],
      examples: [
        `zmq ${name} 'tcp://*:5559' 'tcp://*:5560'`,
        `zmq ${name} 'tcp://*:5559,ipc:///tmp/front' connect:tcp://10.0.0.2:5559 --control tcp://127.0.0.1:5561`,
        `zmq ${name} 'tcp://*:5559' 'tcp://*:5560' --capture tcp://127.0.0.1:5562 | jq .front.rates`,
      ],
    },
    run: (args) => run(name, start, args),
  };
}

async function run(name: string, start: Start, args: Arguments): Promise<number> {
  const [front, back] = args.operands as [string, string];
  const hwm = args.number("hwm");
  const options = hwm === undefined ? {} : { sendHighWaterMark: hwm, receiveHighWaterMark: hwm };
  // What a type does not have, it is not given: a PULL sends nothing.
  const ends = ([[front, "front"], [back, "back"]] as const).map(([text, side]) => ({
    ...parseEnd(text),
    options: fitting(name, side, options),
  }));
  const device = start(ends[0]!, ends[1]!, {
    ...extras(args),
    ...args.has("linger") ? { linger: args.number("linger")! } : {},
  });
  const end = ending(device, args);
  const tell = hearBinds(device);
  await device.ready;
  if (!args.has("quiet")) await tell();
  const meter = new Meter(name, device, args.has("quiet"));
  await Promise.race([device.done, end]);
  await meter.end();
  await device.done;
  return 0;
}

/** What ends the device from outside. */
function ending(device: Device, args: Arguments): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = false;
    const terminate = () => device.terminate().then(resolve, reject);
    onSignal((signal) => {
      if (asked) exit(SIGNAL_EXIT[signal]);
      asked = true;
      void terminate();
      const { front, back } = device.statistics();
      const left = front.queued.received + back.queued.received + front.queued.sent + back.queued.sent;
      if (left > 0 && !args.has("quiet")) {
        const what = left === 1 ? "1 message is" : `${left} messages are`;
        // The line that moves has no end yet.
        const lineEnd = outputIsTerminal() ? "\n" : "";
        void warn(`${lineEnd}zmq: ending; ${what} still to be delivered. Ask again to end at once`);
      }
    });
    onOutputClosed(() => void terminate());
  });
}

/** Collects what is bound, with the ports that the system chose; answers what tells it. */
function hearBinds({ front, back, capture, control }: Device): () => Promise<void> {
  const lines: string[][] = [];
  const told: readonly (readonly [string, Socket | undefined])[] = [
    ["front", front],
    ["back", back],
    ["capture", capture.front],
    ["control", control],
  ];
  for (const [role, socket] of told) {
    const own: string[] = [];
    lines.push(own);
    socket?.events.on("bind", ({ address }) => own.push(`zmq: ${role} is bound to ${address}`));
  }
  return async () => {
    for (const line of lines.flat()) await warn(line);
  };
}

function extras(args: Arguments): DeviceOptions {
  const capture = args.text("capture");
  const control = args.text("control");
  return {
    ...capture === undefined ? {} : { capture: extra(capture, () => new Publisher()) },
    ...control === undefined ? {} : { control: extra(control, () => new Reply()) },
  };
}

/** The device binds a socket itself; one that connects is made here. */
function extra(text: string, make: () => Socket): string | Socket {
  const { bind, connect } = parseEnd(text);
  if (connect.length === 0 && bind.length === 1) return bind[0]!;
  const socket = make();
  for (const endpoint of connect) socket.connect(endpoint);
  // The device knows nothing of these, so nobody else would hear that they failed.
  for (const endpoint of bind) {
    socket.bind(endpoint).catch((error) => {
      void warn(`zmq: ${endpoint}: ${(error as Error).message}`).then(() => exit(1));
    });
  }
  return socket;
}

function fitting(name: string, side: "front" | "back", options: object): object {
  if (name !== "streamer") return options;
  const wanted = side === "front" ? "receiveHighWaterMark" : "sendHighWaterMark";
  return Object.fromEntries(Object.entries(options).filter(([option]) => option === wanted));
}
