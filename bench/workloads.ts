/**
 * What is measured: the rows, which programs do them, and in what order.
 *
 * Cells of one group are measured in turn, round by round: whatever is divided by each other later (ours by
 * a rival's, a message by its bare bytes) belongs in one group.
 *
 * @module
 */

/** What kind of work a row is. */
export type Kind =
  | "throughput"
  | "round trip"
  | "fan-out"
  | "handshakes"
  | "bulk"
  | "echo"
  | "host messages"
  | "host echo";

/** One row. */
export interface Workload {
  readonly row: string;
  readonly kind: Kind;
  /** `curve` is tcp with CURVE on both ends. */
  readonly transport: "tcp" | "ipc" | "inproc" | "ws" | "curve";
  readonly size: number;
}

/** A program, where its endpoint and count go, and which of a pair prints the result. */
export interface Programs {
  readonly local?: readonly string[];
  readonly remote: readonly string[];
  readonly reports: "local" | "remote";
  /** Whether both are kept on the same core. */
  readonly oneCore?: boolean;
}

export const SIZES: readonly number[] = [10, 100, 1000, 10_000, 100_000, 1_000_000];
/** How many subscribers a publisher serves. */
export const SUBSCRIBERS = 100;

/**
 * A REQ's 10 bytes on the wire: an empty delimiter frame of two bytes and a frame with a header of two. The
 * bare round trip carries as many.
 */
const ROUND_TRIP = { message: 10, wire: 14 };
/** Over `ws://`, each beside as many messages over the runtime's own WebSocket. */
const WS_SIZES = [10, 100, 1000, 10_000, 1_000_000];
/** With CURVE, beside the same without it. */
const CURVE_SIZES = [100, 10_000];
/** How many connections are on their way at the same time, when handshakes are counted. */
const AT_ONCE = 8;
/** Handshakes before the clock starts, besides a share of the others: by then the compilers are done. */
const UNCOUNTED = 1000;
const BULK_SIZES = [65_536, 1_000_000];

/** The rows for these message sizes, in groups. */
export function groups(sizes: readonly number[]): Workload[][] {
  const all: Workload[][] = [];
  for (const transport of ["tcp", "ipc"] as const) {
    for (const size of sizes) {
      const group = [workload("throughput", transport, size)];
      if (transport === "tcp" && CURVE_SIZES.includes(size)) {
        group.push(workload("throughput", "curve", size));
      }
      if (size === 1_000_000) group.push(...BULK_SIZES.map((bulk) => workload("bulk", transport, bulk)));
      all.push(group);
    }
  }
  for (const size of CURVE_SIZES.filter((size) => !sizes.includes(size))) {
    all.push([workload("throughput", "curve", size)]);
  }
  all.push([workload("throughput", "inproc", 100)]);
  all.push([workload("fan-out", "tcp", 100)]);
  for (const transport of ["tcp", "ipc"] as const) {
    const group = [
      workload("round trip", transport, ROUND_TRIP.message),
      workload("echo", transport, ROUND_TRIP.wire),
    ];
    if (transport === "tcp") group.push(workload("round trip", "curve", ROUND_TRIP.message));
    all.push(group);
  }
  all.push([
    workload("handshakes", "curve", ROUND_TRIP.message),
    workload("handshakes", "tcp", ROUND_TRIP.message),
  ]);
  all.push([workload("round trip", "inproc", ROUND_TRIP.message)]);
  for (const size of sizes.filter((size) => WS_SIZES.includes(size))) {
    all.push([workload("throughput", "ws", size), workload("host messages", "ws", size)]);
  }
  all.push([
    workload("round trip", "ws", ROUND_TRIP.message),
    workload("host echo", "ws", ROUND_TRIP.message),
  ]);
  return all;
}

/** What to start for a row: arguments without the runtime. `hold`: the end that sends waits to be ended. */
export function programs(work: Workload, endpoint: string, count: number): Programs {
  const size = String(work.size);
  const n = String(count);
  const curve = work.transport === "curve" ? ["--curve"] : [];
  switch (work.kind) {
    case "throughput":
      if (work.transport === "inproc") return { remote: ["inproc_thr", size, n], reports: "remote" };
      return {
        local: ["local_thr", endpoint, size, n, ...curve],
        remote: ["remote_thr", endpoint, size, n, "--hold", ...curve],
        reports: "local",
      };
    case "round trip":
      if (work.transport === "inproc") return { remote: ["inproc_lat", size, n], reports: "remote" };
      return {
        local: ["local_lat", endpoint, size, n, "--hold", ...curve],
        remote: ["remote_lat", endpoint, size, n, ...curve],
        reports: "remote",
      };
    case "handshakes": {
      const all = String(count + UNCOUNTED);
      const how = [`--uncounted=${UNCOUNTED}`, `--at-once=${AT_ONCE}`];
      return {
        local: ["local_lat", endpoint, size, all, "--hold", ...curve],
        remote: ["handshakes", endpoint, size, all, ...how, ...curve],
        reports: "remote",
        oneCore: true,
      };
    }
    case "fan-out":
      return {
        local: ["local_pub", endpoint, size, "60"],
        remote: ["remote_sub", endpoint, size, String(SUBSCRIBERS)],
        reports: "remote",
      };
    case "bulk":
      return control("stream", "sink", "source", "local");
    case "echo":
      return control("stream", "echo", "ping", "remote");
    case "host messages":
      return control("web_socket", "sink", "source", "local");
    case "host echo":
      return control("web_socket", "echo", "ping", "remote");
  }

  function control(file: string, local: string, remote: string, reports: Programs["reports"]): Programs {
    const program = (role: string) => [`control/${file}`, role, endpoint, size, n];
    return { local: program(local), remote: program(remote), reports };
  }
}

/** A careful count for the first, unmeasured run, from which the others are sized. */
export function firstCount(work: Workload): number {
  if (unitOf(work) === "µs") return 1500;
  if (work.kind === "handshakes") return 300;
  return Math.max(200, Math.round(2e8 / (work.size + 1000)));
}

/** Whether the runtime alone does this row, by its streams or its WebSocket, or the sockets. */
export function isControl({ kind }: Workload): boolean {
  return kind === "bulk" || kind === "echo" || kind === "host messages" || kind === "host echo";
}

/** What a row's value is counted in. */
export function unitOf(work: Workload): string {
  if (work.kind === "round trip" || work.kind === "echo" || work.kind === "host echo") return "µs";
  if (work.kind === "handshakes") return "/s";
  return work.kind === "bulk" ? "MB/s" : "msg/s";
}

function workload(kind: Kind, transport: Workload["transport"], size: number): Workload {
  return { row: `${kind}/${transport}/${size}`, kind, transport, size };
}
