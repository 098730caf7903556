/**
 * What a page has without any server: the module loads, inproc works inside of it, and every transport that a page
 * has not is refused by a name that says so.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { afterAll, afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import { Chromium } from "./chromium.ts";

declare const zmq: typeof import("../../mod.ts");

describe("in a page", () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await Chromium.start();
  });
  afterEach(() => chromium?.closePages());
  afterAll(() => chromium?.stop());

  it("the module loads without an error, and says that it is this module", async () => {
    const errors: unknown[] = [];
    const page = await chromium.page({ errors });
    const seen = await page.evaluate(() => ({ version: zmq.version, ipc: zmq.capability.ipc }), null);
    assertMatch(seen.version, /^\d+\.\d+\.\d+$/);
    assertEquals(errors, []);
  });

  for (
    const address of ["tcp://192.0.2.1:5555", "ipc:///tmp/no", "udp://192.0.2.1:5", "epgm://192.0.2.1:5"]
  ) {
    const scheme = address.split(":")[0];

    it(`connect("${address}") is EPROTONOSUPPORT, and says scheme and host`, async () => {
      const page = await chromium.page();
      const error = await page.evaluate((address) => {
        const socket = new zmq.Dealer();
        try {
          socket.connect(address);
          return { code: "none", message: "it did not throw" };
        } catch (error) {
          const { code, message } = error as Error & { code: string };
          return { code, message };
        } finally {
          socket.close();
        }
      }, address);
      assertEquals(error.code, "EPROTONOSUPPORT", error.message);
      assertStringIncludes(error.message, `${scheme}://`);
      assertStringIncludes(error.message, address);
      assertMatch(error.message, /not available on web: a page has /);
    });
  }

  for (const address of ["tcp://127.0.0.1:5555", "ws://127.0.0.1:5555/path", "wss://127.0.0.1:5555/path"]) {
    it(`bind("${address}") rejects with EPROTONOSUPPORT, and says scheme and host`, async () => {
      const page = await chromium.page();
      const error = await page.evaluate(async (address) => {
        const socket = new zmq.Dealer();
        try {
          await socket.bind(address);
          return { code: "none", message: "it did not reject" };
        } catch (error) {
          const { code, message } = error as Error & { code: string };
          return { code, message };
        } finally {
          socket.close();
        }
      }, address);
      assertEquals(error.code, "EPROTONOSUPPORT", error.message);
      assertStringIncludes(error.message, address);
      assertMatch(error.message, /on web: a page (has|can only connect)/);
    });
  }

  it("inproc: REQ asks and REP answers, 1000 times", async () => {
    const page = await chromium.page();
    const answers = await page.evaluate(async () => {
      const reply = new zmq.Reply();
      await reply.bind("inproc://service");
      const request = new zmq.Request();
      request.connect("inproc://service");
      const service = (async () => {
        for await (const [text] of reply) await reply.send(`${text}!`);
      })();
      let right = 0;
      for (let number = 0; number < 1000; number++) {
        await request.send(String(number));
        const [answer] = await request.receive();
        if (String(answer) === `${number}!`) right++;
      }
      request.close();
      reply.close();
      await service;
      return right;
    }, null);
    assertEquals(answers, 1000);
  });

  it("inproc: a SUB receives 10 000 messages of a PUB in order, with back-pressure", async () => {
    const page = await chromium.page();
    const received = await page.evaluate(async () => {
      const publisher = new zmq.Publisher({ noDrop: true });
      await publisher.bind("inproc://feed");
      const subscriber = new zmq.Subscriber();
      subscriber.subscribe("feed");
      subscriber.connect("inproc://feed");
      const sending = (async () => {
        for (let number = 0; number < 10_000; number++) await publisher.send(["feed", String(number)]);
      })();
      let next = 0;
      for await (const [, number] of subscriber) {
        if (Number(number) !== next) return `${number} instead of ${next}`;
        if (++next === 10_000) break;
      }
      await sending;
      subscriber.close();
      publisher.close();
      return next;
    }, null);
    assertEquals(received, 10_000);
  });
});
