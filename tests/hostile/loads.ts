/**
 * Attacks by sheer quantity, each against a victim in a process of its own. `scale` is 1 for the numbers that the
 * catalogue names, and less for the matrix. Each says what happened in a few words, and throws if a limit does not
 * hold: the figures beside it are measured by who runs it.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { assert, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import type { Scope } from "../interop/scope.ts";
import { AS_CLIENT, AS_SERVER, ClientPeer } from "../support/curve_peer.ts";
import { KEY, wsFrame } from "../unit/ws/wire.ts";
import { ready as webReady, request } from "../ws/raw_ws.ts";
import {
  COMMAND,
  command,
  frame,
  greeting,
  LONG,
  message,
  MORE,
  octets,
  property,
  ready,
  size64,
} from "../wire/raw.ts";
import { Raw, type Victim } from "./victim.ts";
import type { Report, Setting } from "./victim_program.ts";

/** What an attack has at hand. */
export interface Stage {
  readonly scope: Scope;
  readonly victim: Victim;
  readonly scale: number;
  /** So many, at this scale. */
  many(count: number): number;
  /** Where victims that connect find the attacker. */
  readonly trap: { readonly accept: () => Promise<Raw> } | undefined;
}

/** One attack. */
export interface Load {
  /** The rows of the catalogue, for the table. */
  readonly rows: string;
  readonly name: string;
  readonly victim: Setting;
  /** The class of the good peer; absent where none can be served meanwhile. */
  readonly good?: string;
  readonly goodOptions?: { readonly [option: string]: unknown };
  /** Most mebibytes that the victim's memory may grow by, at full scale. */
  readonly most: number;
  run(stage: Stage): Promise<string>;
}

const TCP = "tcp://127.0.0.1:*";
const ECHO: Setting = { type: "Router", options: { backlog: 4000 }, bind: TCP, does: "echo" };
const PUB: Setting = { type: "Publisher", options: {}, bind: TCP, does: "publish" };
const XPUB: Setting = { type: "XPublisher", options: {}, bind: TCP, does: "publish", reads: true };
const CHUNK = 64 * 1024;

/** Past the handshake. */
async function entered({ scope, victim }: Stage, type: string, ...more: Uint8Array[]): Promise<Raw> {
  const raw = await Raw.dial(scope, victim.endpoint);
  await raw.write(octets(greeting(), ready(type, ...more)));
  await raw.came(64 + 20);
  return raw;
}

/** The same without reading anything. */
async function blind({ scope, victim }: Stage, type: string): Promise<Raw> {
  const raw = await Raw.dial(scope, victim.endpoint, false);
  await raw.write(octets(greeting(), ready(type)));
  return raw;
}

/** Past a WebSocket's handshake. */
async function webEntered({ scope, victim }: Stage, type: string): Promise<Raw> {
  const raw = await Raw.dial(scope, victim.endpoint);
  await raw.write(octets(request("/zeromq")));
  await raw.came(150);
  await raw.write(wsFrame(webReady(type), { key: KEY }));
  return raw;
}

/**
 * Writes a piece so many times, or until the victim closes. Answers how many times. A piece with digits at its end can
 * have them count: the attacker must be faster than its victim.
 */
async function pour(raw: Raw, count: number, piece: Uint8Array, digits = 0): Promise<number> {
  const { length } = piece;
  const each = Math.max(1, Math.floor(CHUNK / length));
  const chunk = new Uint8Array(each * length);
  for (let i = 0; i < each; i++) chunk.set(piece, i * length);
  for (let i = 0; i < count; i += each) {
    const some = Math.min(each, count - i);
    const out = digits > 0 ? chunk.slice(0, some * length) : chunk.subarray(0, some * length);
    for (let k = 0; k < some && digits > 0; k++) {
      for (let at = (k + 1) * length - 1, left = i + k, d = 0; d < digits; d++, at--) {
        out[at] = 48 + left % 10;
        left = Math.floor(left / 10);
      }
    }
    if (!await raw.write(out)) return i;
  }
  return count;
}

