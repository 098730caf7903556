/**
 * Whole sockets over datagrams, on a network in memory that loses, doubles and delays them: `epgm://` and `udp://`
 * as zmq_pgm(7) and zmq_udp(7) have them, and what libzmq was seen to do with options, endpoints and socket types.
 */

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Context, Datagram, Dish, Push, Radio, XPublisher, XSubscriber } from "../../../mod.ts";
import { Publisher, Subscriber, ZmqError } from "../../../mod.ts";
import type { EventOfType } from "../../../mod.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { DatagramNetwork, turn } from "../../support/datagrams.ts";
import type { DatagramNetworkOptions } from "../../support/datagrams.ts";

const URL = "epgm://eth0;239.192.1.1:5555";

/** Contexts on hosts of one network, closed at the end. */
class Lab {
  readonly network: DatagramNetwork;
  readonly #contexts: Context[] = [];

  constructor(options: DatagramNetworkOptions = {}) {
    this.network = new DatagramNetwork(options);
  }

  host(n: number): Context {
    const context = new Context({ transports: this.network.host(`10.0.0.${n}`) });
    this.#contexts.push(context);
    return context;
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    assertEquals(this.network.sockets.length, 0);
  }
}

async function inLab(options: DatagramNetworkOptions, body: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = new Lab(options);
  await body(lab);
  await lab.close();
}

