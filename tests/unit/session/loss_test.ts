/**
 * Whole sockets over a network that loses connections: what a connection takes with it are whole messages, what
 * was not on its way stays, and nothing comes twice, out of order or in part.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Context, Dealer, Pair, Pull, Push, Router } from "../../../mod.ts";
import { Random } from "../../support/reference.ts";
import { pattern } from "../../support/transcript.ts";
import { Network } from "../../support/transports.ts";

const RETRY = { reconnectInterval: 1, reconnectMaxInterval: 1, linger: 0 };

/** A message that tells its number in each of its frames, and whose frames tell how many there are. */
function numbered(n: number, random: Random): Uint8Array[] {
  const count = random.between(1, 4);
  return Array.from({ length: count }, (_, i) => {
    const frame = pattern(8 + random.pick([0, 1, 100, 300, 3000]), n);
    new DataView(frame.buffer).setUint32(0, n);
    frame[4] = i;
    frame[5] = count;
    return frame;
  });
}

/** The message's number, after looking at all of it. */
function numberOf(frames: readonly Uint8Array[], note: string): number {
  const n = new DataView(frames[0]!.buffer, frames[0]!.byteOffset).getUint32(0);
  assertEquals(frames.length, frames[0]![5], `${note}: frames of message ${n}`);
  frames.forEach((frame, i) => {
    const view = new DataView(frame.buffer, frame.byteOffset);
    assertEquals([view.getUint32(0), frame[4]], [n, i], `${note}: frame ${i} of message ${n}`);
    const expected = pattern(frame.length, n);
    for (let at = 6; at < frame.length; at++) {
      if (frame[at] !== expected[at]) throw new Error(`${note}: octet ${at} of message ${n} changed`);
    }
  });
  return n;
}

describe("Loss of connections at random octets", () => {
  for (const binder of ["receiver", "sender"] as const) {
    it(`whole messages only, in order, none twice, and all that were sent after the last loss (${binder} binds) (SO-4)`, async () => {
      for (let seed = 1; seed <= 150; seed++) await schedule(seed, binder);
    });
  }

  async function schedule(seed: number, binder: "receiver" | "sender"): Promise<void> {
    const note = `seed ${seed}`;
    const random = new Random(seed);
    const network = new Network({
      seed,
      piece: random.pick([20, 300, 5000]),
      capacity: random.pick([100, 3000, 1 << 20]),
      direct: random.chance(0.3),
      batchSize: random.pick([200, 4096, 65536]),
    });
    let losses = random.between(1, 6);
    network.onConnection = ({ near, far }) => {
      if (losses-- <= 0) return;
      const end = random.pick([near, far]);
      end.killAt = random.pick([random.below(120), random.between(100, 20_000)]);
    };
    const context = new Context({ transports: network.transports });
    const push = new Push({ context, ...RETRY });
    const pull = new Pull({ context, ...RETRY });
    if (binder === "receiver") {
      await pull.bind("tcp://127.0.0.1:4000");
      push.connect("tcp://127.0.0.1:4000");
    } else {
      await push.bind("tcp://127.0.0.1:4000");
      pull.connect("tcp://127.0.0.1:4000");
    }
    const total = random.between(20, 60);
    const heard: number[] = [];
    const receiving = (async () => {
      for await (const frames of pull) {
        heard.push(numberOf(frames, note));
        if (heard.at(-1) === total) return;
      }
    })();
    for (let n = 0; n < total; n++) {
      await push.send(numbered(n, random));
      if (random.chance(0.2)) await network.idle();
    }
    // Messages in flight may be lost with their connection (RFC 37): the last one is sent until it arrives.
    let done = false;
    void receiving.then(() => done = true);
    while (!done) {
      await push.send(numbered(total, random));
      await network.idle();
    }
    for (let i = 1; i < heard.length; i++) {
      assert(heard[i]! > heard[i - 1]!, `${note}: ${heard[i]} after ${heard[i - 1]}`);
    }
    await context.close();
    assertEquals(network.connections.length, 0, note);
  }

  it("without a loss everything arrives, whatever the pieces and the room (SO-5)", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const network = new Network({
        seed,
        piece: random.pick([20, 300, 5000, 100_000]),
        capacity: random.pick([1, 100, 3000, 1 << 20]),
        direct: random.chance(0.5),
        batchSize: random.pick([200, 4096, 65536]),
      });
      const context = new Context({ transports: network.transports });
      const options = () => ({
        context,
        linger: 0,
        sendHighWaterMark: random.pick([1, 2, 10, 1000]),
        receiveHighWaterMark: random.pick([1, 2, 10, 1000]),
      });
      const a = new Dealer(options());
      const b = new Dealer(options());
      await a.bind("ipc:///tmp/of-no-file-system");
      b.connect("ipc:///tmp/of-no-file-system");
      const total = 60;
      const sendAll = async (socket: Dealer) => {
        const own = new Random(seed);
        for (let n = 0; n < total; n++) await socket.send(numbered(n, own));
      };
      const receiveAll = async (socket: Dealer) => {
        for (let n = 0; n < total; n++) assertEquals(numberOf(await socket.receive(), `seed ${seed}`), n);
      };
      await Promise.all([sendAll(a), sendAll(b), receiveAll(a), receiveAll(b)]);
      await context.close();
    }
  });
});

