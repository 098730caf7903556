/**
 * PLAIN (RFC 24) and CURVE (RFC 26) with real libzmq: messages of every size, subscriptions and heartbeats, whoever
 * binds, whoever is the server of the mechanism, and whichever side has which socket type.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Peer, type PeerPart, withEachPeer } from "./peer.ts";
import { elapse, type Scope, texts, type Transport, until, within } from "./scope.ts";
import {
  type End,
  type KeyPair,
  keyPair,
  type Options,
  ourSide,
  rolesOf,
  summary,
  theirSide,
} from "./security.ts";
import { type DraftName, isOurs, loose, type SocketName } from "./subject.ts";

const MECHANISMS = ["PLAIN", "CURVE"] as const;

/** Below and above the short form of a frame, over several chunks, and several parts with an empty one. */
const MESSAGES: readonly (readonly PeerPart[])[] = [
  ["small"],
  [{ size: 300, seed: 3 }],
  [{ size: 100_000, seed: 5 }],
  [{ size: 1 << 20, seed: 7 }],
  ["head", "", { size: 300, seed: 9 }, { size: 70_000, seed: 11 }, "tail"],
];

/** Two types, and what passes between them. */
interface Exchange {
  readonly name: string;
  readonly types: readonly [SocketName, SocketName];
  readonly options?: readonly [Options, Options];
  run(first: End, second: End): Promise<void>;
}

const EXCHANGES: readonly Exchange[] = [
  { name: "REQ and REP", types: ["Request", "Reply"], run: ask },
  { name: "PUSH and PULL", types: ["Push", "Pull"], run: push },
  { name: "XPUB and SUB", types: ["XPublisher", "Subscriber"], run: publish },
  {
    name: "ROUTER and a DEALER with an identity",
    types: ["Router", "Dealer"],
    options: [{}, { routingId: "the dealer" }],
    run: route,
  },
];

/** Who has the first of two types, who of them binds, and who is the mechanism's server. */
interface Arrangement {
  readonly oursIsFirst: boolean;
  readonly firstBinds: boolean;
  readonly firstServes: boolean;
}

const ARRANGEMENTS: readonly Arrangement[] = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
  oursIsFirst: (bits & 1) > 0,
  firstBinds: (bits & 2) > 0,
  firstServes: (bits & 4) > 0,
}));

withEachPeer("secured messages", (test, kind) => {
  for (const mechanism of MECHANISMS) {
    for (const exchange of EXCHANGES) {
      test(`${exchange.name} over ${mechanism} on tcp, in every arrangement`, async (scope, peer) => {
        await inEveryArrangement(scope, peer, mechanism, "tcp", [exchange]);
      }, 45);
    }
    for (const transport of (kind.transports ?? []).filter((transport) => transport !== "tcp")) {
      test(
        `subscriptions and replies over ${mechanism} on ${transport}, in every arrangement`,
        async (scope, peer) => {
          await inEveryArrangement(scope, peer, mechanism, transport, EXCHANGES.slice(2));
        },
        45,
      );
    }
  }

  for (const weServe of [true, false]) {
    test(
      `3000 messages go to ${weServe ? "a client" : "a server"} of CURVE and back, in order`,
      async (scope, peer) => {
        const { server, client } = rolesOf("CURVE");
        const socket = scope.socket("Pair", weServe ? server : client);
        await socket.bind("tcp://127.0.0.1:*");
        const theirs = await peer.open("Pair", weServe ? client : server);
        await theirs.connect(socket.lastEndpoint!);
        const echoed = theirs.echo(3000);
        const sending = async () => {
          for (let number = 0; number < 3000; number++) await socket.send(`number ${number}`);
        };
        const sent = sending();
        for (let number = 0; number < 3000; number++) {
          assertEquals(texts(await within(socket.receive(), 5000, `number ${number}`)), [`number ${number}`]);
        }
        await Promise.all([sent, echoed]);
      },
    );
  }

  test("a SUB of CURVE asks again when libzmq closed and bound again", async (scope, peer) => {
    const { server, client } = rolesOf("CURVE");
    const address = await scope.freeAddress("tcp");
    const sub = scope.socket("Subscriber", { ...client, reconnectInterval: 20 });
    sub.subscribe("news");
    sub.connect(address);
    for (let life = 1; life <= 3; life++) {
      const xpub = await peer.open("XPublisher", server);
      // A closing listener of libzmq may still hold the port for a moment.
      await until(`${address} can be bound`, () => xpub.bind(address).then(() => true, () => false));
      const next = within(sub.receive(), 10000, "news");
      assertEquals(await xpub.receiveTexts(), ["\x01news"]);
      await xpub.send([`news of life ${life}`]);
      assertEquals(texts(await next), [`news of life ${life}`]);
      await xpub.close();
    }
  });
});

