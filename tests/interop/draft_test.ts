/**
 * The types that libzmq calls drafts against its own 4.3.5 in npm's zeromq, over tcp and ipc, each with either end
 * bound: RFC 41 (client and server), 48 (radio and dish), 49 (scatter and gather), 51 (peer), 52 (channel). That
 * binding has no class for PEER and CHANNEL and cannot send by a PEER; what can be had of them is held against ours.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Named, peerKinds, type PeerSocket, withEachPeer } from "./peer.ts";
import { elapse, type Scope, type Transport, within } from "./scope.ts";
import { DRAFT_WIRE_NAMES, type DraftName, type DraftSocket, type Name } from "./subject.ts";

/** What both our sockets and the peer's can do, in text. */
interface End {
  send(body: string, to?: Name): Promise<void>;
  receive(): Promise<Named>;
  join(...groups: string[]): Promise<void>;
  leave(...groups: string[]): Promise<void>;
}

interface Row {
  readonly ours: DraftName;
  readonly theirs: DraftName;
  readonly exchange: (ours: End, theirs: End) => Promise<void>;
}

const BODIES = ["one", "", "ünïcödé", "x".repeat(300), "y".repeat(70000)];
const LONG_GROUP = "g".repeat(255);

const ROWS: readonly Row[] = [
  { ours: "Client", theirs: "Server", exchange: requests },
  { ours: "Server", theirs: "Client", exchange: swapped(requests) },
  { ours: "Radio", theirs: "Dish", exchange: broadcasts },
  { ours: "Dish", theirs: "Radio", exchange: swapped(broadcasts) },
  { ours: "Scatter", theirs: "Gather", exchange: oneWay },
  { ours: "Gather", theirs: "Scatter", exchange: swapped(oneWay) },
  { ours: "Channel", theirs: "Channel", exchange: bothWays },
];

withEachPeer("draft types", (test) => {
  for (const transport of ["tcp", "ipc"] as const) {
    for (const { ours, theirs, exchange } of ROWS) {
      test(
        `our ${DRAFT_WIRE_NAMES[ours]} with libzmq's ${
          DRAFT_WIRE_NAMES[theirs]
        } over ${transport}, either end bound`,
        async (scope, peer) => {
          for (const bound of ["ours", "theirs"] as const) {
            const mine = scope.draft(ours);
            const other = await peer.open(theirs);
            try {
              await link(scope, transport, bound, mine, other);
              await exchange(ourEnd(ours, mine), theirEnd(other));
            } catch (error) {
              throw new Error(`With ${bound} bound: ${(error as Error).message}`, { cause: error });
            }
            mine.close();
            await other.close();
          }
        },
      );
    }

    test(`our PEER with libzmq's PEER over ${transport}: what ours sends arrives`, async (scope, peer) => {
      const mine = scope.draft("Peer");
      const other = await peer.open("Peer");
      const routingId = mine.connectPeer(await other.bind(scope.address(transport)));
      for (const body of ["one", "", "three"]) {
        await mine.send(body, { routingId });
        assertEquals((await other.receiveFrom()).body, body);
      }
    });
  }

  test("our SERVER tells libzmq's CLIENTs apart, and libzmq's SERVER ours", async (scope, peer) => {
    const server = scope.draft("Server");
    await server.bind(scope.address("tcp"));
    const clients = [await peer.open("Client"), await peer.open("Client")];
    for (const client of clients) await client.connect(server.lastEndpoint!);
    for (const [i, client] of clients.entries()) await client.sendTo(`${i}`);
    const ids = new Map<string, Name>();
    for (let i = 0; i < 2; i++) {
      const [body, from] = await within(server.receive(), 8000, "our SERVER's receive()");
      ids.set(new TextDecoder().decode(body), from!);
    }
    for (const [i, client] of clients.entries()) {
      await server.send(`for ${i}`, ids.get(`${i}`));
      assertEquals((await client.receiveFrom()).body, `for ${i}`);
    }

    const theirs = await peer.open("Server");
    const address = await theirs.bind(scope.address("tcp"));
    const mine = [scope.draft("Client"), scope.draft("Client")];
    for (const [i, client] of mine.entries()) {
      client.connect(address);
      await client.send(`${i}`);
    }
    for (let i = 0; i < 2; i++) {
      const { body, from } = await theirs.receiveFrom();
      await theirs.sendTo(`for ${body}`, from as Name);
    }
    for (const [i, client] of mine.entries()) {
      const [body] = await within(client.receive(), 8000, "our CLIENT's receive()");
      assertEquals(new TextDecoder().decode(body), `for ${i}`);
    }
  });

  test("our DISH says its groups again when libzmq's RADIO comes back", async (scope, peer) => {
    const dish = scope.draft("Dish", { reconnectInterval: 10 });
    dish.join("g");
    const address = await scope.freeAddress("tcp");
    dish.connect(address);
    for (const round of ["first", "second"]) {
      const radio = await peer.open("Radio");
      await radio.bind(address);
      assertEquals(await heard(theirEnd(radio), ourEnd("Dish", dish), "g", round), {
        body: round,
        from: { group: "g" },
      });
      await radio.close();
    }
  });

  test("libzmq's DISH says its groups again when our RADIO comes back", async (scope, peer) => {
    const dish = await peer.open("Dish", { reconnectInterval: 10 });
    await dish.join("g");
    const address = await scope.freeAddress("tcp");
    await dish.connect(address);
    for (const round of ["first", "second"]) {
      const radio = scope.draft("Radio");
      await radio.bind(address);
      assertEquals(await heard(ourEnd("Radio", radio), theirEnd(dish), "g", round), {
        body: round,
        from: { group: "g" },
      });
      await radio.unbind(address);
      radio.close();
    }
  });
}, peerKinds.filter(({ name }) => name === "zeromq.js"));

