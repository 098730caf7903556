/**
 * The topology of a soak: which flows run between which processes, over which transport, encrypted or not. All socket
 * types, three runtimes and libzmq, tcp, ipc, ws and inproc, CURVE on half of what leaves a process.
 *
 * @module
 */

/** A process of the soak: ours on a runtime, or npm's `zeromq` with its libzmq. */
export type Actor = "deno" | "bun" | "node24" | "libzmq";

/** How two sockets meet. */
export type Transport = "tcp" | "ipc" | "ws" | "inproc" | "udp";

/** What a kind of flow is. */
export interface Kind {
  readonly name: string;
  /** The socket classes of its two ends; the second binds. */
  readonly sender: string;
  readonly receiver: string;
  /** `"all"`: nothing may be missing. `"gaps"`: the pattern allows the sender to drop, and counts it. `"net"`: UDP. */
  readonly promise: "all" | "gaps" | "net";
  /** Whether each message is answered. */
  readonly echo: boolean;
  /** Whether messages have two parts. */
  readonly parts: boolean;
  readonly transports: readonly Transport[];
  /** Whether npm's `zeromq` has the types. */
  readonly native: boolean;
}

const ALL: readonly Transport[] = ["tcp", "ipc", "ws", "inproc"];

/** Each socket type is in at least one. */
export const KINDS: readonly Kind[] = [
  kind("Push", "Pull", { parts: true }),
  kind("Publisher", "Subscriber", { promise: "gaps", parts: true }),
  kind("XPublisher", "XSubscriber", { promise: "gaps", parts: true }),
  kind("Request", "Reply", { echo: true, parts: true }),
  kind("Dealer", "Router", { echo: true, parts: true }),
  kind("Pair", "Pair", { echo: true, parts: true }),
  kind("Client", "Server", { echo: true }),
  kind("Scatter", "Gather", {}),
  kind("Radio", "Dish", { promise: "gaps" }),
  kind("Channel", "Channel", { echo: true, native: false }),
  kind("Peer", "Peer", { native: false }),
  kind("Stream", "Stream", { transports: ["tcp"] }),
  kind("Datagram", "Datagram", { promise: "net", transports: ["udp"] }),
];

function kind(sender: string, receiver: string, facts: Partial<Kind>): Kind {
  return {
    name: `${sender}→${receiver}`,
    sender,
    receiver,
    promise: "all",
    echo: false,
    parts: false,
    transports: ALL,
    native: true,
    ...facts,
  };
}

/** One flow. */
export interface Flow {
  readonly id: number;
  readonly kind: string;
  readonly transport: Transport;
  readonly curve: boolean;
  /** Who sends, and who receives and binds. */
  readonly from: Actor;
  readonly to: Actor;
}

/** All flows between these processes. The pairs of processes take turns, each kind in each transport. */
export function plan(actors: readonly Actor[]): Flow[] {
  const pairs = actors.flatMap((from) => actors.filter((to) => to !== from).map((to) => [from, to] as const));
  // A process alone talks to itself.
  if (pairs.length === 0) pairs.push(...actors.map((actor) => [actor, actor] as const));
  const flows: Flow[] = [];
  let turn = 0;
  // Of those that leave a process.
  let wires = 0;
  let encrypted = 0;
  const add = (flow: Omit<Flow, "id">) => flows.push({ id: flows.length, ...flow });
  for (const { name, transports, native } of KINDS) {
    for (const transport of transports) {
      if (transport === "inproc") {
        // libzmq's own inproc is not ours to try.
        for (const actor of actors) {
          if (actor !== "libzmq") add({ kind: name, transport, curve: false, from: actor, to: actor });
        }
        continue;
      }
      const fit = pairs.filter((pair) => native || !pair.includes("libzmq"));
      if (fit.length === 0) continue;
      const [from, to] = fit[turn++ % fit.length]!;
      // Raw TCP and plain UDP know no mechanism, and not every libzmq has CURVE over WebSocket.
      const can = name !== "Stream→Stream" && transport !== "udp" &&
        !(transport === "ws" && (from === "libzmq" || to === "libzmq"));
      const curve = can && encrypted * 2 <= wires;
      wires++;
      if (curve) encrypted++;
      add({ kind: name, transport, curve, from, to });
    }
  }
  return flows;
}

/** What one end has done. */
export interface EndCount {
  readonly flow: number;
  readonly end: "from" | "to";
  /** Messages sent; answers received. */
  sent: number;
  answers: number;
  /** Messages received, the number of the first, and of the last. */
  received: number;
  first: number;
  last: number;
  /** Numbers that were passed over, that came again or too late, and messages with other octets than were sent. */
  missing: number;
  disorder: number;
  damaged: number;
  /** Octets received. */
  octets: number;
  /** Messages that the sender says it dropped. */
  dropped: number;
  /** What went wrong there, if something did. */
  errors: string[];
}

/** The counts of an end that has done nothing yet. */
export function noCount(flow: number, end: "from" | "to"): EndCount {
  return {
    flow,
    end,
    sent: 0,
    answers: 0,
    received: 0,
    first: -1,
    last: -1,
    missing: 0,
    disorder: 0,
    damaged: 0,
    octets: 0,
    dropped: 0,
    errors: [],
  };
}

/** How long the body of a message is: mostly small, now and then large, never above what a datagram carries. */
export function bodyLength(number: number, datagram: boolean): number {
  if (!datagram && number % 2000 === 1999) return 200_000;
  if (number % 50 === 49) return datagram ? 1000 : 5000;
  return number % 200;
}