withEachPeer("keys of CURVE", (test) => {
  test("a pair that libzmq made is one to us", async (scope, peer) => {
    const pair = await peer.call("keyPair", {}) as KeyPair;
    if (isOurs) assertEquals(loose.curvePublicKey(pair.secretKey), pair.publicKey);
    const { client } = rolesOf("CURVE");
    const reply = scope.socket("Reply", { curveServer: true, curveSecretKey: pair.secretKey });
    await reply.bind("tcp://127.0.0.1:*");
    const request = await peer.open("Request", { ...client, curveServerKey: pair.publicKey });
    await request.connect(reply.lastEndpoint!);
    await request.send(["by its own keys"]);
    assertEquals(texts(await reply.receive()), ["by its own keys"]);
  });

  test("a pair that we made is one to libzmq", async (scope, peer) => {
    const pair = keyPair();
    const { client } = rolesOf("CURVE");
    const reply = await peer.open("Reply", { curveServer: true, curveSecretKey: pair.secretKey });
    const request = scope.socket("Request", { ...client, curveServerKey: pair.publicKey });
    request.connect(await reply.bind("tcp://127.0.0.1:*"));
    await request.send("by our keys");
    assertEquals(await reply.receiveTexts(), ["by our keys"]);
  });
});

/** libzmq's test_heartbeats, "notimeout … with_curve": types, and who sends first. */
const BEATING: readonly (readonly [SocketName | DraftName, SocketName | DraftName])[] = [
  ["Request", "Reply"],
  ["Push", "Pull"],
  ["Pair", "Pair"],
  ["Dealer", "Router"],
];
const BEATING_DRAFTS: typeof BEATING = [["Client", "Server"], ["Scatter", "Gather"]];

/** Sends a PING each 40 ms, and gives the peer as long to answer as a busy machine may need. */
const BEATS = { heartbeatInterval: 40, heartbeatTimeout: 1500 };

withEachPeer("heartbeats over CURVE", (test, kind) => {
  const drafts = kind.name === "zeromq.js" ? BEATING_DRAFTS : [];
  for (const [sender, receiver] of [...BEATING, ...drafts]) {
    test(
      `${sender} and ${receiver} that both beat stay connected, whichever is ours`,
      async (scope, peer) => {
        const halves = [true, false].map(async (weSend) => {
          const { server, client } = rolesOf("CURVE");
          const types = weSend ? [sender, receiver] : [receiver, sender];
          const draft = drafts.some((pair) => pair.includes(sender as never));
          const options = { ...server, ...BEATS };
          const ours = draft
            ? scope.draft(types[0] as DraftName, options)
            : scope.socket(types[0] as SocketName, options);
          const watch = scope.watch(ours);
          await ours.bind("tcp://127.0.0.1:*");
          const theirs = await peer.open(types[1]!, { ...client, ...BEATS });
          await theirs.connect(ours.lastEndpoint!);
          await watch.next("handshake");
          await elapse(600);
          if (weSend) {
            await ours.send("still here");
            const received = draft ? [(await theirs.receiveFrom()).body] : await theirs.receiveTexts();
            assertEquals(received.at(-1), "still here");
          } else {
            await theirs.send(["still here"]);
            const received = (await ours.receive()) as unknown[];
            assertEquals(String(draft ? received[0] : received.at(-1)), "still here");
          }
          assertEquals([watch.count("handshake"), watch.count("disconnect")], [1, 0]);
        });
        await Promise.all(halves);
      },
    );
  }

  test("libzmq's PING is answered, though we have no heartbeats of our own", async (scope, peer) => {
    const { server, client } = rolesOf("CURVE");
    const ours = scope.socket("Dealer", server);
    const watch = scope.watch(ours);
    await ours.bind("tcp://127.0.0.1:*");
    const theirs = await peer.open("Dealer", { ...client, heartbeatInterval: 40, heartbeatTimeout: 400 });
    await theirs.connect(ours.lastEndpoint!);
    await watch.next("handshake");
    await elapse(1000);
    assertEquals(watch.count("disconnect"), 0);
    await theirs.send(["still here"]);
    assertEquals(texts(await ours.receive()), ["still here"]);
  });

  test("a libzmq that stands still is given up, and met again when it goes on", async (scope, peer) => {
    const { server, client } = rolesOf("CURVE");
    const ours = scope.socket("Dealer", {
      ...client,
      heartbeatInterval: 40,
      heartbeatTimeout: 400,
      reconnectInterval: 20,
    });
    const watch = scope.watch(ours);
    const theirs = await peer.open("Dealer", server);
    ours.connect(await theirs.bind("tcp://127.0.0.1:*"));
    await watch.next("handshake");
    peer.freeze();
    await watch.next("disconnect");
    peer.wake();
    await watch.next("handshake");
    await ours.send("again");
    assertEquals(await theirs.receiveTexts(), ["again"]);
  });
});