async function link(
  scope: Scope,
  transport: Transport,
  bound: "ours" | "theirs",
  ours: DraftSocket,
  theirs: PeerSocket,
): Promise<void> {
  const address = scope.address(transport);
  if (bound === "ours") {
    await ours.bind(address);
    await theirs.connect(ours.lastEndpoint!);
  } else ours.connect(await theirs.bind(address));
}

function ourEnd(name: DraftName, socket: DraftSocket): End {
  return {
    send: (body, to) => socket.send(body, to),
    async receive() {
      const [body, from] = await within(socket.receive(), 8000, `our ${name}'s receive()`);
      const { group, ...rest } = from ?? {};
      return {
        body: new TextDecoder().decode(body),
        ...(from &&
          { from: { ...rest, ...(group && { group: new TextDecoder().decode(group as Uint8Array) }) } }),
      };
    },
    join: (...groups) => Promise.resolve(socket.join(...groups)),
    leave: (...groups) => Promise.resolve(socket.leave(...groups)),
  };
}

function theirEnd(socket: PeerSocket): End {
  return {
    send: (body, to) => socket.sendTo(body, to),
    receive: () => socket.receiveFrom(8000),
    join: (...groups) => socket.join(...groups),
    leave: (...groups) => socket.leave(...groups),
  };
}

function swapped(exchange: Row["exchange"]): Row["exchange"] {
  return (ours, theirs) => exchange(theirs, ours);
}

async function oneWay(from: End, to: End): Promise<void> {
  for (const body of BODIES) {
    await from.send(body);
    assertEquals((await to.receive()).body, body);
  }
}

async function bothWays(one: End, other: End): Promise<void> {
  await oneWay(one, other);
  await oneWay(other, one);
}

async function requests(client: End, server: End): Promise<void> {
  let known: number | undefined;
  for (const body of BODIES) {
    await client.send(body);
    const { body: came, from } = await server.receive();
    const { routingId } = from!;
    assertEquals(came, body);
    assert(routingId! > 0 && (known === undefined || routingId === known));
    known = routingId;
    for (const answer of [`re ${body}`, "and once more"]) {
      await server.send(answer, { routingId: routingId! });
      assertEquals((await client.receive()).body, answer);
    }
  }
}

/** A RADIO hears nothing of a JOIN, so it says a known group until the dish has it: all those before it were taken. */
async function broadcasts(radio: End, dish: End): Promise<void> {
  await dish.join("news", LONG_GROUP, "sync");
  await heard(radio, dish, "sync", "go");
  await radio.send("not wanted", { group: "new" });
  await radio.send("not wanted", { group: "newsy" });
  for (const [i, body] of BODIES.entries()) await radio.send(body, { group: i % 2 ? LONG_GROUP : "news" });
  for (const [i, body] of BODIES.entries()) {
    assertEquals(await next(dish), { body, from: { group: i % 2 ? LONG_GROUP : "news" } });
  }
  await dish.leave("news");
  await dish.join("second");
  await heard(radio, dish, "second", "go");
  await radio.send("no longer wanted", { group: "news" });
  await radio.send("still wanted", { group: LONG_GROUP });
  assertEquals(await next(dish), { body: "still wanted", from: { group: LONG_GROUP } });
}

/** The next message that is no repetition of those by which the two ends met. */
async function next(dish: End): ReturnType<End["receive"]> {
  for (;;) {
    const message = await dish.receive();
    if (message.body !== "go") return message;
  }
}

/** Sends until the dish has heard it; answers with what it heard. */
async function heard(radio: End, dish: End, group: string, body: string): ReturnType<End["receive"]> {
  let message: Awaited<ReturnType<End["receive"]>> | undefined;
  const hearing = (async () => {
    do message = await dish.receive(); while (message.body !== body || message.from?.group !== group);
  })();
  let failed = false;
  hearing.catch(() => failed = true);
  while (message?.body !== body && !failed) {
    await radio.send(body, { group });
    await elapse(5);
  }
  await hearing;
  return message!;
}
