import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Channel,
  Client,
  Context,
  Datagram,
  Dealer,
  Dish,
  forwarder,
  Gather,
  Pair,
  Peer,
  proxy,
  Publisher,
  Pull,
  Push,
  queue,
  Radio,
  Reply,
  Request,
  Router,
  Scatter,
  Server,
  type Socket,
  Stream,
  streamer,
  Subscriber,
  XPublisher,
  XSubscriber,
  ZmqError,
} from "../../../mod.ts";

const CLASSES = {
  PAIR: Pair,
  PUB: Publisher,
  SUB: Subscriber,
  REQ: Request,
  REP: Reply,
  DEALER: Dealer,
  ROUTER: Router,
  PULL: Pull,
  PUSH: Push,
  XPUB: XPublisher,
  XSUB: XSubscriber,
  STREAM: Stream,
  SERVER: Server,
  CLIENT: Client,
  RADIO: Radio,
  DISH: Dish,
  GATHER: Gather,
  SCATTER: Scatter,
  DGRAM: Datagram,
  PEER: Peer,
  CHANNEL: Channel,
} as const;
type Name = keyof typeof CLASSES;

/** Each can send what the other receives; REQ and REP fit each other alone, and so do RADIO and DISH. */
const BOTH_WAYS: readonly Name[] = ["DEALER", "PAIR", "ROUTER", "STREAM", "XPUB", "XSUB"];
const LEGAL = new Set([
  ...BOTH_WAYS.flatMap((a) => BOTH_WAYS.map((b) => key(a, b))),
  ...(["PUB", "PUSH"] as const).flatMap((a) =>
    (["PULL", "SUB", ...BOTH_WAYS] as const).map((b) => key(a, b))
  ),
  key("REP", "REQ"),
  key("DISH", "RADIO"),
  // One part fits where several may be sent, and not the other way round.
  ...(["CHANNEL", "CLIENT"] as const).flatMap((a) =>
    (["CHANNEL", "CLIENT", "SCATTER", "PUB", "PUSH"] as const).map((b) => key(a, b))
  ),
  ...(["PUB", "PUSH", "SCATTER"] as const).map((a) => key(a, "GATHER")),
]);
const REFLECTED: readonly Name[] = [
  ...["PAIR", "REP", "DEALER", "ROUTER"] as const,
  ...["SERVER", "CLIENT", "DGRAM", "PEER", "CHANNEL"] as const,
];

function key(a: Name, b: Name): string {
  return [a, b].sort().join("-");
}

function refusal(body: () => unknown): string {
  const error = assertThrows(body, ZmqError) as ZmqError;
  assertEquals(error.code, "EINVAL");
  return error.message;
}

describe("A proxy", () => {
  const names = Object.keys(CLASSES) as Name[];
  for (const a of names) {
    for (const b of names) {
      const legal = LEGAL.has(key(a, b));
      it(`of ${a} and ${b} is ${legal ? "taken" : "refused with EINVAL"}`, async () => {
        const context = new Context({ blocky: false });
        const front = new CLASSES[a]({ context });
        const back = new CLASSES[b]({ context });
        if (legal) await proxy(front, back).terminate();
        else refusal(() => proxy(front, back));
        // Either way the sockets are their owner's again.
        assertEquals([front.closed, back.closed], [false, false]);
        await context.close();
      });
    }
    const reflected = REFLECTED.includes(a);
    it(`of ${a} with itself is ${reflected ? "taken" : "refused with EINVAL"}`, async () => {
      const context = new Context({ blocky: false });
      const socket: Socket = new CLASSES[a]({ context });
      if (reflected) await proxy(socket).terminate();
      else refusal(() => proxy(socket));
      await context.close();
    });
  }
});

describe("The three devices", () => {
  it("take sockets of their types only, either way round, and say so", async () => {
    const context = new Context({ blocky: false });
    const make = (name: Name) => new CLASSES[name]({ context }) as never;
    for (
      const [device, front, back] of [
        [queue, "ROUTER", "DEALER"],
        [forwarder, "XSUB", "XPUB"],
        [forwarder, "SUB", "PUB"],
        [streamer, "PULL", "PUSH"],
      ] as const
    ) {
      await device(make(front), make(back)).terminate();
      await device(make(back), make(front)).terminate();
    }
    assertEquals(
      refusal(() => queue(make("PULL"), make("PUSH"))),
      "A queue joins ROUTER and DEALER, not PULL and PUSH",
    );
    assertEquals(
      refusal(() => streamer(make("XSUB"), "inproc://nowhere")),
      "A streamer joins PULL and PUSH, not XSUB and PUSH",
    );
    refusal(() => forwarder(make("PUB"), make("PUB")));
    await context.close();
  });

  it("refuse ends that lead nowhere, and leave no socket behind", async () => {
    const context = new Context({ blocky: false, maxSockets: 2 });
    // A closed socket counts until the end of its close.
    const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
    for (const end of [[], {}, { bind: [] }, { connect: [], bind: [] }]) {
      refusal(() => queue(end, "inproc://somewhere", { context }));
      refusal(() => queue("inproc://somewhere", end, { context }));
      await turn();
    }
    for (const end of [undefined, null, 5, true]) {
      assertThrows(() => queue(end as never, "inproc://somewhere", { context }), TypeError);
      assertThrows(() => queue("inproc://somewhere", end as never, { context }), TypeError);
      await turn();
    }
    refusal(() => queue("inproc://somewhere", { connect: "nonsense" }, { context }));
    await turn();
    refusal(() => queue("inproc://a", "inproc://b", { context, capture: new Pull() }));
    await turn();
    // Two sockets are all that this context has: none may have been left.
    const device = queue("inproc://a", "inproc://b", { context });
    await device.ready;
    await context.close();
    await device.done;
  });
});

describe("A proxy of the types of one part", () => {
  it("hands groups on from DISH to RADIO, and answers a CLIENT by its SERVER reflected", async () => {
    const context = new Context({ blocky: false });
    const [source, dish, radio, end] = [
      new Radio({ context }),
      new Dish({ context }),
      new Radio({ context }),
      new Dish({ context }),
    ];
    dish.join("a", "b");
    end.join("b");
    await source.bind("inproc://source");
    dish.connect("inproc://source");
    await radio.bind("inproc://radio");
    end.connect("inproc://radio");
    const forwarding = proxy(dish, radio);
    for (const group of ["a", "b", "c"]) await source.send(`to ${group}`, { group });
    const [body, { group }] = await end.receive();
    assertEquals([String(body), String(group)], ["to b", "b"]);
    await forwarding.terminate();

    const [server, client] = [new Server({ context }), new Client({ context })];
    await server.bind("inproc://echo");
    client.connect("inproc://echo");
    const echo = proxy(server);
    for (const word of ["one", "two"]) {
      await client.send(word);
      assertEquals(String(await client.receive()), word);
    }
    await echo.terminate();
    await context.close();
  });
});