describe("epgm", () => {
  for (
    const [name, options] of [
      ["a sound network", {}],
      ["10 % loss, doubles and delays both ways", { loss: 0.1, doubling: 0.1, reordering: 0.2 }],
    ] as const
  ) {
    it(`every message once, whole and in order, at two subscribers, over ${name}`, async () => {
      await inLab({ seed: 11 }, async (lab) => {
        const subscribers = [2, 3].map((n) => new Subscriber({ context: lab.host(n), rate: 40_000 }));
        for (const subscriber of subscribers) {
          subscriber.subscribe("");
          await subscriber.bind(URL);
        }
        const publisher = new Publisher({ context: lab.host(1), rate: 40_000, linger: 0 });
        await publisher.bind(URL);
        // The first packet says where a receiver begins, so that one must arrive.
        await publisher.send(["first", ""]);
        for (const subscriber of subscribers) assertFrames(await subscriber.receive(), ["first", ""]);
        Object.assign(lab.network.options, options);
        const message = (n: number) => [`m${n}`, new Uint8Array(n % 50 === 0 ? 5000 : n % 90).fill(n), ""];
        const total = 300;
        void (async () => {
          for (let n = 0; n < total; n++) {
            await publisher.send(message(n));
            if (n % 7 === 0) await turn();
          }
        })();
        await Promise.all(subscribers.map(async (subscriber) => {
          for (let n = 0; n < total; n++) assertFrames(await subscriber.receive(), message(n));
        }));
        lab.network.options.loss = 0;
      });
    });
  }

  it("SUB filters by prefix, XSUB and XPUB take part, and no subscription travels", async () => {
    await inLab({}, async (lab) => {
      const subscriber = new Subscriber({ context: lab.host(2) });
      subscriber.subscribe("b");
      subscriber.connect(URL);
      const xsub = new XSubscriber({ context: lab.host(3) });
      await xsub.bind(URL);
      const xpub = new XPublisher({ context: lab.host(1), rate: 10_000 });
      await xpub.bind(URL);
      await lab.network.until(() => lab.network.sockets.length === 6);
      for (const text of ["a1", "b1", "a2", "b2"]) await xpub.send(text);
      assertFrames(await subscriber.receive(), ["b1"]);
      assertFrames(await subscriber.receive(), ["b2"]);
      for (const text of ["a1", "b1", "a2", "b2"]) assertFrames(await xsub.receive(), [text]);
      xpub.receiveTimeout = 0;
      assertEquals((await assertRejects(() => xpub.receive(), ZmqError) as ZmqError).code, "EAGAIN");
    });
  });

  it("groups joined are received, and the group to send to is sent to", async () => {
    await inLab({}, async (lab) => {
      const subscriber = new Subscriber({ context: lab.host(2) });
      subscriber.subscribe("");
      await subscriber.bind("epgm://10.0.0.2;239.192.1.1,239.192.1.2;239.192.1.3:5555");
      const heard: string[] = [];
      for (const [n, group] of [[1, "239.192.1.1"], [3, "239.192.1.2"], [4, "239.192.1.9"]] as const) {
        const publisher = new Publisher({ context: lab.host(n), rate: 10_000 });
        await publisher.bind(`epgm://10.0.0.0/24;;${group}:5555`);
        await publisher.send(group);
        await publisher[Symbol.asyncDispose]();
      }
      heard.push(String((await subscriber.receive())[0]), String((await subscriber.receive())[0]));
      assertEquals(heard.sort(), ["239.192.1.1", "239.192.1.2"]);
      await turn();
      subscriber.receiveTimeout = 0;
      await assertRejects(() => subscriber.receive(), ZmqError);
    });
  });

  it("a source is heard on its own machine, unless multicastLoop is false as in libzmq", async () => {
    await inLab({}, async (lab) => {
      const context = lab.host(1);
      const subscriber = new Subscriber({ context });
      subscriber.subscribe("");
      await subscriber.bind(URL);
      const silent = new Publisher({ context, multicastLoop: false });
      await silent.bind(URL);
      await silent.send("unheard");
      await silent[Symbol.asyncDispose]();
      const publisher = new Publisher({ context });
      await publisher.bind(URL);
      await publisher.send("heard");
      assertFrames(await subscriber.receive(), ["heard"]);
    });
  });

  it("the same endpoint twice gives every message twice; lastEndpoint is the text as given", async () => {
    await inLab({}, async (lab) => {
      const subscriber = new Subscriber({ context: lab.host(2) });
      subscriber.subscribe("");
      await subscriber.bind(URL);
      subscriber.connect(URL);
      assertEquals(subscriber.lastEndpoint, URL);
      await lab.network.until(() => lab.network.sockets.length === 4);
      const publisher = new Publisher({ context: lab.host(1) });
      await publisher.bind(URL);
      await publisher.send("x");
      assertFrames(await subscriber.receive(), ["x"]);
      assertFrames(await subscriber.receive(), ["x"]);
    });
  });

  it("bind and connect are one thing: each is ended by unbind and by disconnect", async () => {
    await inLab({}, async (lab) => {
      const subscriber = new Subscriber({ context: lab.host(2) });
      subscriber.connect(URL);
      await subscriber.unbind(URL);
      await subscriber.bind(URL);
      subscriber.disconnect(URL);
      await lab.network.until(() => lab.network.sockets.length === 0);
      assertEquals((assertThrows(() => subscriber.disconnect(URL), ZmqError) as ZmqError).code, "ENOENT");
    });
  });

  it("close sends what waits for its rate, within linger, and then the source's farewell", async () => {
    await inLab({}, async (lab) => {
      const subscriber = new Subscriber({ context: lab.host(2) });
      subscriber.subscribe("");
      await subscriber.bind(URL);
      const publisher = new Publisher({ context: lab.host(1), rate: 50_000 });
      await publisher.bind(URL);
      // 6250 octets a millisecond: this takes about 50 ms.
      const body = new Uint8Array(30_000).fill(7);
      for (let n = 0; n < 10; n++) await publisher.send(body);
      const { sent } = lab.network;
      await publisher[Symbol.asyncDispose]();
      assert(lab.network.sent > sent + 100, `${lab.network.sent - sent} sent in the linger time`);
      for (let n = 0; n < 10; n++) assertBytes((await subscriber.receive())[0]!, body);
      assertEquals(lab.network.sockets.length, 2);
    });
  });

  it("at the high-water mark drops, as every publisher, and counts it", async () => {
    await inLab({}, async (lab) => {
      const publisher = new Publisher({ context: lab.host(1), rate: 100, sendHighWaterMark: 5, linger: 0 });
      await publisher.bind(URL);
      for (let n = 0; n < 100; n++) await publisher.send(new Uint8Array(2000));
      assert(publisher.dropped.full > 50, `${publisher.dropped.full}`);
    });
  });

  it("data that is gone from the source's window is told by a loss event, and what follows is received", async () => {
    await inLab({}, async (lab) => {
      // A window of one packet.
      const options = { rate: 100_000, recoveryInterval: 0 };
      const subscriber = new Subscriber({ context: lab.host(2), ...options });
      subscriber.subscribe("");
      const losses: EventOfType<"loss">[] = [];
      subscriber.events.on("loss", (event) => losses.push(event));
      await subscriber.bind(URL);
      const publisher = new Publisher({ context: lab.host(1), ...options });
      await publisher.bind(URL);
      await publisher.send("0");
      assertFrames(await subscriber.receive(), ["0"]);
      lab.network.onSend = () => false;
      for (let n = 1; n < 4; n++) {
        await publisher.send(String(n));
        const { sent } = lab.network;
        await lab.network.until(() => lab.network.sent > sent);
      }
      lab.network.onSend = () => true;
      await publisher.send("4");
      assertFrames(await subscriber.receive(), ["4"]);
      // Not all at once: the packet that follows tells of a window of which it is not yet part.
      const counted = () => losses.reduce((sum, { count }) => sum + count, 0);
      await lab.network.until(() => counted() >= 3);
      const { type, address, source, first } = losses[0]!;
      assertEquals([type, address, first, counted()], ["loss", URL, 1, 3]);
      assertStringIncludes(source, "10.0.0.1");
    });
  });

  it("what is no PGM is dropped and counted, and nothing else happens", async () => {
    await inLab({}, async (lab) => {
      const subscriber = new Subscriber({ context: lab.host(2) });
      subscriber.subscribe("");
      await subscriber.bind(URL);
      const socket = lab.network.sockets.find(({ groups }) => groups.length > 0)!;
      const { random } = lab.network;
      for (let n = 0; n < 2000; n++) {
        socket.sink.onDatagram(random.octets(random.below(80)), { host: "10.0.0.9", port: 1 });
      }
      assertEquals(subscriber.dropped.malformed, 2000);
    });
  });

  it("tells of connect and close, or of bind and close", async () => {
    await inLab({}, async (lab) => {
      const subscriber = new Subscriber({ context: lab.host(2) });
      const told: string[] = [];
      const done = (async () => {
        for await (const event of subscriber.events) {
          told.push("address" in event ? `${event.type} ${event.address}` : event.type);
        }
      })();
      subscriber.connect(URL);
      await lab.network.until(() => told.length === 1);
      await subscriber.bind(URL);
      await subscriber.close();
      await done;
      assertEquals(told, [`connect ${URL}`, `bind ${URL}`, `close ${URL}`, `close ${URL}`, "end"]);
    });
  });

  const impossible = [
    [{ multicastHops: 256 }, "multicastHops"],
    [{ multicastMaxTransportDataUnit: 74 }, "multicastMaxTransportDataUnit"],
    [{ multicastMaxTransportDataUnit: 65536, rate: 1000 }, "multicastMaxTransportDataUnit"],
    [{ rate: 11 }, "rate"],
  ] as const;
  for (const [options, named] of impossible) {
    it(`${JSON.stringify(options)}, for which libzmq ends the process, is EINVAL at bind and connect`, async () => {
      await inLab({}, async (lab) => {
        const publisher = new Publisher({ context: lab.host(1), ...options });
        for (const act of [() => publisher.connect(URL), () => publisher.bindSync(URL)]) {
          const error = assertThrows(act, ZmqError) as ZmqError;
          assertEquals([error.code, error.address], ["EINVAL", URL]);
          assertStringIncludes(error.message, named);
        }
        assertEquals((await assertRejects(() => publisher.bind(URL), ZmqError) as ZmqError).code, "EINVAL");
      });
    });
  }

  it("the smallest packet and the smallest rate that libzmq takes work", async () => {
    await inLab({}, async (lab) => {
      for (const options of [{ multicastMaxTransportDataUnit: 75 }, { rate: 12 }]) {
        const subscriber = new Subscriber({ context: lab.host(2), ...options });
        subscriber.subscribe("");
        await subscriber.bind(URL);
        const publisher = new Publisher({ context: lab.host(1), ...options });
        await publisher.bind(URL);
        await publisher.send("abc");
        assertFrames(await subscriber.receive(), ["abc"]);
        await publisher[Symbol.asyncDispose]();
        await subscriber[Symbol.asyncDispose]();
      }
    });
  });

  it("an interface that is not there is EINVAL, with a sentence", async () => {
    await inLab({}, async (lab) => {
      const context = lab.host(1);
      const url = "epgm://eth7;239.192.1.1:5555";
      const error = await assertRejects(
        () => new Subscriber({ context }).bind(url),
        ZmqError,
        'no interface "eth7"',
      ) as ZmqError;
      assertEquals(error.code, "EINVAL");
    });
  });

  it("where there are no datagrams is EPROTONOSUPPORT", async () => {
    const context = new Context({ transports: { runtime: "web" } });
    const url = "epgm://10.0.0.1;239.192.1.1:5555";
    const error = await assertRejects(() => new Subscriber({ context }).bind(url), ZmqError) as ZmqError;
    assertEquals(error.code, "EPROTONOSUPPORT");
    await context.close();
  });

  it("other socket types are ENOCOMPATPROTO", async () => {
    await inLab({}, (lab) => {
      const push = new Push({ context: lab.host(1) });
      assertEquals((assertThrows(() => push.connect(URL), ZmqError) as ZmqError).code, "ENOCOMPATPROTO");
      return Promise.resolve();
    });
  });
});

