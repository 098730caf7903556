/**
 * Contexts and what they end (rows "Context and lifetime" of libzmq's own tests). Where libzmq has threads there are
 * calls that wait here, and a poller that waits is a `receive` without a time-out.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { ZmqError } from "../../mod.ts";
import { failure, strictTest, test, within } from "../interop/scope.ts";
import { type AnySocket, loose, zmq } from "../interop/subject.ts";
import { programCommand } from "../support/legs.ts";
import { hear } from "./exchange.ts";

/** What `Context.close` may take, with nothing that lingers. */
const END = 5000;

describe("context: its end (zmq_ctx_term, zmq_ctx_shutdown)", () => {
  strictTest("a context whose one PULL was opened and closed ends (LT-1)", async () => {
    const context = new zmq.Context();
    const pull = new zmq.Pull({ context });
    pull.close();
    await within(context.close(), END, "the end of the context");
    assertEquals(context.closed, true);
  });

  strictTest(
    "a socket opened after the context was closed, which never had one, is ETERM (LT-4)",
    async () => {
      const context = new zmq.Context();
      const closed = context.close();
      const error = assertThrows(() => new zmq.Pull({ context }), ZmqError) as ZmqError;
      assertEquals(error.code, "ETERM");
      await within(closed, END, "the end of the context");
      assertEquals((await failure(() => new zmq.Pull({ context }))).code, "ETERM");
    },
  );

  strictTest(
    "a DEALER that waits for ever hears of its context's end elsewhere: EAGAIN, where C has ETERM (LT-8)",
    () => endUnderWaiters("Dealer"),
  );

  strictTest(
    "a CLIENT that waits for ever hears of its context's end elsewhere: EAGAIN, where C has ETERM (LT-9)",
    () => endUnderWaiters("Client"),
  );

  strictTest(
    "ten rounds of a hundred SUBs that connect to a PUB which is closed at once: everything ends (LT-22)",
    async () => {
      for (let round = 0; round < 10; round++) {
        const context = new zmq.Context();
        const pub = new zmq.Publisher({ context });
        await pub.bind("tcp://127.0.0.1:*");
        const address = pub.lastEndpoint!;
        const subs = Array.from({ length: 100 }, () => new zmq.Subscriber({ context }));
        for (const [number, sub] of subs.entries()) {
          sub.subscribe("x");
          sub.connect(address);
          if (number === 50) pub.close();
        }
        for (const sub of subs) sub.close();
        await within(context.close(), END, `the end of round ${round}`);
      }
    },
  );

  test("PUSH in a process of its own: the PULL here gets all 5 messages, and it exits with 0 (LT-23)", async (scope) => {
    const pull = scope.socket("Pull");
    await pull.bind(scope.address("tcp"));
    const { command, args } = programCommand(
      new URL("./push_program.ts", import.meta.url),
      pull.lastEndpoint!,
      "5",
    );
    const child = spawn(command, args as string[], { stdio: ["ignore", "inherit", "inherit"] });
    scope.atEnd(() => child.kill("SIGKILL"));
    const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
    for (let number = 0; number < 5; number++) {
      assertEquals(
        await within(pull.receive(), 15_000, `message ${number}`).then(String),
        `number ${number}`,
      );
    }
    assertEquals(await within(exited, 15_000, "the end of the program"), 0);
  });
});

