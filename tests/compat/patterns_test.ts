/**
 * Every pattern between two sockets of the module under test, over tcp, ipc and inproc: what zeromq.js's own suite
 * asserts of pair, push and pull, request and reply, router and dealer, publish and subscribe.
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { failure, test, texts, until, within } from "../interop/scope.ts";
import { type AnySocket, loose } from "../interop/subject.ts";

const WORDS = ["foo", "bar", "baz", "qux"];

for (const transport of ["tcp", "ipc", "inproc"] as const) {
  describe(`patterns over ${transport}`, () => {
    test("PAIR: what is echoed comes back in order", async (scope) => {
      const one = scope.socket("Pair");
      const other = scope.socket("Pair");
      await one.bind(scope.address(transport));
      other.connect(one.lastEndpoint!);
      const echo = (async () => {
        for await (const message of other) await other.send(message);
      })();
      for (const word of WORDS) await one.send(word);
      assertEquals(await take(one, 4), WORDS);
      other.close();
      await echo;
    });

    test("PUSH and PULL: all arrive in order", async (scope) => {
      const pull = scope.socket("Pull");
      const push = scope.socket("Push");
      await pull.bind(scope.address(transport));
      push.connect(pull.lastEndpoint!);
      for (const word of WORDS) await push.send(word);
      assertEquals(await take(pull, 4), WORDS);
    });

    if (transport !== "inproc") {
      test("PUSH with immediate: nothing is queued for a peer that never comes", async (scope) => {
        const pull = scope.socket("Pull");
        await pull.bind(scope.address(transport));
        const push = scope.socket("Push", { immediate: true });
        push.connect(pull.lastEndpoint!);
        push.connect(await scope.freeAddress(transport));
        for (const word of WORDS) await push.send(word);
        assertEquals(await take(pull, 4), WORDS);
      });
    }

    test("REQ and REP: four rounds, and the loop of REP ends when it is closed", async (scope) => {
      const rep = scope.socket("Reply");
      const req = scope.socket("Request");
      await rep.bind(scope.address(transport));
      req.connect(rep.lastEndpoint!);
      const echo = (async () => {
        for await (const message of rep) await rep.send(message);
      })();
      const heard: string[] = [];
      for (const word of WORDS) {
        await req.send(word);
        heard.push(...texts(await req.receive()));
      }
      rep.close();
      await echo;
      assertEquals(heard, WORDS);
    });

    test("REQ waiting for a reply is not writable, and a second send is EFSM", async (scope) => {
      const rep = scope.socket("Reply");
      const req = scope.socket("Request", { sendTimeout: 2 });
      await rep.bind(scope.address(transport));
      req.connect(rep.lastEndpoint!);
      await req.send("foo");
      assertEquals(req.writable, false);
      const { message, code, errno } = await failure(() => req.send("bar"));
      assertEquals([message, code, errno], [
        "Operation cannot be accomplished in current state",
        "EFSM",
        156384763,
      ]);
      assertEquals(texts(await rep.receive()), ["foo"]);
      await rep.send("foo");
      assertEquals(texts(await req.receive()), ["foo"]);
      assertEquals(req.writable, true);
    });

    test("ROUTER echoes each of two DEALERs its own", async (scope) => {
      const router = scope.socket("Router");
      const dealers = [scope.socket("Dealer"), scope.socket("Dealer")];
      await router.bind(scope.address(transport));
      for (const dealer of dealers) dealer.connect(router.lastEndpoint!);
      const echo = (async () => {
        for await (const [sender, message] of router) await router.send([sender!, message!]);
      })();
      for (const word of WORDS) {
        for (const [index, dealer] of dealers.entries()) await dealer.send(word + index);
      }
      for (const [index, dealer] of dealers.entries()) {
        assertEquals(await take(dealer, 4), WORDS.map((word) => word + index));
      }
      router.close();
      await echo;
    });

    test("a mandatory ROUTER that knows nobody is EHOSTUNREACH", async (scope) => {
      const router = scope.socket("Router", { mandatory: true, sendTimeout: 0 });
      await router.bind(scope.address(transport));
      const { message, code, errno } = await failure(() => router.send(["fooId", "foo"]));
      assertEquals([message, code, errno], ["Host unreachable", "EHOSTUNREACH", 113]);
    });

    test("PUB and SUB: what is subscribed, and not what was unsubscribed again", async (scope) => {
      for (
        const [topics, gone, expected] of [[[], [], WORDS], [["fo", "ba", "qu"], ["fo", "qu"], [
          "bar",
          "baz",
        ]]]
      ) {
        const sub = scope.socket("Subscriber");
        const pub = scope.socket("Publisher");
        sub.subscribe(...topics!, ...(topics!.length ? ["sync"] : []));
        if (gone!.length) sub.unsubscribe(...gone!);
        await sub.bind(scope.address(transport));
        pub.connect(sub.lastEndpoint!);
        await married(pub, sub);
        for (const word of WORDS) await pub.send(word);
        assertEquals(await take(sub, expected!.length), expected!);
      }
    });

    test("XPUB and XSUB pass subscriptions up and messages down", async (scope) => {
      const [pub, xsub, xpub, sub] = [
        scope.socket("Publisher"),
        scope.socket("XSubscriber"),
        scope.socket("XPublisher"),
        scope.socket("Subscriber"),
      ];
      await pub.bind(scope.address(transport));
      await xpub.bind(scope.address(transport));
      xsub.connect(pub.lastEndpoint!);
      sub.connect(xpub.lastEndpoint!);
      sub.subscribe("fo", "ba", "sync");
      sub.unsubscribe("fo");
      const pump = async (from: AnySocket, to: AnySocket) => {
        for await (const message of from) await to.send(message);
      };
      const pumps = [pump(xpub, xsub), pump(xsub, xpub)];
      await married(pub, sub);
      for (const word of WORDS) await pub.send(word);
      assertEquals(await take(sub, 2), ["bar", "baz"]);
      xpub.close();
      xsub.close();
      await Promise.all(pumps);
    });

    for (
      const [verbosity, expected] of [
        [null, ["\x01fo"]],
        ["allSubs", ["\x01fo", "\x01fo"]],
        ["allSubsUnsubs", ["\x01fo", "\x01fo", "\x00fo"]],
      ] as const
    ) {
      test(`XPUB with verbosity ${verbosity} tells of ${expected.length} of three changes`, async (scope) => {
        const xpub = scope.own(new loose.XPublisher({ linger: 0 }));
        xpub.verbosity = verbosity;
        await xpub.bind(scope.address(transport));
        const subs = [scope.socket("Subscriber"), scope.socket("Subscriber")];
        for (const sub of subs) sub.connect(xpub.lastEndpoint);
        subs[0]!.subscribe("fo");
        const notices = [(await xpub.receive()).toString()];
        subs[1]!.subscribe("fo");
        subs[1]!.unsubscribe("fo");
        subs[1]!.subscribe("end");
        while (notices.at(-1) !== "\x01end") {
          notices.push((await within(xpub.receive() as Promise<Uint8Array[]>, 5000, "a notice")).toString());
        }
        assertEquals(notices.slice(0, -1), [...expected]);
      });
    }
  });
}

describe("patterns", () => {
  test("SUB without a subscription hears nothing; subscribe() without arguments is everything", async (scope) => {
    const xpub = scope.socket("XPublisher");
    await xpub.bind("inproc://everything");
    const sub = scope.socket("Subscriber");
    sub.connect("inproc://everything");
    await xpub.send("before");
    sub.subscribe();
    assertEquals(texts(await xpub.receive()), ["\x01"]);
    await xpub.send("after");
    assertEquals(texts(await sub.receive()), ["after"]);
    sub.unsubscribe();
    assertEquals(texts(await xpub.receive()), ["\x00"]);
  });

  test("a connected PUB's messages to nobody are dropped at once, and it is always writable", async (scope) => {
    const pub = scope.socket("Publisher", { sendTimeout: 0 });
    for (let count = 0; count < 3000; count++) await pub.send("to nobody");
    assertEquals(pub.writable, true);
  });

  test("a lone DEALER, PUSH, REQ and PAIR is not writable, and its send waits", async (scope) => {
    for (const name of ["Dealer", "Push", "Request", "Pair"] as const) {
      const socket = scope.socket(name, { sendTimeout: 0 });
      assertEquals([name, socket.writable], [name, false]);
      assertEquals((await failure(() => socket.send("x"))).code, "EAGAIN");
    }
  });

  test("REQ and REP out of turn are EFSM when their timeout is 0", async (scope) => {
    const req = scope.socket("Request", { receiveTimeout: 0 });
    assertEquals((await failure(() => req.receive())).code, "EFSM");
    const rep = scope.socket("Reply", { sendTimeout: 0 });
    assertEquals((await failure(() => rep.send("x"))).code, "EFSM");
  });

  test("conflate keeps the newest message", async (scope) => {
    const pull = scope.socket("Pull", { conflate: true });
    await pull.bind("inproc://conflated");
    const push = scope.socket("Push", { conflate: true });
    push.connect("inproc://conflated");
    for (let number = 0; number < 20; number++) await push.send(`${number}`);
    const heard: string[] = [];
    while (heard.at(-1) !== "19") heard.push(...texts(await within(pull.receive(), 5000, "number 19")));
    assert(heard.length < 20, "nothing was conflated");
  });

  test("inproc adds the high-water marks of both ends", async (scope) => {
    const pull = scope.socket("Pull", { receiveHighWaterMark: 5 });
    await pull.bind("inproc://marks");
    const push = scope.socket("Push", { sendHighWaterMark: 10, sendTimeout: 0 });
    push.connect("inproc://marks");
    let accepted = 0;
    while (accepted < 100 && await push.send("x").then(() => true, () => false)) accepted++;
    assertEquals(accepted, 15);
  });
});

async function take(socket: AnySocket, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const text = (await within(socket.receive(), 5000, `message ${taken.length + 1} of ${count}`)).toString();
    if (text !== "sync") taken.push(text);
  }
  return taken;
}

/** Says "sync" until the subscriber hears it, so that all its subscriptions are known. */
async function married(pub: AnySocket, sub: AnySocket): Promise<void> {
  let heard = false;
  const hearing = within(sub.receive(), 5000, "the first message").then((message) => {
    assertEquals(message.toString(), "sync");
  }).finally(() => heard = true);
  hearing.catch(() => {}); // Awaited below.
  await until("the subscriber hears", async () => {
    if (!heard) await pub.send("sync");
    return heard;
  });
  await hearing;
}