describe("udp", () => {
  it("RADIO's messages reach a DISH that has joined their group, and others are filtered there", async () => {
    await inLab({}, async (lab) => {
      const dish = new Dish({ context: lab.host(2) });
      await dish.bind("udp://10.0.0.2:7000");
      assertEquals(dish.lastEndpoint, "udp://10.0.0.2:7000");
      dish.join("news");
      const radio = new Radio({ context: lab.host(1) });
      radio.connect("udp://10.0.0.2:7000");
      await radio.send("no", { group: "other" });
      await radio.send("world", { group: "news" });
      const [body, { group }] = await dish.receive();
      assertBytes(body, "world");
      assertBytes(group, "news");
      assertEquals(dish.dropped.filtered, 1);
    });
  });

  it("multicast reaches every DISH of the group, also on the same machine, unless multicastLoop is false", async () => {
    await inLab({}, async (lab) => {
      const url = "udp://eth0;239.1.2.3:7001";
      const contexts = [lab.host(1), lab.host(2), lab.host(3)] as const;
      const dishes = contexts.map((context) => new Dish({ context }));
      for (const dish of dishes) {
        await dish.bind(url);
        dish.join("g");
      }
      const radio = new Radio({ context: contexts[0] });
      radio.connect(url);
      await radio.send("all", { group: "g" });
      for (const dish of dishes) assertBytes((await dish.receive())[0], "all");
      const silent = new Radio({ context: contexts[0], multicastLoop: false });
      silent.connect(url);
      await silent.send("away", { group: "g" });
      for (const dish of dishes.slice(1)) assertBytes((await dish.receive())[0], "away");
      await radio.send("again", { group: "g" });
      assertBytes((await dishes[0]!.receive())[0], "again");
    });
  });

  it("a message above 8192 octets is EMSGSIZE, one in a group above 127 octets EINVAL, and nobody gets it", async () => {
    await inLab({}, async (lab) => {
      const context = lab.host(1);
      const near = new Dish({ context });
      await near.bind("inproc://dish");
      const long = "g".repeat(128);
      near.join("g", long);
      const radio = new Radio({ context });
      radio.connect("inproc://dish");
      radio.connect("udp://10.0.0.2:7000");
      const codes: string[] = [];
      for (const [length, group] of [[8191, "g"], [1, long]] as const) {
        const error = await Promise.resolve().then(() => radio.send(new Uint8Array(length), { group })).catch(
          (e) => e,
        );
        codes.push((error as ZmqError).code);
      }
      assertEquals(codes, ["EMSGSIZE", "EINVAL"]);
      await radio.send("ok", { group: "g" });
      assertBytes((await near.receive())[0], "ok");
    });
  });

  it("a DISH that is not read takes its high-water mark, drops the rest and counts it; so it does nonsense", async () => {
    await inLab({}, async (lab) => {
      const dish = new Dish({ context: lab.host(2), receiveHighWaterMark: 50 });
      await dish.bind("udp://10.0.0.2:7000");
      dish.join("g");
      const socket = lab.network.sockets[0]!;
      const from = { host: "10.0.0.9", port: 9 };
      for (let n = 0; n < 200; n++) socket.sink.onDatagram(Uint8Array.of(1, 103, n), from);
      socket.sink.onDatagram(Uint8Array.of(200), from);
      socket.sink.onDatagram(new Uint8Array(8193), from);
      assertEquals([dish.dropped.full, dish.dropped.malformed], [150, 2]);
      for (let n = 0; n < 50; n++) assertBytes((await dish.receive())[0], [n]);
      socket.sink.onDatagram(Uint8Array.of(1, 103, 7), from);
      assertBytes((await dish.receive())[0], [7]);
    });
  });

  it("DGRAM answers to the address that a message came from", async () => {
    await inLab({}, async (lab) => {
      const [a, b] = [new Datagram({ context: lab.host(1) }), new Datagram({ context: lab.host(2) })];
      await a.bind("udp://10.0.0.1:*");
      await b.bind("udp://10.0.0.2:7000");
      assert(/^udp:\/\/10\.0\.0\.1:\d+$/.test(a.lastEndpoint!));
      await a.send(["10.0.0.2:7000", "ping"]);
      const [address, body] = await b.receive();
      assertBytes(body, "ping");
      assertBytes(address, `${a.lastEndpoint!.slice(6)}\0`);
      await b.send([address, "pong"]);
      assertFrames(await a.receive(), ["10.0.0.2:7000\0", "pong"]);
      const refused = await Promise.resolve().then(() => a.send(["nowhere", "x"])).catch((error) => error);
      assertEquals((refused as ZmqError).code, "EINVAL");
    });
  });

  it("RADIO connects to a host by name, and tries again while there is none", async () => {
    await inLab({}, async (lab) => {
      const context = lab.host(1);
      const dish = new Dish({ context });
      await dish.bind("udp://*:7000");
      dish.join("");
      const radio = new Radio({ context, reconnectInterval: 1 });
      radio.connect("udp://peer.example:7000");
      await radio.send("x", { group: "" });
      assertBytes((await dish.receive())[0], "x");
      const lost = new Radio({ context, reconnectInterval: 1 });
      const told: string[] = [];
      lost.events.on("connect:retry", ({ type }) => told.push(type));
      lost.connect("udp://nobody.example:7000");
      await lab.network.until(() => told.length >= 2);
    });
  });

  it("a port in use is EADDRINUSE, and a second endpoint of a DGRAM is refused", async () => {
    await inLab({}, async (lab) => {
      const context = lab.host(1);
      const first = new Datagram({ context });
      await first.bind("udp://10.0.0.1:7000");
      const taken = () => new Dish({ context }).bind("udp://10.0.0.1:7000");
      assertEquals((await assertRejects(taken, ZmqError) as ZmqError).code, "EADDRINUSE");
      assertEquals(
        (await assertRejects(() => first.bind("udp://10.0.0.1:7001"), ZmqError) as ZmqError).code,
        "EBUSY",
      );
    });
  });

  it("an IPv6 address without the option ipv6 is EINVAL, and a host that is not of this machine ENODEV to bind", async () => {
    await inLab({}, async (lab) => {
      const context = lab.host(1);
      const radio = new Radio({ context });
      assertEquals(
        (assertThrows(() => radio.connect("udp://[::1]:7000"), ZmqError) as ZmqError).code,
        "EINVAL",
      );
      const dish = new Dish({ context });
      const error = await assertRejects(() => dish.bind("udp://peer.example:7000"), ZmqError) as ZmqError;
      assertEquals(error.code, "ENODEV");
    });
  });
});