/** How often this event was told, before and now. */
function told({ events }: Report, pattern: RegExp): number {
  return Object.entries(events).reduce((sum, [name, count]) => pattern.test(name) ? sum + count : sum, 0);
}

/** Waits until the victim told of so many. */
function tells({ victim }: Stage, pattern: RegExp, count: number): Promise<Report> {
  return victim.until(`${count} of ${pattern}`, (report) => told(report, pattern) >= count);
}

const topics = (name: string, verb: string, count: number): Load["run"] => async (stage) => {
  const raw = await entered(stage, "SUB");
  const most = stage.many(count);
  const sent = await pour(raw, most + 1, command(verb, "topic 0000000000"), 10);
  await raw.ended();
  await tells(stage, /^disconnect ERR_ZMTP/, 1);
  return `${name}: closed behind ${most} of ${sent} topics`;
};

/** All attacks. */
export const LOADS: readonly Load[] = [
  {
    rows: "X-60",
    name: "10^6 different topics at a PUB, and one more",
    victim: PUB,
    good: "Subscriber",
    most: 900,
    run: topics("PUB", "SUBSCRIBE", 1_000_000),
  },
  {
    rows: "X-60",
    name: "10^6 different topics at an XPUB that reads",
    victim: XPUB,
    good: "Subscriber",
    most: 1000,
    run: topics("XPUB", "SUBSCRIBE", 1_000_000),
  },
  {
    rows: "X-60, X-62",
    name: "topics of 1 MiB, until there are 64 MiB of them",
    victim: PUB,
    good: "Subscriber",
    most: 700,
    async run(stage) {
      const raw = await entered(stage, "SUB");
      const size = 1024 * 1024;
      await pour(raw, 70, command("SUBSCRIBE", new Uint8Array(size)), 3);
      await raw.ended();
      await tells(stage, /^disconnect ERR_ZMTP/, 1);
      return "closed behind 64 topics";
    },
  },
  {
    rows: "X-61, X-63",
    name: "one topic 10^6 times, then 10^6 CANCELs of nothing",
    victim: PUB,
    good: "Subscriber",
    most: 100,
    async run(stage) {
      const raw = await entered(stage, "SUB");
      const count = stage.many(1_000_000);
      await pour(raw, count, command("SUBSCRIBE", "same"));
      await pour(raw, count, command("CANCEL", "none 0000000"), 7);
      await raw.write(command("PING", "\0\0"));
      await raw.came(84 + 8);
      assert(!raw.closed);
      return "kept, and a PING answered behind it";
    },
  },
  {
    rows: "X-65",
    name: "10^6 SUBSCRIBE and CANCEL at an XPUB that never reads",
    victim: { ...XPUB, reads: false },
    good: "Subscriber",
    most: 100,
    async run(stage) {
      const raw = await entered(stage, "SUB");
      let i = 0;
      const pair = octets(
        ...Array.from({ length: 2000 }, (_, k) => command(k % 2 ? "CANCEL" : "SUBSCRIBE", "x")),
      );
      for (; i < stage.many(500) + 200; i++) if (!await raw.tryWrite(pair, 1000)) break;
      const { queued } = await stage.victim.report();
      assertLessOrEqual(queued, 2000);
      return `${queued} notices wait; the peer is held after ${i * 2000} commands`;
    },
  },
  {
    rows: "X-22, V-06",
    name: "5000 connections that say nothing",
    victim: ECHO,
    good: "Dealer",
    most: 150,
    async run(stage) {
      const raws = await crowd(stage, stage.many(5000), () => new Uint8Array(0));
      const report = await stage.victim.report();
      return `${told(report, /^accept$/)} accepted, all but ${
        raws.filter(({ closed }) => !closed).length
      } ended again`;
    },
  },
  {
    rows: "X-22",
    name: "5000 connections past their READY",
    victim: ECHO,
    good: "Dealer",
    most: 320,
    async run(stage) {
      const count = stage.many(5000);
      const raws = await crowd(stage, count, () => octets(greeting(), ready("DEALER")), 84);
      const report = await stage.victim.until("all have joined", ({ peers }) => peers >= count);
      assert(raws.every(({ closed }) => !closed));
      return `${report.peers} peers`;
    },
  },
  {
    rows: "X-78, V-20",
    name: "5000 peers with routing ids of 255 octets, one message each",
    victim: ECHO,
    good: "Dealer",
    most: 350,
    async run(stage) {
      const count = stage.many(5000);
      const hello = (i: number) =>
        octets(greeting(), ready("DEALER", property("Identity", `n${i}.`.padEnd(255, "i"))), message("x"));
      await crowd(stage, count, hello, 84 + 3);
      const report = await stage.victim.until("all have joined", ({ peers }) => peers >= count);
      return `${report.peers} peers, each answered`;
    },
  },
  {
    rows: "X-23, X-24, V-13",
    name: "1000 × connect, greeting, READY, half a message, RST",
    victim: ECHO,
    good: "Dealer",
    most: 60,
    async run(stage) {
      const count = stage.many(1000);
      for (let i = 0; i < count; i++) {
        const raw = await Raw.dial(stage.scope, stage.victim.endpoint);
        const whole = octets(greeting(), ready("DEALER"), frame(MORE, new Uint8Array(5000)));
        const part = i % 7 === 0;
        await raw.write(whole.subarray(0, part ? i % 64 : whole.length));
        if (!part && i % 2) await raw.came(84);
        raw.reset();
      }
      const report = await tells(stage, /^disconnect|^accept:error/, count);
      assertLessOrEqual(report.peers, 1);
      return `${report.peers} peer is left, the good one`;
    },
  },
  {
    rows: "V-28, X-05",
    name: "2000 HTTP requests to tcp",
    victim: ECHO,
    good: "Dealer",
    most: 60,
    async run(stage) {
      const count = stage.many(2000);
      for (let i = 0; i < count; i++) {
        const raw = await Raw.dial(stage.scope, stage.victim.endpoint);
        await raw.write(octets("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
        await raw.ended();
        assertLessOrEqual(raw.read, 64);
      }
      await tells(stage, /^handshake:error:protocol/, count);
      return "each closed at once";
    },
  },
  {
    rows: "X-02, X-03",
    name: "500 connections that say an octet now and then, IVL 2 s",
    victim: { ...ECHO, options: { ...ECHO.options, handshakeInterval: 2000 } },
    good: "Dealer",
    most: 60,
    async run(stage) {
      const whole = octets(greeting(), ready("DEALER"));
      const raws = await crowd(stage, stage.many(500), () => new Uint8Array(0));
      const begin = performance.now();
      for (let at = 0; raws.some(({ closed }) => !closed) && performance.now() - begin < 10_000; at++) {
        for (const raw of raws) if (!raw.closed && at < 60) raw.socket.write(whole.subarray(at, at + 1));
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      assert(raws.every(({ closed }) => closed), "some are still open");
      await tells(stage, /^handshake:error:other ERR_ZMTP_HANDSHAKE_TIMEOUT/, raws.length);
      return "each closed by its time";
    },
  },
  {
    rows: "H-13, X-13",
    name: "READY of 64 MiB, and the peer writes on behind the refusal",
    victim: ECHO,
    good: "Dealer",
    most: 40,
    async run(stage) {
      const raw = await Raw.dial(stage.scope, stage.victim.endpoint, true, true);
      const size = 64 * 1024 * 1024;
      await raw.write(octets(greeting(), [COMMAND | LONG], size64(size), "\x05READY"));
      const sent = await pour(raw, Math.ceil(8 * size / CHUNK), new Uint8Array(CHUNK));
      await raw.ended();
      await tells(stage, /^handshake:error:protocol ERR_ZMTP_MESSAGE_TOO_LONG/, 1);
      assertLess(sent, 8 * size / CHUNK, "nobody listened, and nobody stopped it");
      return `refused from its header, and reset after ${(sent * CHUNK / 1024 / 1024).toFixed(0)} MiB`;
    },
  },
  {
    rows: "X-30, V-04, V-26",
    name: "sizes of 2^40, 2^53+1, 2^63, 2^64-1, 50 times each",
    victim: ECHO,
    good: "Dealer",
    most: 40,
    async run(stage) {
      let count = 0;
      for (const size of [2n ** 40n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
        for (let i = 0; i < stage.many(50); i++) {
          const raw = await entered(stage, "DEALER");
          await raw.write(octets([LONG], size64(size), "x"));
          await raw.ended();
          count++;
        }
      }
      await tells(stage, /^disconnect ERR_ZMTP_MESSAGE_TOO_LONG/, count);
      return "each closed at the header";
    },
  },
  {
    rows: "X-31, V-26",
    name: "20 peers that announce 1 GiB and send ten octets",
    victim: ECHO,
    good: "Dealer",
    most: 60,
    async run(stage) {
      for (let i = 0; i < 20; i++) {
        const raw = await entered(stage, "DEALER");
        await raw.write(octets([LONG], size64(2 ** 30), "ten octets"));
      }
      await stage.victim.until("all have joined", ({ peers }) => peers >= 20);
      return "kept: memory follows what came";
    },
  },
  {
    rows: "H-14, X-36, X-38",
    name: "MORE without end: 10^6 empty parts",
    victim: ECHO,
    good: "Dealer",
    most: 60,
    async run(stage) {
      const raw = await entered(stage, "DEALER");
      await pour(raw, 1_000_000, frame(MORE, ""));
      await raw.ended();
      await tells(stage, /^disconnect ERR_ZMTP_MESSAGE_TOO_LONG/, 1);
      return "closed at 65 536 parts";
    },
  },
  {
    rows: "H-14, X-36",
    name: "MORE without end: parts of 1 KiB",
    victim: ECHO,
    good: "Dealer",
    most: 250,
    async run(stage) {
      const raw = await entered(stage, "DEALER");
      const part = frame(MORE, new Uint8Array(1024));
      await pour(raw, 200_000, part);
      await raw.ended();
      await tells(stage, /^disconnect ERR_ZMTP_MESSAGE_TOO_LONG/, 1);
      return "closed at 65 536 parts, 64 MiB";
    },
  },
  {
    rows: "H-14, X-36",
    name: "MORE without end: parts of 1 MiB, maxMessageTotal 16 MiB",
    victim: { ...ECHO, options: { maxMessageTotal: 16 * 1024 * 1024 } },
    good: "Dealer",
    most: 120,
    async run(stage) {
      const raw = await entered(stage, "DEALER");
      const part = frame(MORE, new Uint8Array(1024 * 1024));
      await pour(raw, 1000, part);
      await raw.ended();
      await tells(stage, /^disconnect ERR_ZMTP_MESSAGE_TOO_LONG/, 1);
      return "closed at 16 MiB";
    },
  },
  {
    rows: "X-39",
    name: "10^5 segments of one octet",
    victim: ECHO,
    good: "Dealer",
    most: 60,
    async run(stage) {
      const raw = await entered(stage, "DEALER");
      raw.socket.setNoDelay(true);
      const whole = message("x".repeat(stage.many(100_000)));
      for (let at = 0; at < whole.length; at++) {
        raw.socket.write(whole.subarray(at, at + 1));
        if (at % 64 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await raw.came(84 + whole.length);
      return "one message, echoed whole";
    },
  },
  {
    rows: "X-40",
    name: "10^5 messages of 2 octets as fast as can be",
    victim: ECHO,
    good: "Dealer",
    most: 100,
    async run(stage) {
      const raw = await entered(stage, "DEALER");
      const count = stage.many(100_000);
      await pour(raw, count, message("xy"));
      await raw.came(84 + 4 * Math.min(count, 900));
      return "others had their turns; answers beyond the mark were dropped";
    },
  },
  {
    rows: "X-42",
    name: "10^6 unknown commands",
    victim: ECHO,
    good: "Dealer",
    most: 60,
    async run(stage) {
      const raw = await entered(stage, "DEALER");
      await pour(raw, stage.many(1_000_000), command("FOOBAR", "x"));
      await raw.write(message("x"));
      await raw.came(84 + 3);
      return "passed over, and the message behind them answered";
    },
  },
  {
    rows: "X-53",
    name: "40 MiB of PINGs, and no PONG is read",
    victim: ECHO,
    good: "Dealer",
    most: 60,
    async run(stage) {
      const raw = await blind(stage, "DEALER");
      const ping = command("PING", octets([0, 0], "sixteen octets.."));
      const count = Math.ceil(stage.many(40 * 1024 * 1024) / ping.length);
      const sent = await pour(raw, count, ping);
      assert(sent === count && !raw.closed);
      return `${count} PINGs taken; of the PONGs the latest waits`;
    },
  },
  {
    rows: "X-54",
    name: "40 MiB of PONGs that nobody asked for",
    victim: ECHO,
    good: "Dealer",
    most: 60,
    async run(stage) {
      const raw = await entered(stage, "DEALER");
      const pong = command("PONG", "sixteen octets..");
      await pour(raw, Math.ceil(stage.many(40 * 1024 * 1024) / pong.length), pong);
      await raw.write(message("x"));
      await raw.came(84 + 3);
      return "passed over";
    },
  },
  {
    rows: "X-73",
    name: "3000 requests of 10 kB whose answers are never read",
    victim: ECHO,
    good: "Dealer",
    most: 120,
    async run(stage) {
      const raw = await blind(stage, "DEALER");
      const request = message(new Uint8Array(10_000));
      const sent = await pour(raw, stage.many(3000), request);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return `${sent} taken; answers wait up to the mark of 1000, others are dropped`;
    },
  },
  {
    rows: "X-77",
    name: "an envelope of 10^5 hops",
    victim: { type: "Reply", options: {}, bind: TCP, does: "answer" },
    good: "Request",
    most: 60,
    async run(stage) {
      const raw = await entered(stage, "REQ");
      await pour(raw, 100_000, frame(MORE, "hop."));
      await raw.ended();
      await tells(stage, /^disconnect ERR_ZMTP_MESSAGE_TOO_LONG/, 1);
      return "closed at 65 536 parts";
    },
  },
  {
    rows: "V-13",
    name: "3000 peers that come, send 100 messages and go; the program reads nothing",
    victim: { type: "Pull", options: {}, bind: TCP, does: "nothing" },
    most: 150,
    async run(stage) {
      const count = stage.many(3000);
      const body = octets(
        greeting(),
        ready("PUSH"),
        ...Array.from({ length: 100 }, () => message("0123456789")),
      );
      for (let i = 0; i < count; i++) {
        const raw = await Raw.dial(stage.scope, stage.victim.endpoint);
        await raw.write(body);
        raw.socket.end();
      }
      const { queued } = await tells(stage, /^handshake$/, Math.min(count, 1000));
      // Those that were in their handshake when the limit was reached come in as well: at most maxHandshakes.
      assertLessOrEqual(queued, (1024 + 1024) * 100);
      stage.victim.read();
      await stage.victim.until("all of those is read", ({ received }) => received >= queued);
      return `${queued} messages kept of ${
        count * 100
      } sent; who comes after waits, unread, as one of maxHandshakes`;
    },
  },
  {
    rows: "V-13",
    name:
      "a server that comes, sends 10 000 messages and goes, 50 times, at a PULL that connects and reads nothing",
    victim: { type: "Pull", options: { reconnectInterval: 5 }, connect: "trap", does: "nothing" },
    most: 60,
    async run({ victim, trap, many }) {
      const visits = Math.max(5, many(50));
      const body = octets(greeting(), ready("PUSH"), ...Array.from({ length: 10_000 }, () => message("x")));
      let queued = 0;
      for (let i = 0; i < visits; i++) {
        const raw = await Promise.race([
          trap!.accept(),
          new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 1000)),
        ]);
        // It has not noticed the end of a connection that it does not read: it does not come again.
        if (raw === undefined) break;
        raw.socket.write(body);
        raw.socket.end();
        await new Promise((resolve) => setTimeout(resolve, 30));
        queued = (await victim.report()).queued;
      }
      assertLessOrEqual(queued, 1000 + 70_000);
      assertGreater(queued, 999);
      return `${queued} messages kept of ${visits * 10_000}`;
    },
  },
  {
    rows: "X-90",
    name: "CURVE: 500 half-done handshakes",
    victim: { type: "Router", options: { ...AS_SERVER }, bind: TCP, does: "echo" },
    good: "Dealer",
    goodOptions: AS_CLIENT,
    most: 64,
    async run({ scope, victim, many }) {
      const count = many(500);
      for (let i = 0; i < count; i++) {
        const peer = await ClientPeer.dial(scope, { lastEndpoint: victim.endpoint });
        peer.command(peer.hello());
        await peer.welcome();
      }
      return `${count} wait for their INITIATE`;
    },
  },
  {
    rows: "X-108, V-27",
    name: "ws: 40 MiB of PINGs, and a message in 10^6 fragments",
    victim: { type: "Router", options: {}, bind: "ws://127.0.0.1:*/zeromq", does: "echo" },
    good: "Dealer",
    most: 100,
    async run(stage) {
      const flood = await webEntered(stage, "DEALER");
      const ping = wsFrame(new Uint8Array(100), { key: KEY, opcode: 9 });
      await pour(flood, Math.ceil(stage.many(40 * 1024 * 1024) / ping.length), ping);
      const pieces = await webEntered(stage, "DEALER");
      await pieces.write(wsFrame("\0x", { key: KEY, fin: false }));
      const fragment = wsFrame("x", { key: KEY, opcode: 0, fin: false });
      const sent = await pour(pieces, stage.many(1_000_000), fragment);
      return `PINGs answered by the latest; ${sent} fragments taken as ${sent} octets${
        pieces.closed ? ", then closed" : ""
      }`;
    },
  },
  {
    rows: "V-16",
    name: "udp: 10^5 malformed datagrams",
    victim: { type: "Dish", options: {}, bind: "udp://127.0.0.1:*", does: "count" },
    most: 60,
    async run({ victim, scope, many }) {
      const socket = createSocket("udp4");
      scope.atEnd(() => new Promise<void>((resolve) => socket.close(() => resolve())));
      await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
      const port = Number(victim.endpoint.split(":").pop());
      const kinds = [
        new Uint8Array(0),
        Uint8Array.of(255, 1, 2),
        Uint8Array.of(128, ...new Uint8Array(200)),
        Uint8Array.of(1, 103, ...new Uint8Array(9000)),
      ];
      const count = many(100_000);
      for (let i = 0; i < count; i++) {
        socket.send(kinds[i % kinds.length]!, port, "127.0.0.1");
        if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      }
      const good = Uint8Array.of(1, 103, 120);
      await victim.until("a good one is heard", ({ received }) => {
        socket.send(good, port, "127.0.0.1");
        return received > 0;
      });
      return "dropped and counted; good ones come";
    },
  },
];

/** So many connections, fifty at a time, each of which says this and waits for an answer of so many octets. */
async function crowd(
  stage: Stage,
  count: number,
  says: (i: number) => Uint8Array,
  answer = 0,
): Promise<Raw[]> {
  const raws: Raw[] = [];
  while (raws.length < count) {
    const some = Array.from({ length: Math.min(50, count - raws.length) }, async (_, k) => {
      const raw = await Raw.dial(stage.scope, stage.victim.endpoint);
      const octets = says(raws.length + k);
      if (octets.length > 0) await raw.write(octets);
      await raw.came(answer);
      return raw;
    });
    raws.push(...await Promise.all(some));
  }
  return raws;
}

/** A listener for victims that connect. */
export async function openTrap(scope: Scope): Promise<{ endpoint: string; accept: () => Promise<Raw> }> {
  const waiting: Raw[] = [];
  let wake = () => {};
  const server = createServer((socket) => {
    scope.atEnd(() => socket.destroy());
    waiting.push(new Raw(socket));
    wake();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.atEnd(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.address() as { port: number };
  return {
    endpoint: `tcp://127.0.0.1:${port}`,
    accept: async () => {
      while (waiting.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return waiting.shift()!;
    },
  };
}
