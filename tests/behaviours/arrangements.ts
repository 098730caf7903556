/**
 * One socket that is bound and several that connect to it, and what is asked of such arrangements whatever their
 * types: turns, and queues that go with a peer.
 *
 * @module
 */

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { type AnyTransport, failure, type Scope, until, type Watch } from "../interop/scope.ts";
import type { AnySocket, SocketName } from "../interop/subject.ts";
import { drain, hear, heardNow, queued } from "./exchange.ts";

type Options = { readonly [name: string]: unknown };

/** The one that is bound, and those that are connected to it. */
export interface Arrangement {
  readonly hub: AnySocket;
  readonly others: readonly AnySocket[];
  /** The events of the bound one; inproc has none. */
  readonly watch: Watch | undefined;
}

/** Opens both sides; resolves when all of them know each other. */
export async function arrange(
  scope: Scope,
  transport: AnyTransport,
  [hubName, hubOptions]: readonly [SocketName, Options?],
  [otherName, ...otherOptions]: readonly [SocketName, ...Options[]],
): Promise<Arrangement> {
  const hub = scope.socket(hubName, hubOptions);
  const watch = transport === "inproc" ? undefined : scope.watch(hub);
  await hub.bind(scope.address(transport));
  const others: AnySocket[] = [];
  for (const options of otherOptions) {
    const other = scope.socket(otherName, options);
    other.connect(hub.lastEndpoint!);
    // One after the other: so the order of their turns is known.
    await watch?.next("handshake");
    others.push(other);
  }
  return { hub, others, watch };
}

/** So many times no option, or the one that the function makes. */
export function times(count: number, options: (number: number) => Options = () => ({})): Options[] {
  return Array.from({ length: count }, (_, number) => options(number));
}

/** Each of the messages, by its last part, and by which of the sockets it was heard. */
export async function whoHears(
  sockets: readonly AnySocket[],
  ...messages: readonly string[]
): Promise<AnySocket[]> {
  const heard = new Map<string, AnySocket>();
  await until(`somebody hears each of ${messages}`, async () => {
    for (const socket of sockets) {
      if ([...heard.values()].includes(socket)) continue;
      const parts = await heardNow(socket);
      if (parts !== undefined) heard.set(parts.at(-1)!, socket);
    }
    return heard.size === messages.length;
  });
  return messages.map((message) => heard.get(message)!);
}

/** Each of the others sends twice; the hub hears each once before it hears any again. */
export async function takesTurns(
  { hub, others }: Arrangement,
  prefix: readonly string[] = [],
): Promise<void> {
  for (const round of ["ABC", "DEF"]) {
    for (const [number, other] of others.entries()) await other.send([...prefix, `${number}`, round]);
  }
  await queued(hub, 2 * others.length);
  const numbers = others.map((_, number) => `${number}`);
  for (const round of ["ABC", "DEF"]) {
    const heard: string[] = [];
    for (let turn = 0; turn < others.length; turn++) {
      const [number, text] = (await hear(hub)).slice(-2);
      assertEquals(text, round);
      heard.push(number!);
    }
    assertEquals(heard.sort(), numbers);
  }
}

/** Sends to each in turn, twice round; each hears one of each round. */
export async function goesRound({ hub, others }: Arrangement, prefix: readonly string[] = []): Promise<void> {
  for (const round of ["ABC", "DEF"]) for (const _ of others) await hub.send([...prefix, round]);
  for (const round of ["ABC", "DEF"]) for (const other of others) assertEquals(await hear(other), [round]);
  for (const other of others) assertEquals(await heardNow(other), undefined);
}

const LARGE = 1_000_000;

/**
 * Fills the queue to the one other, or from it, disconnects that one and connects it again: of what had not arrived
 * nothing ever does, and what had is heard once and in its order.
 */
export async function queueGoes(
  { hub, others, watch }: Arrangement,
  direction: "to" | "from",
  prefix: readonly string[] = [],
): Promise<void> {
  const other = others[0]!;
  const [sender, receiver] = direction === "to" ? [hub, other] : [other, hub];
  const before = direction === "to" ? prefix : [];
  const sent = await flood(sender, before);
  other.disconnect(hub.lastEndpoint!);
  const arrived: number[] = [];
  const take = async (patience?: number): Promise<void> => {
    for (const parts of await drain(receiver, patience)) arrived.push(Number(parts.at(-2)));
  };
  // The end of a stream is seen behind what came before it.
  await until("the bound end notices", async () => {
    await take();
    return watch === undefined || watch.count("disconnect") > 0;
  });
  await take(50);
  sender.sendTimeout = 0;
  const { code } = await failure(() => sender.send([...before, "to nobody"]));
  assert(code === "EAGAIN" || code === "EHOSTUNREACH", code);
  assertLess(arrived.length, sent, "nothing had to wait");
  assertEquals(arrived, arrived.map((_, index) => index));

  other.connect(hub.lastEndpoint!);
  await watch?.next("handshake");
  sender.sendTimeout = 2000;
  await sender.send([...before, "new"]);
  assertEquals((await hear(receiver)).at(-1), "new");
}

/** Sends messages with numbers until it has to wait for room; answers how many it sent. */
async function flood(sender: AnySocket, prefix: readonly string[]): Promise<number> {
  const large = new Uint8Array(LARGE);
  sender.sendTimeout = 200;
  for (let sent = 0;; sent++) {
    try {
      await sender.send([...prefix, `${sent}`, large]);
    } catch (error) {
      assertEquals((error as { code?: string }).code, "EAGAIN");
      assertGreater(sent, 0);
      return sent;
    }
  }
}
