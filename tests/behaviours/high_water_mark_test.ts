/**
 * Buffers of the system, and high-water marks: how many messages are taken before a sender waits, and that all of
 * them arrive (rows "Options" and "HWM" of libzmq's own tests).
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type AnyTransport, type Scope, test, within } from "../interop/scope.ts";
import { type AnySocket, isOurs } from "../interop/subject.ts";
import { carry, drain, fill, queued, takesNow } from "./exchange.ts";

describe("buffers of the system (test_setsockopt)", () => {
  test("RCVBUF reads -1 by default, and 16384 when that was set (LT-123)", (scope) => {
    const pull = scope.socket("Pull") as AnySocket & { receiveBufferSize: number };
    assertEquals(pull.receiveBufferSize, -1);
    pull.receiveBufferSize = 16384;
    assertEquals(pull.receiveBufferSize, 16384);
    return Promise.resolve();
  });

  test("SNDBUF reads -1 by default, and 16384 when that was set (LT-124)", (scope) => {
    const push = scope.socket("Push") as AnySocket & { sendBufferSize: number };
    assertEquals(push.sendBufferSize, -1);
    push.sendBufferSize = 16384;
    assertEquals(push.sendBufferSize, 16384);
    return Promise.resolve();
  });
});

describe("high-water marks over inproc (test_hwm)", () => {
  const MANY = 10_000;

  test("both 0, bound first: 10000 are sent at once and received, and one more (LT-141)", (scope) =>
    overInproc(scope, "bind", 0, 0, MANY));

  test("both 0, connected first: 10000 are sent at once and received, and one more (LT-142)", (scope) =>
    overInproc(scope, "connect", 0, 0, MANY));

  test("RCVHWM 0, connected first: SNDHWM 1 does not count, 10000 are sent at once (LT-144)", (scope) =>
    overInproc(scope, "connect", 1, 0, MANY));

  test("SNDHWM 0, connected first: RCVHWM 1 does not count, 10000 are sent at once (LT-146)", (scope) =>
    overInproc(scope, "connect", 0, 1, MANY));

  test("both 1, connected first: 2 are sent at once and received, and one more (LT-148)", (scope) =>
    overInproc(scope, "connect", 1, 1, 2));

  test("a bound PUSH that nobody connects to sends nothing, whatever its mark, and closes (LT-150)", async (scope) => {
    for (const mark of [0, 1]) {
      const push = scope.socket("Push", { sendHighWaterMark: mark });
      await push.bind(scope.address("inproc"));
      assertEquals(await fill(push, "", 10), 0);
      push.close();
      assertEquals(push.closed, true);
    }
  });
});

describe("high-water marks of publishers (test_hwm_pubsub)", () => {
  test("tcp: with SNDHWM 1000 of an XPUB 1000 messages are sent at once and all arrive (LT-151)", (scope) =>
    published(scope, "tcp", 1000));

  test("inproc: with SNDHWM 1000 of an XPUB 1000 messages are sent at once and all arrive (LT-154)", (scope) =>
    published(scope, "inproc", 1000));

  test("inproc: with SNDHWM 100 of an XPUB 100 messages are sent at once and all arrive (LT-155)", (scope) =>
    published(scope, "inproc", 100));

  test("ipc: with SNDHWM 1000 of an XPUB 1000 messages are sent at once and all arrive (LT-157)", (scope) =>
    published(scope, "ipc", 1000));

  test("ipc: with SNDHWM 100 of an XPUB 100 messages are sent at once and all arrive (LT-158)", (scope) =>
    published(scope, "ipc", 100));

  test("inproc, XPUB_NODROP: a full subscriber is EAGAIN, and each message that was taken arrives (LT-156)", async (scope) => {
    const [xpub, sub] = await subscribed(scope, "inproc", { sendHighWaterMark: 100, noDrop: true });
    let received = 0;
    let blocked = 0;
    for (let sent = 0; sent < 3000;) {
      if (await takesNow(xpub, "")) sent++;
      else {
        blocked++;
        received += (await drain(sub)).length;
      }
    }
    received += (await drain(sub)).length;
    assertEquals(received, 3000);
    assertGreater(blocked, 0);

    // A time-out of 0 refuses where the one before would have waited; nothing of what was taken is lost.
    const taken = await fill(xpub, "");
    assertGreater(taken, 0);
    assertEquals(await takesNow(xpub, ""), false);
    assertEquals((await drain(sub)).length, taken);
    // The native binding believes POLLOUT, which XPUB always has.
    if (!isOurs) return;
    assertEquals(await fill(xpub, ""), taken);
    const waiting = xpub.send("waited");
    const heard: string[] = [];
    while (heard.at(-1) !== "waited") {
      heard.push(...(await within(sub.receive(), 5000, "a message")).map(String));
    }
    await waiting;
    assertEquals(heard.length, taken + 1);
  });
});

/** Fills what the marks allow, takes it all out, and sends once more. */
async function overInproc(
  scope: Scope,
  first: "bind" | "connect",
  sendHighWaterMark: number,
  receiveHighWaterMark: number,
  expected: number,
): Promise<void> {
  const address = scope.address("inproc");
  const pull = scope.socket("Pull", { receiveHighWaterMark });
  const push = scope.socket("Push", { sendHighWaterMark });
  if (first === "bind") await pull.bind(address);
  push.connect(address);
  if (first === "connect") await pull.bind(address);
  assertEquals(await fill(push, "", 10_000), expected);
  assertEquals((await drain(pull)).length, expected);
  await carry(push, pull, ["once more"]);
}

/** An XPUB that knows of its one subscriber, who wants everything; the options are set when it is bound already. */
async function subscribed(
  scope: Scope,
  transport: AnyTransport,
  options: { readonly [name: string]: unknown },
): Promise<[AnySocket, AnySocket]> {
  const xpub = scope.socket("XPublisher");
  await xpub.bind(scope.address(transport));
  const sub = scope.socket("Subscriber");
  sub.connect(xpub.lastEndpoint!);
  Object.assign(xpub, options);
  sub.subscribe("");
  const [notice] = await within(xpub.receive(), 5000, "the subscription");
  assertEquals([...notice!], [1]);
  return [xpub, sub];
}

async function published(scope: Scope, transport: AnyTransport, count: number): Promise<void> {
  const [xpub, sub] = await subscribed(scope, transport, { sendHighWaterMark: count });
  assertEquals(await fill(xpub, "test message", count), count);
  await queued(sub, Math.min(count, 1000));
  const heard = await drain(sub);
  assertEquals(heard.length, count);
  assertEquals(heard.every((parts) => parts.join() === "test message"), true);
}
