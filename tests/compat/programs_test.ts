/**
 * Code moved from the native binding by changing the import: three programs, run with our module on every runtime
 * and with npm's zeromq in a Node of its own, must come to the same result.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { within } from "../interop/scope.ts";
import { zmq } from "../interop/subject.ts";
import { programCommand } from "../support/legs.ts";
import { run as publishSubscribe } from "./programs/publish_subscribe.ts";
import { run as requestReply } from "./programs/request_reply.ts";
import { run as workerPool } from "./programs/worker_pool.ts";

const PROGRAMS = {
  request_reply: requestReply,
  publish_subscribe: publishSubscribe,
  worker_pool: workerPool,
};

/** What each program answers, as the native binding was seen to answer. */
const RESULTS: { readonly [name in keyof typeof PROGRAMS]: unknown } = {
  request_reply: {
    results: [
      ["ok", ["8", "", "\x04"]],
      [1, 0, 1],
      ["ok", ["42", "", "\x15"]],
      [2, 0, 1],
      ["error", ["not a number: many"]],
      [18],
      ["ok", ["200", "", "d"]],
      [3, 0, 1],
    ],
    ending: "server closed",
    closed: [true, true],
  },
  publish_subscribe: {
    byTopic: ["kitty cats: meow!", "kitty cats and more: ", "stop: now"],
    everything: [
      "kitty cats: meow!",
      "dogs: woof",
      "kitty: too short",
      "kitty cats and more: ",
      "stop: now",
    ],
    notices: ["\x00kitty cats", "\x01", "\x01kitty cats", "\x01stop"],
  },
  worker_pool: {
    squares: Array.from({ length: 30 }, (_, number) => number * number),
    names: ["ann", "bob", "cyd"],
    total: 30,
    unknown: "EHOSTUNREACH",
  },
};

describe("programs written for zeromq.js", () => {
  for (const name of Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[]) {
    it(`${name}, unchanged, with the module under test`, async () => {
      assertEquals(await within(PROGRAMS[name](zmq), 10000, name), RESULTS[name]);
    });

    const title = `${name}, unchanged, with npm's zeromq comes to the same`;
    if (!process.env.PUREMQ_ZEROMQ) it.skip(`${title} (skipped: PUREMQ_ZEROMQ is not set)`);
    else if (!isNode()) it.skip(`${title} (skipped: the native binding runs on Node only)`);
    else {
      it(title, () => {
        const { command, args } = programCommand(new URL("./programs/main.ts", import.meta.url), name);
        const { status, stdout, stderr } = spawnSync(command, args, {
          encoding: "utf8",
          timeout: 20000,
          env: { ...process.env, PUREMQ_UNDER_TEST: process.env.PUREMQ_ZEROMQ },
        });
        assertEquals({ status, stderr }, { status: 0, stderr: "" });
        assertEquals(JSON.parse(stdout), RESULTS[name]);
      });
    }
  }
});

function isNode(): boolean {
  return !("Deno" in globalThis) && !("Bun" in globalThis);
}
