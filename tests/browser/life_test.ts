/**
 * Connections of pages in trouble: servers that go and come back, pages that vanish in mid-traffic, and servers
 * that are not what they should be.
 */

import { assert, assertEquals } from "@std/assert";
import { afterAll, afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import { freePort, Scope, within } from "../interop/scope.ts";
import { Chromium } from "./chromium.ts";
import { PageServer, serverKinds } from "./servers.ts";

declare const zmq: typeof import("../../mod.ts");

/** Kept in a page from one function to the next. */
declare const kept: {
  subscriber: InstanceType<typeof zmq.Subscriber>;
  types: string[];
  pull: InstanceType<typeof zmq.Pull>;
  seen: string[];
  again: Promise<unknown>;
};

describe("a page over ws", () => {
  let chromium: Chromium;
  let scope: Scope;
  beforeAll(async () => {
    chromium = await Chromium.start();
  });
  afterAll(() => chromium?.stop());
  afterEach(async () => {
    await chromium?.closePages();
    await scope?.end();
  });

  /** A test with servers and pages of its own. */
  function test(name: string, body: () => Promise<void>): void {
    it(name, async () => {
      scope = new Scope();
      await within(body(), 30_000, `the test "${name}"`);
    });
  }

  async function start(kind: typeof serverKinds[number]): Promise<PageServer> {
    const server = await PageServer.start(kind);
    scope.atEnd(() => server.kill());
    return server;
  }

  for (const kind of serverKinds) {
    if (kind.missing) {
      it.skip(`connects again to a server on ${kind.name} (${kind.missing})`);
      continue;
    }

    test(`connects again when its server on ${kind.name} was killed and is back, and says its subscriptions again`, async () => {
      const address = `ws://127.0.0.1:${await freePort()}/feed`;
      const first = await start(kind);
      const { number } = await first.bound("Publisher", address);
      await first.call("tick", { sock: number, parts: [btoa("one")] });
      const errors: unknown[] = [];
      const page = await chromium.page({ errors });
      await page.evaluate(async (address) => {
        const subscriber = new zmq.Subscriber();
        const types: string[] = [];
        Object.assign(globalThis, { kept: { subscriber, types } });
        for (const type of ["handshake", "disconnect", "connect:retry"] as const) {
          subscriber.events.on(type, () => types.push(type));
        }
        subscriber.subscribe("one", "two");
        subscriber.connect(address);
        await subscriber.receive();
      }, address);

      await first.kill();
      const second = await start(kind);
      const again = await second.bound("Publisher", address);
      await second.call("tick", { sock: again.number, parts: [btoa("other")] });
      await second.call("tick", { sock: again.number, parts: [btoa("two")] });
      const seen = await page.evaluate(async () => {
        for await (const [topic] of kept.subscriber) {
          if (String(topic) !== "one") return { topic: String(topic), types: kept.types };
        }
      }, null);
      assertEquals(seen!.topic, "two");
      const told = seen!.types.filter((type, index, all) => type !== all[index - 1]);
      assertEquals(told, ["handshake", "disconnect", "connect:retry", "handshake"]);
      assertEquals(errors, []);
    });

    test(`speaks wss with a server on ${kind.name}`, async () => {
      const server = await start(kind);
      const { socket, endpoint } = await server.bound("Reply", "wss://127.0.0.1:*/echo", { secure: true });
      const page = await chromium.page();
      const asked = page.evaluate(async (endpoint) => {
        const request = new zmq.Request();
        request.connect(endpoint);
        await request.send(["a", "", "b"]);
        return (await request.receive()).map(String);
      }, endpoint);
      await socket.echo(1);
      assertEquals(await asked, ["a", "", "b"]);
    });

    test(`that vanishes in mid-traffic is a disconnect for a server on ${kind.name}, and nothing for other pages`, async () => {
      const server = await start(kind);
      const { socket, endpoint, number } = await server.bound("Publisher", "ws://127.0.0.1:*/feed", {
        noDrop: true,
      });
      await server.call("tick", { sock: number, parts: [btoa("tick")] });
      await socket.monitor();
      const [vanishing, staying] = await Promise.all([chromium.page(), chromium.page()]);
      for (const page of [vanishing, staying]) {
        await page.evaluate(async (endpoint) => {
          const subscriber = new zmq.Subscriber();
          Object.assign(globalThis, { kept: { subscriber } });
          subscriber.subscribe();
          subscriber.connect(endpoint);
          await subscriber.receive();
        }, endpoint);
      }
      await server.call("still", { sock: number });
      const [there, all] = [10, 5000].map((count, index) =>
        [vanishing, staying][index]!.evaluate(async (count) => {
          let next = 0;
          for await (const [body] of kept.subscriber) {
            if (String(body) === "tick") continue;
            const number = new DataView(body.buffer, body.byteOffset, body.length).getUint32(0);
            if (number !== next) return `${number} instead of ${next}`;
            if (++next === count) break;
          }
          return next;
        }, count)
      );
      const pumped = socket.pump(5000, 200);
      assertEquals(await there, 10);
      await vanishing.close();
      const event = await socket.event("disconnect");
      assert(event.address!.endsWith("/feed"), event.address);
      await pumped;
      assertEquals(await all, 5000);
    });
  }

  test("that does not receive keeps what comes, to the last message in order", async () => {
    const server = await start(serverKinds[0]!);
    const { socket, endpoint } = await server.bound("Push", "ws://127.0.0.1:*/large", { linger: -1 });
    const page = await chromium.page();
    await page.evaluate((endpoint) => {
      const pull = new zmq.Pull({ receiveHighWaterMark: 2 });
      pull.connect(endpoint);
      Object.assign(globalThis, { kept: { pull } });
    }, endpoint);
    await socket.pump(24, 1 << 20);
    const received = await page.evaluate(async () => {
      for (let next = 0; next < 24; next++) {
        const [body] = await kept.pull.receive();
        const number = new DataView(body!.buffer, body!.byteOffset, body!.length).getUint32(0);
        if (number !== next || body!.length !== 1 << 20) return `${number} instead of ${next}`;
      }
      return "all";
    }, null);
    assertEquals(received, "all");
  });

  test("that does not receive keeps 64 MiB: its connection ends with ENOBUFS, and it makes another", async () => {
    const server = await start(serverKinds[0]!);
    const { socket, endpoint } = await server.bound("Push", "ws://127.0.0.1:*/flood");
    const page = await chromium.page();
    await page.evaluate((endpoint) => {
      const pull = new zmq.Pull({ receiveHighWaterMark: 2 });
      const seen: string[] = [];
      pull.events.on("handshake", () => seen.push("handshake"));
      pull.events.on("disconnect", ({ error }) => seen.push(`disconnect ${error?.code}`));
      const ended = new Promise((resolve) => pull.events.on("disconnect", resolve));
      const again = ended.then(() => new Promise((resolve) => pull.events.on("handshake", resolve)));
      pull.connect(endpoint);
      Object.assign(globalThis, { kept: { pull, seen, again } });
    }, endpoint);
    await socket.pump(80, 1 << 20);
    const seen = await page.evaluate(async () => {
      await kept.again;
      const [body] = await kept.pull.receive();
      return [...kept.seen, `${body!.length} octets`];
    }, null);
    assertEquals(seen, ["handshake", "disconnect ENOBUFS", "handshake", `${1 << 20} octets`]);
  });

  test("tells of a server that speaks HTTP and no WebSocket, and goes on trying", async () => {
    const page = await chromium.page();
    const seen = await page.evaluate(async (address) => {
      const dealer = new zmq.Dealer();
      dealer.connect(address);
      const types = [];
      let error: string | undefined;
      for await (const event of dealer.events) {
        types.push(event.type);
        if (event.type === "close") error = event.error?.message;
        if (types.filter((type) => type === "connect:retry").length === 2) break;
      }
      dealer.close();
      return { types, error };
    }, `${chromium.origin.replace("http", "ws")}/nothing`);
    assert(seen.types.includes("close") && !seen.types.includes("handshake"), seen.types.join());
    assert(seen.error !== undefined && seen.error !== "", "the event does not say why");
  });
});
