/**
 * A socket under attack, as a process of its own, so that its memory is nobody else's. It tells its endpoint, counts
 * its events, watches its memory, and answers reports, in lines of JSON.
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { loose } from "../interop/subject.ts";

/** What a victim is made from. */
export interface Setting {
  /** The class of the socket. */
  readonly type: string;
  readonly options: { readonly [option: string]: unknown };
  /** Where it binds; absent if it connects. */
  readonly bind?: string;
  readonly connect?: string;
  /**
   * What its program does: sends back what comes, publishes news, answers requests, or receives and counts.
   * `nothing`: it waits to be told to receive.
   */
  readonly does: "echo" | "publish" | "answer" | "count" | "nothing";
  /** Whether a publisher also reads the notices of subscriptions. */
  readonly reads?: boolean;
}

/** What a victim says of itself. */
export interface Report {
  readonly endpoint: string;
  /** Mebibytes of memory now, and the most so far. */
  readonly memory: number;
  readonly peak: number;
  /** How often each kind of event came: its type, and the code of its error. */
  readonly events: { readonly [event: string]: number };
  /** Messages that wait to be received, and messages that were. */
  readonly queued: number;
  readonly received: number;
  readonly peers: number;
}

const MIB = 1024 * 1024;

async function main(): Promise<void> {
  const setting = JSON.parse(
    process.argv[2]!,
    (_, value) => value?.octets ? Uint8Array.from(value.octets) : value,
  ) as Setting;
  const { type, options, bind, connect, does, reads } = setting;
  const socket = new loose[type]({ linger: 0, ...options });
  const events: { [event: string]: number } = {};
  (async () => {
    for await (const { type, error } of socket.events) {
      const name = error === undefined ? type : `${type} ${error.code ?? error.message}`;
      events[name] = (events[name] ?? 0) + 1;
    }
  })();
  if (type === "Dish") socket.join("g");
  if (bind !== undefined) await socket.bind(bind);
  if (connect !== undefined) socket.connect(connect);
  let received = 0;
  const receive = async () => {
    for (;;) {
      await socket.receive();
      received++;
    }
  };
  if (does === "echo" || does === "answer") {
    (async () => {
      for (;;) await socket.send(await socket.receive());
    })();
  } else if (does === "publish") {
    setInterval(() => socket.send("news"), 5);
    if (reads) receive();
  } else if (does === "count") receive();

  let peak = 0;
  const sample = () => peak = Math.max(peak, process.memoryUsage().rss / MIB);
  setInterval(sample, 10);
  const tell = () => {
    sample();
    const report: Report = {
      endpoint: socket.lastEndpoint ?? "",
      memory: process.memoryUsage().rss / MIB,
      peak,
      events,
      queued: socket.statistics().queuedIn,
      received,
      peers: socket.peers.length,
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  };
  tell();
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "report") tell();
    if (line === "settle") {
      peak = 0;
      tell();
    }
    if (line === "read") receive();
    if (line === "quit") process.exit(0);
  }
  process.exit(0);
}

await main();