/** All exchanges between the two sides in all arrangements. */
async function inEveryArrangement(
  scope: Scope,
  peer: Peer,
  mechanism: "PLAIN" | "CURVE",
  transport: Transport,
  exchanges: readonly Exchange[],
): Promise<void> {
  const us = ourSide(scope);
  const them = theirSide(peer);
  if (mechanism === "PLAIN") await Promise.all([us.handle({}), them.handle({})]);
  for (const { types, options = [{}, {}], run } of exchanges) {
    for (const { oursIsFirst, firstBinds, firstServes } of ARRANGEMENTS) {
      const { server, client } = rolesOf(mechanism);
      const sides = oursIsFirst ? [us, them] as const : [them, us] as const;
      const first = await sides[0].open(types[0], { ...options[0], ...(firstServes ? server : client) });
      const second = await sides[1].open(types[1], { ...options[1], ...(firstServes ? client : server) });
      const [bound, dialling] = firstBinds ? [first, second] : [second, first];
      await dialling.connect(await bound.bind(scope.address(transport)));
      await run(first, second);
      await Promise.all([first.close(), second.close()]);
    }
  }
}

async function ask(request: End, reply: End): Promise<void> {
  for (const message of MESSAGES) {
    await request.send(message);
    assertEquals(await reply.receive(), message.map(summary));
    await reply.send([...message, "and back"]);
    assertEquals(await request.receive(), [...message, "and back"].map(summary));
  }
}

async function push(push: End, pull: End): Promise<void> {
  for (const message of MESSAGES) {
    await push.send(message);
    assertEquals(await pull.receive(), message.map(summary));
  }
}

/** A SUB of libzmq that has bound meets new peers only while its program waits for messages. */
async function publish(xpub: End, sub: End): Promise<void> {
  let next = sub.receive();
  for (const topic of ["a", "b"]) {
    await sub.subscribe(topic);
    assertEquals(await xpub.receive(), [`\x01${topic}`]);
  }
  await xpub.send(["c: not asked for"]);
  for (const message of MESSAGES) {
    await xpub.send(["a", ...message]);
    assertEquals(await next, ["a", ...message].map(summary));
    next = sub.receive();
  }
  await sub.unsubscribe("a");
  assertEquals(await xpub.receive(), ["\x00a"]);
  await xpub.send(["a: no longer asked for"]);
  await xpub.send(["b", "the last"]);
  assertEquals(await next, ["b", "the last"]);
}

async function route(router: End, dealer: End): Promise<void> {
  for (const message of MESSAGES) {
    await dealer.send(message);
    assertEquals(await router.receive(), ["the dealer", ...message].map(summary));
    await router.send(["the dealer", ...message]);
    assertEquals(await dealer.receive(), message.map(summary));
  }
}
