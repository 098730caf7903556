/** Threads that end, in order or not, and threads that say what can't be said. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Context, Dealer, Pull, Push, Subscriber } from "../../mod.ts";
import { programCommand } from "../support/legs.ts";
import { Thread } from "./threads.ts";

const NAME = "inproc://border";

for (const shared of [true, false]) {
  describe(`a thread that ends, ${shared ? "with shared memory" : "without"}`, () => {
    it("in mid-traffic is a lost peer: the pipe closes, an event says why, the socket goes on", async () => {
      const context = new Context({ blocky: false });
      const pull = new Pull({ context });
      await pull.bind(NAME);
      for (let round = 0; round < 3; round++) {
        const thread = await Thread.start({ shared, to: context });
        const push = await thread.make("Push");
        await push.connect(NAME);
        void push.call("publishForEver").catch(() => {});
        for (let i = 0; i < 1000; i++) assertEquals((await pull.receive())[0].length, 1000);
        const disconnected = new Promise<{ address: string; error?: Error }>((resolve) =>
          pull.events.on("disconnect", resolve)
        );
        await thread.end();
        const { address, error } = await disconnected;
        assertEquals(address, NAME);
        assertEquals((error as { code?: string }).code, "ECONNRESET");
        // What had come whole can still be read, and nothing else ever comes.
        while (pull.tryReceive() !== undefined);
        assertEquals(pull.tryReceive(), undefined);
      }
      await context.close();
    });

    it("as a reader lets a sender that waits go on to the next", async () => {
      const context = new Context({ blocky: false });
      const push = new Push({ context, sendHighWaterMark: 5, linger: 0 });
      await push.bind(NAME);
      const first = await Thread.start({ shared, to: context });
      const deaf = await first.make("Pull", { receiveHighWaterMark: 5 });
      await deaf.connect(NAME);
      let sent = 0;
      const sending = (async () => {
        for (; sent < 40; sent++) await push.send(String(sent));
      })();
      while (sent < 10) await new Promise((resolve) => setTimeout(resolve, 1));
      await first.end();
      const second = await Thread.start({ shared, to: context });
      const pull = await second.make("Pull");
      await pull.connect(NAME);
      await sending;
      assertEquals(await pull.receive().then(Array.isArray), true);
      await context.close();
      await second.end();
    });
  });
}

describe("threads that come and go", () => {
  it("SHALL leave nothing behind: sixty Workers, a connection each", async () => {
    const context = new Context({ blocky: false });
    const dealer = new Dealer({ context });
    await dealer.bind(NAME);
    let lost = 0;
    dealer.events.on("disconnect", () => lost++);
    for (let i = 0; i < 60; i++) {
      const thread = await Thread.start({ to: context, shared: i % 2 === 0 });
      const far = await thread.make("Dealer");
      await far.connect(NAME);
      await far.send("hello");
      await dealer.receive();
      await thread.end();
    }
    while (lost < 60) await new Promise((resolve) => setTimeout(resolve, 1));
    assert(!dealer.writable, "A pipe of a Worker that has ended takes messages");
    await context.close();
  });

  it("SHALL not hold up the end of a process that has no more to do", async () => {
    const { command, args } = programCommand(new URL("./exit_program.ts", import.meta.url));
    // deno-lint-ignore no-explicit-any -- Node's module, on all runtimes
    const { spawn } = (globalThis as any).process.getBuiltinModule("child_process");
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Uint8Array) => output += String(chunk));
    const code = await new Promise((resolve) => child.on("close", resolve));
    assertEquals(code, 0);
    assertStringIncludes(output, "over");
  });
});

describe("a thread that says what can't be said", () => {
  it("on the channel of a connection ends that one, with an event that says why, and nothing else", async () => {
    for (
      const rubbish of [
        "text",
        null,
        { end: "no" },
        { marks: { send: -1, receive: 0, conflate: false } },
        ["no octets"],
        [],
        12345,
        new ArrayBuffer(3),
        new Uint8Array(3),
      ]
    ) {
      const context = new Context({ blocky: false });
      const sub = new Subscriber({ context });
      sub.subscribe();
      await sub.bind(NAME);
      const disconnected = new Promise<{ error?: Error }>((resolve) => sub.events.on("disconnect", resolve));
      const port = await connectByHand(context, "PUB");
      port.postMessage(rubbish);
      assertEquals((await disconnected).error?.name, "ProtocolError");
      port.close();
      const good = await Thread.start({ to: context });
      const pub = await good.make("Publisher");
      await pub.connect(NAME);
      const first = sub.receive();
      for (let got = false; !got;) {
        await pub.send("news");
        got = await Promise.race([
          first.then(() => true),
          new Promise((r) => setTimeout(r, 2, false)),
        ]) as boolean;
      }
      await context.close();
      await good.end();
    }
  });

  it("in the ring's header ends that connection", async () => {
    for (const [word, value] of [[0, -1], [0, 0x7fffffff], [64, -7]] as const) {
      const context = new Context({ blocky: false });
      const dealer = new Dealer({ context });
      await dealer.bind(NAME);
      const disconnected = new Promise<{ error?: Error }>((resolve) =>
        dealer.events.on("disconnect", resolve)
      );
      let rings: SharedArrayBuffer[] = [];
      const port = await connectByHand(context, "DEALER", (given) => rings = given);
      // A DEALER writes to the first; what we would have read and written is for us to scribble over.
      new Int32Array(rings[word === 64 ? 0 : 1]!)[word] = value;
      port.postMessage(0);
      if (word === 64) await dealer.send("looks at the credit", { timeout: 100 }).catch(() => {});
      assertEquals((await disconnected).error?.name, "ProtocolError");
      port.close();
      await context.close();
    }
  });

  it("on the link between threads loses the connections made by it, with an event that says why", async () => {
    const context = new Context({ blocky: false });
    const dealer = new Dealer({ context });
    await dealer.bind(NAME);
    const other = new Dealer({ context });
    other.connect(NAME);
    const disconnected = new Promise<{ error?: Error }>((resolve) => dealer.events.on("disconnect", resolve));
    const link = await joinByHand(context);
    const port = await connectByHand(context, "DEALER", undefined, link);
    link.postMessage("text");
    assertEquals((await disconnected).error?.name, "ProtocolError");
    port.close();
    await dealer.send("still here");
    assertEquals(String(await other.receive()), "still here");
    link.close();
    await context.close();
  });

  it("on the link between threads is cut off, and its names with it", async () => {
    for (
      const rubbish of ["text", {}, { claim: 5 }, { connect: "name", id: "x", port: 5 }, { claimed: {} }]
    ) {
      const context = new Context({ blocky: false });
      const link = await joinByHand(context);
      const closed = new Promise((resolve) => link.addEventListener("close", resolve));
      link.postMessage({ claim: "border", number: 1 });
      await new Promise((resolve) => link.onmessage = resolve);
      link.postMessage(rubbish);
      const pull = new Pull({ context });
      for (;;) {
        try {
          await pull.bind(NAME);
          break;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
      link.close();
      void closed;
      await context.close();
    }
  });
});

/** Takes part in the names as a thread below does, and answers the link. */
async function joinByHand(context: Context): Promise<MessagePort> {
  const { port1, port2 } = new MessageChannel();
  context.attach(port1);
  const { port1: link, port2: far } = new MessageChannel();
  const welcome = new Promise((resolve) => link.onmessage = resolve);
  port2.postMessage({ "@puremq/zmq inproc 1": far }, [far]);
  await welcome;
  port2.close();
  return link;
}

/** Connects to the name as a socket of this type, and answers the port of the connection. */
async function connectByHand(
  context: Context,
  socketType: string,
  gotRings: (rings: SharedArrayBuffer[]) => void = () => {},
  by?: MessagePort,
): Promise<MessagePort> {
  const link = by ?? await joinByHand(context);
  const { port1, port2 } = new MessageChannel();
  const welcome = new Promise<{ data: { rings?: SharedArrayBuffer[] } }>((resolve) =>
    port1.onmessage = resolve
  );
  link.postMessage({
    connect: "border",
    id: "stranger-1",
    port: port2,
    introduction: {
      peer: { socketType, routingId: new Uint8Array(0), metadata: new Map(), subscribeCommands: true },
      marks: { send: 1000, receive: 1000, conflate: false },
      life: "",
      shares: true,
    },
  }, [port2]);
  gotRings((await welcome).data.rings!);
  if (by === undefined) link.close();
  return port1;
}
