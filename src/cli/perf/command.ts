/**
 * The command `perf`: throughput and latency as libzmq's `local_thr`, `remote_thr`, `local_lat` and `remote_lat`
 * measure them. With one end alone the other may be one of those programs.
 *
 * @module
 */

import type { Arguments } from "../args.ts";
import { UsageError } from "../args.ts";
import type { Command } from "../command.ts";
import { exit, onSignal, SIGNAL_EXIT } from "../host.ts";
import { answer, ask } from "./latency.ts";
import { pullAll, pushAll } from "./throughput.ts";

/** A measurement's size. */
export interface Load {
  readonly size: number;
  readonly count: number;
}

/** `perf`. */
export const perf: Command = {
  spec: {
    name: "perf",
    summary: "measure throughput (thr) or latency (lat)",
    operands: ["thr|lat"],
    options: [
      {
        name: "bind",
        value: "EP",
        help:
          "only the end that listens, libzmq's local_thr or local_lat: a PULL that measures, a REP that answers",
      },
      {
        name: "connect",
        value: "EP",
        help:
          "only the end that connects, libzmq's remote_thr or remote_lat: a PUSH that sends, a REQ that measures",
      },
      { name: "over", value: "EP", help: "where both ends meet; default tcp://127.0.0.1:*" },
      {
        name: "size",
        value: "BYTES",
        least: 0,
        help: "octets of a message, the same at both ends; default 100",
      },
      {
        name: "count",
        value: "N",
        least: 2,
        help: "messages (thr, default 1000000) or round trips (lat, default 10000), the same at both ends",
      },
      { name: "json", help: "prints the result as a line of JSON" },
    ],
    text: [
      "Without --bind and --connect both ends are in this process, and share its one thread: for what two programs " +
      "reach, run them.",
      "thr prints messages and megabytes (10^6 octets) a second, timed from the first message that arrives to the " +
      "last. lat prints microseconds of one way, half a round trip, as libzmq does: mean, median (p50), p99.",
    ],
    examples: [
      "zmq perf thr --size 1000",
      "zmq perf lat --over ipc:///tmp/perf",
      "zmq perf thr --bind tcp://127.0.0.1:5555 &  zmq perf thr --connect tcp://127.0.0.1:5555",
      "zmq perf lat --connect tcp://10.0.0.2:5555 --size 1 --count 10000      (there: local_lat tcp://*:5555 1 10000)",
    ],
  },
  run,
};

async function run(args: Arguments): Promise<number> {
  const [kind] = args.operands as [string];
  if (kind !== "thr" && kind !== "lat") throw new UsageError(`perf measures thr or lat, not "${kind}"`);
  const given = ["bind", "connect", "over"].filter((name) => args.has(name));
  if (given.length > 1) throw new UsageError(`either --${given[0]} or --${given[1]}`);
  onSignal((signal) => exit(SIGNAL_EXIT[signal]));
  const load = {
    size: args.number("size") ?? 100,
    count: args.number("count") ?? (kind === "thr" ? 1e6 : 1e4),
  };
  const json = args.has("json");
  const [local, remote] = kind === "thr" ? [pullAll, pushAll] : [answer, ask];
  const binding = args.text("bind");
  const connecting = args.text("connect");
  if (binding !== undefined) await local(binding, load, json, () => {});
  else if (connecting !== undefined) await remote(connecting, load, json);
  else {
    await new Promise<void>((resolve, reject) => {
      let sending: Promise<void> | undefined;
      const begin = (endpoint: string) => {
        sending = remote(endpoint, load, json);
        sending.catch(reject);
      };
      local(args.text("over") ?? "tcp://127.0.0.1:*", load, json, begin).then(() => sending).then(
        resolve,
        reject,
      );
    });
  }
  return 0;
}
