/**
 * inproc between a page and its Workers: in a page that is isolated from other origins, where memory may be shared,
 * and in one that is not, where buffers are transferred. What is promised is the same.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { afterAll, afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import { within } from "../interop/scope.ts";
import { Chromium, type Page } from "./chromium.ts";

declare const zmq: typeof import("../../mod.ts");
declare const inWorker: typeof import("./page.ts").inWorker;
/** In a Worker. */
declare function postMessage(message: unknown): void;

describe("inproc between a page and its Workers", () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await Chromium.start();
  });
  afterAll(() => chromium?.stop());
  afterEach(() => chromium?.closePages());

  for (const isolated of [true, false]) {
    describe(isolated ? "with shared memory" : "without shared memory", () => {
      function test(name: string, body: (page: Page) => Promise<void>): void {
        it(name, async () => {
          const errors: unknown[] = [];
          const page = await chromium.page({ isolated, errors });
          assertEquals(
            await page.evaluate(
              () => (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated,
              null,
            ),
            isolated,
          );
          await within(body(page), 20_000, `the test "${name}"`);
          assertEquals(errors, []);
        });
      }

      test("PAIR: 500 round trips", async (page) => {
        const rounds = await page.evaluate(async () => {
          const pair = new zmq.Pair();
          await pair.bind("inproc://pair");
          const { result } = inWorker(async () => {
            const pair = new zmq.Pair();
            pair.connect("inproc://pair");
            for await (const [text] of pair) {
              if (String(text) === "end") break;
              await pair.send([text, "!"]);
            }
            pair.close();
            return "ended";
          }, null);
          let rounds = 0;
          for (; rounds < 500; rounds++) {
            await pair.send(String(rounds));
            const answer = (await pair.receive()).join("");
            if (answer !== `${rounds}!`) return `${answer} in round ${rounds}`;
          }
          await pair.send("end");
          return `${rounds} rounds, ${await result}`;
        }, null);
        assertEquals(rounds, "500 rounds, ended");
      });

      test("a Worker's PUSH that connected before the page bound: 20 000 whole messages in order", async (page) => {
        const received = await page.evaluate(async () => {
          const { result, worker } = inWorker(async () => {
            const push = new zmq.Push();
            push.connect("inproc://later");
            postMessage({ connected: true });
            for (let number = 0; number < 20_000; number++) {
              await push.send([String(number), "", new Uint8Array(number % 300).fill(number)]);
            }
            return "sent";
          }, null);
          const connected = new Promise((resolve) =>
            worker.addEventListener("message", resolve, { once: true })
          );
          // By then the Worker has asked for the name.
          await connected;
          const pull = new zmq.Pull();
          await pull.bind("inproc://later");
          let next = 0;
          for await (const [number, empty, body] of pull) {
            const right = Number(number) === next && empty!.length === 0 && body!.length === next % 300 &&
              body!.every((octet) => octet === next % 256);
            if (!right) return `${number} (${body?.length}) instead of ${next}`;
            if (++next === 20_000) break;
          }
          return `${next}, ${await result}`;
        }, null);
        assertEquals(received, "20000, sent");
      });

      test("a page's PUB reaches SUBs in two Workers, each by its own subscription", async (page) => {
        const counts = await page.evaluate(async () => {
          const publisher = new zmq.XPublisher({ noDrop: true });
          await publisher.bind("inproc://feed");
          const workers = ["even", "odd"].map((topic) =>
            inWorker(async (topic) => {
              const subscriber = new zmq.Subscriber();
              subscriber.subscribe(topic);
              subscriber.connect("inproc://feed");
              let count = 0;
              for await (const [of, number] of subscriber) {
                const wanted = count * 2 + (topic === "odd" ? 1 : 0);
                if (String(of) !== topic || Number(number) !== wanted) return `${of} ${number} not ${wanted}`;
                if (++count === 2000) break;
              }
              return count;
            }, topic)
          );
          await publisher.receive();
          await publisher.receive();
          for (let number = 0; number < 4000; number++) {
            await publisher.send([number % 2 === 0 ? "even" : "odd", String(number)]);
          }
          return await Promise.all(workers.map(({ result }) => result));
        }, null);
        assertEquals(counts, [2000, 2000]);
      });

      test("two Workers of one page reach each other: REQ and REP", async (page) => {
        const answers = await page.evaluate(async () => {
          const service = inWorker(async () => {
            const reply = new zmq.Reply();
            await reply.bind("inproc://service");
            for (let round = 0; round < 100; round++) await reply.send([...await reply.receive(), "!"]);
            await reply[Symbol.asyncDispose]();
          }, null);
          const client = inWorker(async () => {
            const request = new zmq.Request();
            request.connect("inproc://service");
            for (let round = 0; round < 100; round++) {
              await request.send(String(round));
              const answer = (await request.receive()).join("");
              if (answer !== `${round}!`) return answer;
            }
            return "all right";
          }, null);
          await service.result;
          return await client.result;
        }, null);
        assertEquals(answers, "all right");
      });

      test("DEALER and ROUTER: 4 MiB with every octet in its place", async (page) => {
        const length = await page.evaluate(async () => {
          const { result } = inWorker(async () => {
            const router = new zmq.Router();
            await router.bind("inproc://large");
            const [id, body] = await router.receive();
            await router.send([id!, body!]);
            router.close();
          }, null);
          const dealer = new zmq.Dealer();
          dealer.connect("inproc://large");
          await dealer.send(Uint8Array.from({ length: 4 << 20 }, (_, index) => index % 251));
          const [body] = await dealer.receive();
          await result;
          return body!.every((octet, index) => octet === index % 251) ? body!.length : -1;
        }, null);
        assertEquals(length, 4 << 20);
      });

      test("a name belongs to one thread: EADDRINUSE for a second", async (page) => {
        const told = await page.evaluate(async () => {
          const pull = new zmq.Pull();
          await pull.bind("inproc://mine");
          const { result } = inWorker(async () => {
            try {
              await new zmq.Pull().bind("inproc://mine");
              return "bound";
            } catch (error) {
              return `${(error as { code?: string }).code} ${(error as Error).message}`;
            }
          }, null);
          return await result;
        }, null);
        assertStringIncludes(told, "EADDRINUSE");
      });

      test("a Worker that says rubbish where inproc is spoken disturbs nobody", async (page) => {
        const answers = await page.evaluate(async () => {
          const rubbish = `
            const { port1, port2 } = new MessageChannel();
            postMessage({ "@puremq/zmq inproc 1": port2 }, [port2]);
            const nested = [[[]]];
            for (const each of [null, 0, -1, "bind", [], {}, nested, [1, 2, 3], { type: "open" }, new Uint8Array(9)]) {
              port1.postMessage(each);
            }
            postMessage("said");`;
          const url = URL.createObjectURL(new Blob([rubbish], { type: "text/javascript" }));
          const worker = new Worker(url, { type: "module" });
          zmq.context.attach(worker);
          const pair = new zmq.Pair();
          await pair.bind("inproc://sane");
          await new Promise((resolve) => worker.addEventListener("message", resolve, { once: true }));
          const { result } = inWorker(async () => {
            const pair = new zmq.Pair();
            pair.connect("inproc://sane");
            for (let round = 0; round < 10; round++) await pair.send([...await pair.receive(), "!"]);
            return "ended";
          }, null);
          const answers = [];
          for (let round = 0; round < 10; round++) {
            await pair.send(String(round));
            answers.push((await pair.receive()).join(""));
          }
          return [...answers, await result].join(" ");
        }, null);
        assertEquals(answers, "0! 1! 2! 3! 4! 5! 6! 7! 8! 9! ended");
      });

      test("a Worker that is terminated in mid-traffic is a disconnect; another's messages all come", async (page) => {
        const seen = await page.evaluate(async () => {
          const pull = new zmq.Pull();
          const disconnected = new Promise<string>((resolve) =>
            pull.events.on("disconnect", ({ address }) => resolve(address))
          );
          await pull.bind("inproc://work");
          const [doomed, sound] = ["doomed", "sound"].map((name) =>
            inWorker(async (name) => {
              const push = new zmq.Push();
              push.connect("inproc://work");
              const count = name === "doomed" ? Infinity : 10_000;
              for (let number = 0; number < count; number++) await push.send([name, String(number)]);
            }, name)
          );
          const next: { [name: string]: number } = { doomed: 0, sound: 0 };
          let terminated = false;
          for await (const [name, number] of pull) {
            if (Number(number) !== next[String(name)]++) return `${name} ${number} is out of order`;
            if (!terminated && next.doomed! > 500) {
              terminated = true;
              doomed!.worker.terminate();
            }
            if (terminated && next.sound === 10_000) break;
          }
          await sound!.result;
          return `${await disconnected}, ${next.sound}`;
        }, null);
        assertEquals(seen, "inproc://work, 10000");
      });
    });
  }
});
