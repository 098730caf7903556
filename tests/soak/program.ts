/**
 * One process of a soak: `program.ts ACTOR [PATH_OF_ZEROMQ]`. It is told what to do by lines of JSON, and answers with
 * such lines: first the endpoints that it has bound, then its counts each second.
 *
 * @module
 */

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import process from "node:process";
import { connect, type End, type Keys, listen, type Module, open, receiver, sender } from "./ends.ts";
import { type Actor, type Flow, noCount } from "./plan.ts";

/** What the process is told. */
export type Order =
  | { readonly do: "open"; readonly flows: readonly Flow[]; readonly keys: Keys; readonly folder: string }
  | { readonly do: "connect"; readonly endpoints: { readonly [flow: number]: string } }
  | { readonly do: "run"; readonly rate: number; readonly churn: number }
  | { readonly do: "stop" }
  | { readonly do: "end" };

const actor = process.argv[2] as Actor;
const module: Module = await load(process.argv[3]);
const sockets = new Map<Flow, { from?: Module; to?: Module }>();
const ends: End[] = [];
/** Ticks of sending in a second. */
const TICKS = 20;
/** Reports from one look at what is alive to the next. */
const LOOK = 10;
let reports = 0;
let keys: Keys;
let ticking: ReturnType<typeof setInterval> | undefined;
let churned = 0;
let churning = 0;

for await (const line of createInterface({ input: process.stdin })) await obey(JSON.parse(line));

async function load(path: string | undefined): Promise<Module> {
  if (!path) return await import("../../mod.ts");
  const require = createRequire(import.meta.url);
  return { ...require(path), ...require(`${path}/draft`) };
}

async function obey(order: Order): Promise<void> {
  switch (order.do) {
    case "open":
      keys = order.keys;
      return say({ bound: await bind(order.flows, order.folder) });
    case "connect":
      for (const [flow, own] of sockets) {
        if (own.from === undefined) continue;
        const route = await connect(own.from, flow, order.endpoints[flow.id]!);
        ends.push(sender(own.from, flow, route, noCount(flow.id, "from")));
      }
      setInterval(report, 1000);
      return say({ ready: true });
    case "run":
      ticking = setInterval(() => {
        for (const end of ends) end.send(Math.max(1, Math.round(order.rate / TICKS)));
      }, 1000 / TICKS);
      churning = order.churn;
      void churn();
      return;
    case "stop":
      clearInterval(ticking);
      churning = 0;
      for (const end of ends) end.stop();
      return report();
    case "end":
      report();
      for (const end of ends) end.close();
      process.exit(0);
  }
}

async function bind(flows: readonly Flow[], folder: string): Promise<{ [flow: number]: string }> {
  const bound: { [flow: number]: string } = {};
  for (const flow of flows) {
    const own: { from?: Module; to?: Module } = {};
    sockets.set(flow, own);
    if (flow.to === actor) {
      const socket = own.to = open(module, flow, "to", keys);
      await socket.bind(address(flow, folder));
      const last = socket.lastEndpoint as string;
      bound[flow.id] = flow.transport === "udp" && actor === "libzmq" ? address(flow, folder) : last;
      await listen(socket, flow);
      ends.push(receiver(socket, flow, noCount(flow.id, "to")));
    }
    if (flow.from === actor) own.from = open(module, flow, "from", keys);
  }
  return bound;
}

function address({ id, transport }: Flow, folder: string): string {
  switch (transport) {
    case "tcp":
      return "tcp://127.0.0.1:*";
    case "ws":
      return `ws://127.0.0.1:*/flow-${id}`;
    case "ipc":
      return `ipc://${folder}/${id}`;
    case "udp":
      // libzmq cannot say which port it was given.
      return `udp://127.0.0.1:${actor === "libzmq" ? 20_000 + (process.pid % 10_000) : "*"}`;
    case "inproc":
      return `inproc://flow-${id}`;
  }
}

/** Peers that come, hear or say something, and go: subscribers of a publisher, and dealers of a router. */
async function churn(): Promise<void> {
  const publisher = new module.Publisher({ linger: 0 });
  const router = new module.Router({ linger: 0 });
  await publisher.bind("tcp://127.0.0.1:*");
  await router.bind("tcp://127.0.0.1:*");
  void (async () => {
    for await (const message of router) await router.send(message);
  })();
  const guest = async (n: number) => {
    const subscriber = new module.Subscriber({ linger: 0, receiveTimeout: 5000 });
    const dealer = new module.Dealer({ linger: 0, receiveTimeout: 5000, routingId: `guest-${n}` });
    subscriber.subscribe("");
    subscriber.connect(publisher.lastEndpoint);
    dealer.connect(router.lastEndpoint);
    await dealer.send(`${n}`);
    await dealer.receive();
    await subscriber.receive();
    subscriber.close();
    dealer.close();
    churned++;
  };
  const news = setInterval(() => void publisher.send("news"), 20);
  for (let n = 0; churning > 0; n++) {
    await guest(n).catch((error) => say({ error: `churn: ${error.code} ${error.message}` }));
    await new Promise((resolve) => setTimeout(resolve, 1000 / Math.max(1, churning)));
  }
  clearInterval(news);
  publisher.close();
  router.close();
}

/** MiB that are alive behind a collection: what the heap has besides is its own affair. */
function alive(): number | undefined {
  if (reports++ % LOOK !== 0) return undefined;
  const host = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  if (host.Bun !== undefined) host.Bun.gc(true);
  else if (host.gc !== undefined) host.gc();
  else return undefined;
  const { heapUsed, external } = process.memoryUsage();
  // Bun counts what is external in both.
  return (heapUsed + (host.Bun === undefined ? external : 0)) / 2 ** 20;
}

function report(): void {
  for (const end of ends) {
    const own = sockets.get(end.flow)!;
    const socket = end.count.end === "from" ? own.from : own.to;
    end.count.dropped = socket?.dropped?.full ?? 0;
  }
  say({ counts: ends.map(({ count }) => count), churned, alive: alive() });
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
