/**
 * A page's sockets and a server's on each runtime, over `ws://`: the pairs of types in both directions, and what
 * may stand in a message.
 */

import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { pattern } from "../interop/peer.ts";
import { within } from "../interop/scope.ts";
import { Chromium, type Page } from "./chromium.ts";
import { PageServer, serverKinds } from "./servers.ts";

declare const zmq: typeof import("../../mod.ts");

/** Kept in a page from one function to the next. */
declare const kept: { subscriber: InstanceType<typeof zmq.Subscriber> };

const ANY = "ws://127.0.0.1:*";

describe("over ws", () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await Chromium.start();
  });
  afterAll(() => chromium?.stop());

  for (const kind of serverKinds) {
    if (kind.missing) {
      it.skip(`with a server on ${kind.name} (${kind.missing})`);
      continue;
    }
    describe(`with a server on ${kind.name}`, () => {
      let server: PageServer;
      let page: Page;
      const errors: unknown[] = [];
      beforeAll(async () => {
        [server, page] = await Promise.all([PageServer.start(kind), chromium.page({ errors })]);
      });
      afterAll(async () => {
        await chromium?.closePages();
        await server.kill();
      });

      /** A test in whose page nothing must be thrown that nobody catches. */
      function test(name: string, body: () => Promise<void>): void {
        it(name, async () => {
          await within(body(), 20_000, `the test "${name}"`);
          assertEquals(errors, []);
        });
      }

      test("a page's SUB receives 10 000 messages of the server's PUB in order", async () => {
        const { socket, endpoint, number } = await server.bound("Publisher", `${ANY}/feed`, { noDrop: true });
        await server.call("tick", { sock: number, parts: [btoa("tick")] });
        await page.evaluate(async (endpoint) => {
          const subscriber = new zmq.Subscriber();
          subscriber.subscribe();
          subscriber.connect(endpoint);
          await subscriber.receive();
          Object.assign(globalThis, { kept: { subscriber } });
        }, endpoint);
        await server.call("still", { sock: number });
        const received = page.evaluate(async (count) => {
          let next = 0;
          for await (const [body] of kept.subscriber) {
            if (String(body) === "tick") continue;
            const number = new DataView(body.buffer, body.byteOffset, body.length).getUint32(0);
            if (number !== next || body.length !== 100) return `${number} instead of ${next}`;
            if (++next === count) break;
          }
          return next;
        }, 10_000);
        await socket.pump(10_000, 100);
        assertEquals(await received, 10_000);
      });

      test("a page's REQ asks the server's REP: each answer is to its question", async () => {
        const { socket, endpoint } = await server.bound("Reply", `${ANY}/echo`);
        const rounds = 200;
        const asked = page.evaluate(async ({ endpoint, rounds }) => {
          const request = new zmq.Request();
          request.connect(endpoint);
          for (let round = 0; round < rounds; round++) {
            await request.send(["question", String(round)]);
            const answer = (await request.receive()).join(" ");
            if (answer !== `question ${round}`) return `${answer} in round ${round}`;
          }
          return rounds;
        }, { endpoint, rounds });
        await socket.echo(rounds);
        assertEquals(await asked, rounds);
      });

      test("the server's REQ asks a page's REP", async () => {
        const { socket, endpoint } = await server.bound("Request", `${ANY}/ask`);
        await page.evaluate((endpoint) => {
          const reply = new zmq.Reply();
          reply.connect(endpoint);
          void (async () => {
            for await (const [text] of reply) await reply.send([String(text).toUpperCase(), ""]);
          })();
        }, endpoint);
        for (const text of ["one", "two", "three"]) {
          await socket.send([text]);
          assertEquals(await socket.receiveTexts(), [text.toUpperCase(), ""]);
        }
      });

      test("the server's PULL receives what a page's PUSH sends, in order", async () => {
        const { socket, endpoint } = await server.bound("Pull", `${ANY}/in`);
        const sent = page.evaluate(async ({ endpoint, count }) => {
          const push = new zmq.Push();
          push.connect(endpoint);
          for (let number = 0; number < count; number++) {
            const message = new Uint8Array(64);
            new DataView(message.buffer).setUint32(0, number);
            await push.send(message);
          }
        }, { endpoint, count: 5000 });
        const { count, first, last, ascending } = await socket.drain(5000);
        await sent;
        assertEquals({ count, first, last, ascending }, {
          count: 5000,
          first: 0,
          last: 4999,
          ascending: true,
        });
      });

      test("a page's PULL receives what the server's PUSH sends, in order", async () => {
        const { socket, endpoint } = await server.bound("Push", `${ANY}/out`);
        const received = page.evaluate(async ({ endpoint, count }) => {
          const pull = new zmq.Pull();
          pull.connect(endpoint);
          for (let next = 0; next < count; next++) {
            const [body] = await pull.receive();
            const number = new DataView(body!.buffer, body!.byteOffset, body!.length).getUint32(0);
            if (number !== next) return `${number} instead of ${next}`;
          }
          return count;
        }, { endpoint, count: 5000 });
        await socket.pump(5000, 64);
        assertEquals(await received, 5000);
      });

      test("a page's DEALER gets back from the server's ROUTER what it sent: empty frames and 1 MiB", async () => {
        const { socket, endpoint } = await server.bound("Router", `${ANY}/router`);
        const came = page.evaluate(async (endpoint) => {
          const dealer = new zmq.Dealer({ routingId: "page" });
          dealer.connect(endpoint);
          const large = Uint8Array.from({ length: 1 << 20 }, (_, index) => (7 + index) % 251);
          const messages = [["", "several", "", "parts", ""], [""], [large, "", large.subarray(0, 65536)], [
            "end",
          ]];
          for (const parts of messages) {
            await dealer.send(parts);
            const back = await dealer.receive();
            const same = (one: Uint8Array | string, other: Uint8Array) =>
              typeof one === "string"
                ? one === String(other)
                : one.length === other.length && one.every((octet, index) => octet === other[index]);
            if (back.length !== parts.length) return `${back.length} parts instead of ${parts.length}`;
            const wrong = parts.findIndex((part, index) => !same(part, back[index]!));
            if (wrong >= 0) return `part ${wrong} of ${parts.length} is another`;
          }
          return messages.length;
        }, endpoint);
        await socket.echo(4);
        assertEquals(await came, 4);
      });

      test("a page's ROUTER answers the server's DEALER by its routing id, with every octet of 1 MiB", async () => {
        const { socket, endpoint } = await server.bound("Dealer", `${ANY}/dealer`, { routingId: "server" });
        await page.evaluate((endpoint) => {
          const router = new zmq.Router();
          router.connect(endpoint);
          void (async () => {
            for await (const [id, ...parts] of router) await router.send([id!, String(id), "", ...parts]);
          })();
        }, endpoint);
        const large = pattern(1 << 20, 3);
        await socket.send(["", { size: large.length, seed: 3 }, "end"]);
        const [id, empty, first, body, end] = await socket.receive();
        const digest = { size: large.length, sha256: createHash("sha256").update(large).digest("hex") };
        assertEquals(new TextDecoder().decode(id as Uint8Array), "server");
        assert((empty as Uint8Array).length === 0 && (first as Uint8Array).length === 0);
        assertEquals(body, digest);
        assertEquals(new TextDecoder().decode(end as Uint8Array), "end");
      });
    });
  }
});
