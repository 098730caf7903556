/**
 * The exchanges of the demo, one a pattern, each written as a program of one's own would be: make the sockets,
 * bind the one that stays, connect those that come and go, send and receive.
 *
 * @module
 */

import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "../../socket/sockets.ts";
import type { Stage } from "./stage.ts";

/** A transport by its scheme. */
export type Transport = "tcp" | "ipc" | "inproc";

/** One pattern, and how the demo shows it. */
export interface Exchange {
  readonly pattern: string;
  /** Who talks to whom. */
  readonly cast: string;
  readonly transports: readonly Transport[];
  /** Exchanges messages for so many milliseconds; all sockets are opened on the stage. */
  run(stage: Stage, address: string, milliseconds: number): Promise<void>;
}

const ALL: readonly Transport[] = ["tcp", "ipc", "inproc"];

/** All of them, in the order in which they are shown. */
export const EXCHANGES: readonly Exchange[] = [
  { pattern: "PAIR", cast: "two ends, both talk at once", transports: ALL, run: pair },
  { pattern: "REQ/REP", cast: "one asks, one answers, strictly in turn", transports: ALL, run: requestReply },
  { pattern: "DEALER/ROUTER", cast: "3 dealers ask without waiting", transports: ALL, run: dealerRouter },
  { pattern: "PUB/SUB", cast: "3 subscribers, one of them to all topics", transports: ALL, run: pubSub },
  { pattern: "PUSH/PULL", cast: "tasks shared among 3 workers", transports: ALL, run: pushPull },
  { pattern: "XPUB/XSUB", cast: "as PUB/SUB, subscriptions are messages", transports: ALL, run: xpubXsub },
  // There is no connection, and so no stream of octets, inside one process.
  { pattern: "STREAM", cast: "plain octets, echoed", transports: ["tcp", "ipc"], run: stream },
];

async function pair(stage: Stage, address: string, milliseconds: number): Promise<void> {
  const left = stage.open(new Pair());
  await left.bind(address);
  const right = stage.open(new Pair());
  right.connect(left.lastEndpoint!);

  for (const socket of [left, right]) {
    const count = stage.receiver();
    stage.loop(async () => {
      for await (const [body] of socket) count(body);
    });
  }
  stage.start(milliseconds);
  await Promise.all([left, right].map((socket) => {
    const next = stage.sender();
    return stage.loop(async () => {
      while (!stage.over) await socket.send(next());
    });
  }));
  await stage.settled();
}

async function requestReply(stage: Stage, address: string, milliseconds: number): Promise<void> {
  const reply = stage.open(new Reply());
  await reply.bind(address);
  const request = stage.open(new Request());
  request.connect(reply.lastEndpoint!);

  const asked = stage.receiver();
  const answer = stage.sender();
  stage.loop(async () => {
    for await (const [question] of reply) {
      asked(question);
      await reply.send(answer());
    }
  });

  const ask = stage.sender();
  const answered = stage.receiver();
  stage.start(milliseconds);
  while (!stage.over) {
    await request.send(ask());
    const [body] = await request.receive();
    answered(body);
  }
  await stage.settled();
}

async function dealerRouter(stage: Stage, address: string, milliseconds: number): Promise<void> {
  // `mandatory`: what a dealer has no room for waits, instead of being dropped.
  const router = stage.open(new Router({ mandatory: true }));
  await router.bind(address);
  const names = ["red", "green", "blue"];
  const dealers = names.map((routingId) => {
    const dealer = stage.open(new Dealer({ routingId }));
    dealer.connect(router.lastEndpoint!);
    return dealer;
  });

  const desks = new Map(names.map((name) => [name, { asked: stage.receiver(), answer: stage.sender() }]));
  stage.loop(async () => {
    for await (const [id, question] of router) {
      const { asked, answer } = desks.get(String(id))!;
      asked(question!);
      await router.send([id, String(id), answer()]);
    }
  });

  stage.start(milliseconds);
  await Promise.all(dealers.map((dealer, i) => {
    const answered = stage.receiver();
    stage.loop(async () => {
      for await (const [name, body] of dealer) {
        if (String(name) !== names[i]) stage.fault(`an answer to ${name} went to ${names[i]}`);
        answered(body!);
      }
    });
    const ask = stage.sender();
    return stage.loop(async () => {
      while (!stage.over) await dealer.send(ask());
    });
  }));
  await stage.settled();
}

