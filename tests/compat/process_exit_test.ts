/**
 * When a process ends: sockets that are only open, bound or connected do not keep it, a waiting operation or a
 * message that lingers does. Each case is a program of its own on the runtime at hand.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { elapse, freePort, type Scope, test, texts, within } from "../interop/scope.ts";
import { programCommand } from "../support/legs.ts";

describe("process", () => {
  for (
    const [program, what] of [
      ["closedSockets", "sockets are closed, of the default context and another"],
      ["openSockets", "sockets are open and unused"],
      ["boundSocket", "a socket is only bound"],
      ["connectedSocket", "a socket is only connected, to nobody"],
      ["joinedSockets", "two sockets are joined and nobody waits"],
      ["publisherWithoutSubscriber", "a PUB has sent to nobody"],
      ["closedWhileReadingEvents", "a socket is closed whose events are being read"],
      ["finiteReceive", "a receive() with a timeout is over"],
      ["notLingering", "messages are unsent and linger is 0"],
      ["lingeringAWhile", "messages are unsent and linger is over"],
      ["notBlocky", "messages are unsent and the context is not blocky"],
    ] as const
  ) {
    test(`ends when ${what}`, async (scope) => {
      const child = start(scope, program, `tcp://127.0.0.1:${await freePort()}`);
      const { code, output } = await within(child.ended, 10000, `the end of ${program}`);
      assertEquals(code, 0, output);
      if (program === "joinedSockets") assertEquals(output, "here\n");
      if (program === "finiteReceive") assertEquals(output, "EAGAIN\n");
    });
  }

  for (
    const [program, what] of [
      ["waitingReceive", "a receive() waits"],
      ["waitingReceiveOfContext", "a receive() waits, with a context of its own"],
      ["waitingSend", "a send() waits"],
      ["waitingForEvents", "somebody waits for events"],
    ] as const
  ) {
    test(`stays while ${what}`, async (scope) => {
      const child = start(scope, program, "");
      const early = await Promise.race([child.ended, elapse(1500)]);
      assertEquals(early, undefined, "it ended");
    });
  }

  for (const program of ["lingering", "lingeringUnclosed"] as const) {
    test(`stays while a message lingers, and ends when it is delivered (${program})`, async (scope) => {
      const address = `tcp://127.0.0.1:${await freePort()}`;
      const child = start(scope, program, address);
      await child.says("closed");
      const early = await Promise.race([child.ended, elapse(500)]);
      assertEquals(early, undefined, "it ended");
      const pull = scope.socket("Pull");
      await pull.bind(address);
      assertEquals(texts(await within(pull.receive(), 5000, "the message")), ["for later"]);
      assertEquals((await within(child.ended, 5000, "the end")).code, 0);
    });
  }
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function start(
  scope: Scope,
  program: string,
  address: string,
): { ended: Promise<Ended>; says(text: string): Promise<void> } {
  const { command, args } = programCommand(new URL("./exit/program.ts", import.meta.url), program, address);
  const child = scope.program(spawn(command, [...args], { stdio: ["ignore", "pipe", "pipe"] }));
  let output = "";
  let wake = () => {};
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output += text;
      wake();
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => {
      resolve({ code, output });
      wake();
    });
  });
  const said = async (text: string) => {
    while (!output.includes(text)) {
      assert(child.exitCode === null, `it ended without saying "${text}": ${output}`);
      await new Promise<void>((resolve) => wake = resolve);
    }
  };
  return { ended, says: (text) => within(said(text), 8000, `"${text}" from ${program}`) };
}
