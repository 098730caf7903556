/**
 * Messages: their parts, whose memory they are, and what frames know of the peer (rows "Messages" of libzmq's own
 * tests). There is no message to be initialised here: what is sent is, and what arrives is a frame.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { failure, type Scope, strictTest, test, texts, until, within } from "../interop/scope.ts";
import { type AnySocket, loose, type Part, zmq } from "../interop/subject.ts";
import { assertBytes } from "../support/bytes.ts";
import { collectGarbage } from "../support/garbage.ts";

async function joined(scope: Scope, transport: "tcp" | "inproc"): Promise<[AnySocket, AnySocket]> {
  const [one, other] = [scope.socket("Pair"), scope.socket("Pair")];
  await one.bind(scope.address(transport));
  other.connect(one.lastEndpoint!);
  return [one, other];
}

describe("a message (zmq_msg_init)", () => {
  for (const transport of ["tcp", "inproc"] as const) {
    test(`over ${transport}: an empty one has size 0 (LT-30)`, async (scope) => {
      const [one, other] = await joined(scope, transport);
      for (const nothing of [null, ""]) {
        await other.send(nothing);
        const parts = await within(one.receive(), 5000, "the message");
        assertEquals(parts.map(({ length }) => length), [0]);
      }
    });

    test(`over ${transport}: one of size 6 holds the data copied into it, one of size 0 is sent too (LT-31)`, async (scope) => {
      const [one, other] = await joined(scope, transport);
      const six = new Uint8Array(6);
      six.set(new TextEncoder().encode("mydata"));
      await other.send(six);
      const [part] = await within(one.receive(), 5000, "the message");
      assertEquals(part!.length, 6);
      assertBytes(part!, "mydata");
      await other.send(new Uint8Array(0));
      assertEquals((await one.receive()).map(({ length }) => length), [0]);
    });

    test(`over ${transport}: it copies the buffer that it is given, in other memory; no memory is fine (LT-32)`, async (scope) => {
      const [one, other] = await joined(scope, transport);
      const given = new TextEncoder().encode("mybuffer");
      const sent = other.send(given);
      given.fill(0);
      await sent;
      const [part] = await within(one.receive(), 5000, "the message");
      assertBytes(part!, "mybuffer");
      assertEquals(part!.buffer === given.buffer, false);
      part!.fill(1);
      assertBytes(given, new Uint8Array(8));
      await other.send(new ArrayBuffer(0) as unknown as Uint8Array);
      assertEquals((await one.receive()).map(({ length }) => length), [0]);
    });
  }
});

describe("parts of a message", () => {
  test("[A, B] of a DEALER reaches a ROUTER as its id, A and B, and B is the last (LT-33)", async (scope) => {
    const router = scope.socket("Router");
    await router.bind(scope.address("inproc"));
    const dealer = scope.socket("Dealer");
    dealer.connect(router.lastEndpoint!);
    await dealer.send(["A", "B"]);
    const [id, ...parts] = await within(router.receive(), 5000, "the message");
    // libzmq makes up ids of five octets that begin with zero.
    assertEquals([id!.length, id![0]], [5, 0]);
    assertEquals(texts(parts), ["A", "B"]);
  });

  for (const size of [100, 10]) {
    test(`ten buffers of ${size} octets go as one message and arrive equal; none is no message (LT-37)`, async (scope) => {
      const pull = scope.socket("Pull");
      await pull.bind(scope.address("inproc"));
      const push = scope.socket("Push");
      push.connect(pull.lastEndpoint!);
      const buffers = Array.from({ length: 10 }, (_, number) => new Uint8Array(size).fill(number + 65));
      await push.send([]);
      await push.send(buffers);
      const parts = await within(pull.receive(), 5000, "the message");
      assertEquals(parts.length, 10);
      for (const [number, part] of parts.entries()) assertBytes(part, buffers[number]!);
      const nothing = await failure(() => push.send(undefined as unknown as Part));
      assertEquals(nothing instanceof TypeError, true);
      const noSocket = await failure(() => loose.Push.prototype.send.call(null, buffers));
      assertEquals(noSocket instanceof TypeError, true);
    });
  }
});

describe("memory given to send (zmq_msg_init_data)", () => {
  const SIZE = 200_000;
  const COUNT = 8;

  strictTest(
    "is let go after it was sent, once or to several, and when it can no longer be sent (LT-36)",
    async (scope) => {
      const [one, other] = await joined(scope, "tcp");
      const [third, fourth] = await joined(scope, "tcp");
      const nowhere = scope.socket("Push");
      nowhere.connect(await scope.freeAddress("tcp"));
      const held: WeakRef<ArrayBufferLike>[] = [];
      const sendAll = async (): Promise<void> => {
        for (let number = 0; number < COUNT; number++) {
          const memory = new Uint8Array(SIZE).fill(number);
          held.push(new WeakRef(memory.buffer));
          // A message; a copy of it to another peer; one that nobody ever takes.
          await other.send(["head", memory]);
          if (number % 2 === 0) await fourth.send(memory);
          if (number % 4 === 0) await nowhere.send(memory);
        }
      };
      await sendAll();
      for (let number = 0; number < COUNT; number++) {
        const [, part] = await within(one.receive(), 5000, "the message");
        assertEquals([part!.length, part![SIZE - 1]], [SIZE, number]);
        if (number % 2 === 0) {
          assertEquals(
            (await within(third.receive(), 5000, "the copy"))[0]!.length,
            SIZE,
          );
        }
      }
      assertEquals(held[0]!.deref()?.byteLength, SIZE, "what waits to be sent must be kept");
      nowhere.close();
      await until("all memory is let go while the sockets are open", async () => {
        await collectGarbage();
        return held.every((reference) => reference.deref() === undefined);
      });
      assertEquals([one.closed, other.closed], [false, false]);
    },
  );
});

describe("what frames know of the peer (zmq_msg_gets)", () => {
  strictTest(
    "ROUTER, readable before it receives: all three frames of a REQ have what ZAP said (LT-39)",
    async (scope) => {
      const context = new zmq.Context({ blocky: false });
      scope.atEnd(() => context.close());
      const handler = new zmq.Reply({ context });
      await handler.bind("inproc://zeromq.zap.01");
      const answering = (async () => {
        for await (const [version, id] of handler) {
          await handler.send([version!, id!, "200", "OK", "anonymous", property("Hello", "World")]);
        }
      })();
      const router = new zmq.Router({ context, zapDomain: "DOMAIN" });
      await router.bind("tcp://127.0.0.1:*");
      const request = new zmq.Request({ context });
      request.connect(router.lastEndpoint!);
      await request.send("hi");
      await until("the ROUTER is readable", () => router.readable);
      const frames = await router.receive();
      assertEquals(texts(frames.slice(1)), ["", "hi"]);
      assertEquals(frames.map(({ userId }) => userId), ["anonymous", "anonymous", "anonymous"]);
      for (const { metadata } of frames) {
        assert(metadata !== undefined);
        assertBytes(metadata.get("hello")!, "World");
        assertBytes(metadata.get("socket-type")!, "REQ");
        assertStrictEquals(metadata.get("no such name"), undefined);
      }
      handler.close();
      await answering;
    },
  );
});

/** A property as ZAP has them (RFC 27). */
function property(name: string, value: string): Uint8Array {
  const [key, text] = [new TextEncoder().encode(name), new TextEncoder().encode(value)];
  return Uint8Array.from([key.length, ...key, 0, 0, 0, text.length, ...text]);
}