async function pubSub(stage: Stage, address: string, milliseconds: number): Promise<void> {
  // `noDrop`: the publisher waits for a slow subscriber, so that every message can be counted.
  const publisher = stage.open(new Publisher({ noDrop: true }));
  await publisher.bind(address);
  const topics = ["north", "south"];
  const listening = [["north"], ["south"], topics].map((wanted) => {
    const subscriber = stage.open(new Subscriber());
    subscriber.subscribe(...wanted, "hello");
    subscriber.connect(publisher.lastEndpoint!);
    const counts = new Map(wanted.map((topic) => [topic, stage.receiver()]));
    return new Promise<void>((heard) => {
      stage.loop(async () => {
        for await (const [topic, body] of subscriber) {
          if (body === undefined) heard();
          else counts.get(String(topic))!(body);
        }
      });
    });
  });
  // A publisher knows of nobody, and what it says before a subscription arrived is not for that subscriber: it
  // greets until all three have heard it.
  let ready = false;
  void Promise.all(listening).then(() => ready = true);
  while (!ready && !stage.over) {
    await publisher.send("hello");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }

  const next = topics.map(() => stage.sender());
  stage.start(milliseconds);
  while (!stage.over) {
    for (const [i, topic] of topics.entries()) {
      await publisher.send([topic, next[i]!()]);
      stage.sent++; // It goes to two: the topic's subscriber, and the one of all.
    }
  }
  await stage.settled();
}

async function pushPull(stage: Stage, address: string, milliseconds: number): Promise<void> {
  const push = stage.open(new Push());
  await push.bind(address);
  for (let worker = 0; worker < 3; worker++) {
    const pull = stage.open(new Pull());
    pull.connect(push.lastEndpoint!);
    const count = stage.receiver();
    stage.loop(async () => {
      for await (const [task] of pull) count(task);
    });
  }

  const next = stage.sender();
  stage.start(milliseconds);
  while (!stage.over) await push.send(next());
  await stage.settled();
}

async function xpubXsub(stage: Stage, address: string, milliseconds: number): Promise<void> {
  const publisher = stage.open(new XPublisher({ noDrop: true }));
  await publisher.bind(address);
  const topics = ["north", "south"];
  for (const topic of topics) {
    const subscriber = stage.open(new XSubscriber());
    subscriber.connect(publisher.lastEndpoint!);
    const count = stage.receiver();
    stage.loop(async () => {
      await subscriber.send(`\x01${topic}`);
      for await (const [, body] of subscriber) count(body!);
    });
  }
  // An XPUB hears of subscriptions, so it knows when to begin.
  const wanted = new Set(topics);
  while (wanted.size > 0) {
    const [notice] = await publisher.receive();
    wanted.delete(notice.subarray(1).toString());
  }

  const next = topics.map(() => stage.sender());
  stage.start(milliseconds);
  while (!stage.over) {
    for (const [i, topic] of topics.entries()) await publisher.send([topic, next[i]!()]);
  }
  await stage.settled();
}

/** A stream has octets and no messages: an echo of as many is the answer. */
async function stream(stage: Stage, address: string, milliseconds: number): Promise<void> {
  const server = stage.open(new Stream());
  await server.bind(address);
  const client = stage.open(new Stream());
  client.connect(server.lastEndpoint!, { routingId: "server" });

  stage.loop(async () => {
    for await (const [id, data] of server) {
      if (data.length > 0) await server.send([id, data]); // No octets tell of the connection itself.
    }
  });
  const [, connected] = await client.receive();
  if (connected.length > 0) stage.fault("octets came before the connection");

  // More than 128 octets belong to the socket until they are written; these are never changed.
  const data = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
  stage.start(milliseconds);
  while (!stage.over) {
    stage.sent++;
    await client.send(["server", data]);
    for (let at = 0; at < data.length;) {
      const [, echo] = await client.receive();
      if (echo.length === 0) throw new Error("the connection was lost");
      if (echo[0] !== data[at] || at + echo.length > data.length) stage.fault("other octets than were sent");
      at += echo.length;
      stage.octets += echo.length;
    }
    stage.arrived++;
  }
  await stage.settled();
}