describe("context: its options (zmq_ctx_set, zmq_ctx_get)", () => {
  test("MAX_SOCKETS is 1023 by default (LT-10)", () => {
    assertEquals(new zmq.Context().maxSockets, 1023);
    return Promise.resolve();
  });

  test("SOCKET_LIMIT reads 65535, and is the most that MAX_SOCKETS takes (LT-11)", () => {
    const context = new zmq.Context();
    assertEquals(context.maxSocketsLimit, 65535);
    context.maxSockets = 65535;
    assertEquals(context.maxSockets, 65535);
    return Promise.resolve();
  });

  test("IO_THREADS is 1 by default, though there are no threads (LT-12)", () => {
    assertEquals(new zmq.Context().ioThreads, 1);
    return Promise.resolve();
  });

  test("IPV6 of a context is 0 by default, and that of its sockets with it (LT-13)", (scope) => {
    const context = new zmq.Context();
    assertEquals(context.ipv6, false);
    assertEquals((scope.socket("Pull", { context }) as unknown as { ipv6: boolean }).ipv6, false);
    return Promise.resolve();
  });

  test("messages of 4 and of 50 octets arrive over TCP, which are read without a copy always (LT-17)", async (scope) => {
    const pull = scope.socket("Pull");
    const push = scope.socket("Push");
    await pull.bind(scope.address("tcp"));
    push.connect(pull.lastEndpoint!);
    for (const text of ["TEST", "TEST".repeat(12) + "50"]) {
      await push.send(text);
      assertEquals(await hear(pull), [text]);
    }
  });

  test("an option of an unknown number is EINVAL, set or read (LT-19)", async () => {
    const context = new loose.Context();
    for (const number of [-1, 999]) {
      for (const kind of ["Int32", "Bool"]) {
        const value = kind === "Bool" ? false : 0;
        assertEquals((await failure(() => context[`set${kind}Option`](number, value))).code, "EINVAL");
        assertEquals((await failure(() => context[`get${kind}Option`](number))).code, "EINVAL");
      }
    }
  });

  strictTest(
    "sockets are opened until the raised MAX_SOCKETS, not one more; the next ten are refused too (LT-20)",
    async () => {
      const context = new zmq.Context({ maxSockets: 3000 });
      const open = (): AnySocket => new zmq.Pair({ context }) as unknown as AnySocket;
      let opened = 0;
      const error = await failure(() => {
        for (;; opened++) open();
      });
      assertEquals([opened, error.code], [3000, "EMFILE"]);
      for (let attempt = 0; attempt < 10; attempt++) assertEquals((await failure(open)).code, "EMFILE");
      await within(context.close(), END, "the end of the context");
    },
  );
});

describe("what there is", () => {
  test("a DEALER binds tcp://127.0.0.1:* (LT-24)", async (scope) => {
    const dealer = scope.socket("Dealer");
    await dealer.bind("tcp://127.0.0.1:*");
    assert(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/.test(dealer.lastEndpoint!), dealer.lastEndpoint!);
  });

  strictTest(
    "capability says of each transport and of CURVE what is there, and nothing else (LT-26)",
    async (scope) => {
      const { capability } = zmq;
      assertEquals(Object.values(capability).every((value) => typeof value === "boolean"), true);
      const supported = async (address: string): Promise<boolean> => {
        const socket = scope.socket("Subscriber");
        try {
          await socket.bind(address);
          return true;
        } catch (error) {
          // Known, but not like this: only a transport that is not there is EPROTONOSUPPORT.
          return (error as ZmqError).code !== "EPROTONOSUPPORT";
        }
      };
      assertEquals(await supported(scope.address("ipc")), capability.ipc);
      assertEquals(await supported("tipc://{5560,0,0}"), capability.tipc);
      assertEquals(await supported("norm://127.0.0.1:5556"), capability.norm);
      assertEquals(await supported("epgm://nowhere;239.192.1.1:5555"), capability.pgm);
      for (const absent of ["vmci", "vsock"]) {
        assertEquals([await supported(`${absent}://*:*`), absent in capability], [false, false]);
      }
      assertEquals(typeof zmq.curveKeyPair().publicKey === "string", capability.curve);
      assertEquals("gssapiServer" in scope.socket("Dealer"), capability.gssapi);
      assertEquals("Client" in zmq && "Radio" in zmq, capability.draft);
    },
  );
});

async function endUnderWaiters(type: "Dealer" | "Client"): Promise<void> {
  const context = new zmq.Context();
  const socket = new zmq[type]({ context });
  const waiting = [socket.receive(), socket.send("nobody is there")].map((call) =>
    assertRejects(() => call as Promise<unknown>, ZmqError) as Promise<ZmqError>
  );
  const closed = context.close();
  for (const error of await within(Promise.all(waiting), END, "the rejections")) {
    assertEquals(error.code, "EAGAIN");
  }
  assertEquals(socket.closed, true);
  await within(closed, END, "the end of the context");
}