describe("Reconnect", () => {
  async function pair(network: Network): Promise<{ context: Context; push: Push; pull: Pull }> {
    const context = new Context({ transports: network.transports });
    const push = new Push({ context, ...RETRY });
    const pull = new Pull({ context, ...RETRY });
    await pull.bind("tcp://127.0.0.1:4000");
    push.connect("tcp://127.0.0.1:4000");
    return { context, push, pull };
  }

  it("the queue of the connecting side outlives its connection", async () => {
    const network = new Network();
    const { context, push, pull } = await pair(network);
    await push.send("first");
    assertEquals(String((await pull.receive())[0]), "first");
    network.refusing = true;
    network.killAll();
    await network.idle();
    for (let i = 0; i < 100; i++) await push.send(`${i}`);
    network.refusing = false;
    for (let i = 0; i < 100; i++) assertEquals(String((await pull.receive())[0]), `${i}`);
    await context.close();
  });

  it("the queue of an accepted peer dies with it, and its messages are counted as lost", async () => {
    const network = new Network({ capacity: 1 });
    const context = new Context({ transports: network.transports });
    const push = new Push({ context, linger: 0 });
    const pull = new Pull({ context, ...RETRY });
    await push.bind("tcp://127.0.0.1:4000");
    pull.connect("tcp://127.0.0.1:4000");
    await push.send("first");
    await pull.receive();
    network.frozen = true;
    // The first of them is on its way when the connection is lost, the others wait behind it.
    for (let i = 0; i < 10; i++) {
      await push.send(`${i}`);
      if (i === 0) await network.until(() => network.connections[0]!.far.waiting > 0);
    }
    network.killAll();
    network.frozen = false;
    await network.idle();
    await push.send("after");
    assertEquals(String((await pull.receive())[0]), "after");
    assertEquals(push.dropped.lost, 9);
    await context.close();
  });

  it("messages sent before anybody listens wait for whoever comes (SO-2)", async () => {
    const network = new Network();
    const context = new Context({ transports: network.transports });
    const push = new Push({ context, ...RETRY });
    push.connect("tcp://127.0.0.1:4000");
    for (let i = 0; i < 10; i++) await push.send(`${i}`);
    const pull = new Pull({ context });
    await pull.bind("tcp://127.0.0.1:4000");
    for (let i = 0; i < 10; i++) assertEquals(String((await pull.receive())[0]), `${i}`);
    await context.close();
  });

  it("reconnectInterval -1: a connection that is lost is not made again", async () => {
    const network = new Network();
    const context = new Context({ transports: network.transports });
    const push = new Push({ context, reconnectInterval: -1, linger: 0 });
    const pull = new Pull({ context });
    await pull.bind("tcp://127.0.0.1:4000");
    push.connect("tcp://127.0.0.1:4000");
    await push.send("x");
    await pull.receive();
    network.killAll();
    await network.idle();
    assertEquals([push.writable, network.dials], [false, 1]);
    await context.close();
  });

  it("immediate: nothing is queued for a peer that is not there", async () => {
    const network = new Network();
    const context = new Context({ transports: network.transports });
    const push = new Push({ context, immediate: true, sendTimeout: 0, ...RETRY });
    push.connect("tcp://127.0.0.1:4000");
    await network.idle();
    assertEquals([push.writable, push.trySend("x")], [false, false]);
    const pull = new Pull({ context });
    await pull.bind("tcp://127.0.0.1:4000");
    await push.send("y", { timeout: 5000 });
    assertEquals(String((await pull.receive())[0]), "y");
    network.refusing = true;
    network.killAll();
    await network.idle();
    assertEquals(push.trySend("z"), false);
    await context.close();
  });

  it("ROUTER goes on with a peer that came back under the same routing id", async () => {
    const network = new Network();
    const context = new Context({ transports: network.transports });
    const router = new Router({ context, mandatory: true, linger: 0 });
    const dealer = new Dealer({ context, routingId: "d", ...RETRY });
    await router.bind("tcp://127.0.0.1:4000");
    dealer.connect("tcp://127.0.0.1:4000");
    for (let round = 0; round < 5; round++) {
      await dealer.send(`${round}`);
      const [id, body] = await router.receive();
      assertEquals([String(id), String(body)], ["d", `${round}`]);
      await router.send(["d", `re ${round}`]);
      assertEquals(String((await dealer.receive())[0]), `re ${round}`);
      network.killAll();
      await network.idle();
    }
    await context.close();
  });

  it("ROUTER refuses a second peer of the same routing id until the first has gone", async () => {
    const network = new Network();
    const context = new Context({ transports: network.transports });
    const router = new Router({ context, linger: 0 });
    const first = new Dealer({ context, routingId: "d", ...RETRY });
    const second = new Dealer({ context, routingId: "d", ...RETRY });
    await router.bind("tcp://127.0.0.1:4000");
    first.connect("tcp://127.0.0.1:4000");
    await first.send("first");
    await router.receive();
    second.connect("tcp://127.0.0.1:4000");
    // Its first connection was refused when it makes the next.
    await network.until(() => network.made >= 3);
    await first.send("first again");
    assertEquals(String((await router.receive())[1]), "first again");
    first.close();
    await sendUntil(network, second, "second", router);
    await context.close();
  });

  it("PAIR refuses a second peer, and takes it when the first has gone (RFC 31)", async () => {
    const network = new Network();
    const context = new Context({ transports: network.transports });
    const pair = new Pair({ context, linger: 0 });
    const first = new Pair({ context, ...RETRY });
    const second = new Pair({ context, ...RETRY });
    await pair.bind("tcp://127.0.0.1:4000");
    first.connect("tcp://127.0.0.1:4000");
    await first.send("1");
    assertEquals(String((await pair.receive())[0]), "1");
    second.connect("tcp://127.0.0.1:4000");
    await network.until(() => network.made >= 3);
    await first.send("2");
    assertEquals(String((await pair.receive())[0]), "2");
    first.close();
    await sendUntil(network, second, "3", pair);
    await pair.send("4");
    assertEquals(String((await second.receive())[0]), "4");
    await context.close();
  });
});

/** What is sent into a connection that is about to be refused is lost with it, so it is said until it is heard. */
async function sendUntil(
  network: Network,
  sender: Dealer | Pair,
  text: string,
  receiver: Router | Pair,
): Promise<void> {
  await network.until(() => {
    sender.trySend(text);
    return receiver.readable;
  });
  assertEquals(String((await receiver.receive()).at(-1)), text);
}
