/**
 * What Deno's adapter makes of a listener that always has something to say: neither its errors nor connections that
 * wait for it take the event loop.
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loadTransports } from "../../src/io/platform.ts";
import { Recorder, SETTINGS } from "../suites/recorder.ts";

declare const Deno: { listen: (options: unknown) => unknown };

const onDeno = "Deno" in globalThis;

describe("accept on Deno", () => {
  it("fails for ever: it is tried on, but not as fast as can be", { ignore: !onDeno }, async () => {
    const { tcp } = await loadTransports();
    let asked = 0;
    let refuse = (_: Error): void => {};
    const { listen } = Deno;
    Deno.listen = () => ({
      addr: { hostname: "127.0.0.1", port: 1 },
      unref() {},
      close: () => refuse(new Error("closed")),
      accept() {
        asked++;
        return new Promise((_, reject) => {
          refuse = reject;
          setImmediate(() => reject(Object.assign(new Error("Invalid argument"), { code: "EINVAL" })));
        });
      },
    });
    const codes = new Set<unknown>();
    try {
      const listener = await tcp!.listen(
        { host: "127.0.0.1", port: 1 },
        SETTINGS,
        () => new Recorder(),
        (error) => codes.add((error as { code?: unknown }).code),
      );
      await new Promise((resolve) => setTimeout(resolve, 400));
      const before = asked;
      assertLess(before, 2500, "errors of a listener come without a pause");
      await new Promise((resolve) => setTimeout(resolve, 250));
      assert(asked > before, "it was given up");
      await listener.close();
    } finally {
      Deno.listen = listen;
    }
    assertEquals([...codes], ["EINVAL"]);
  });

  it("of many connections that wait takes a few in a turn, so that they are read meanwhile", {
    ignore: !onDeno,
  }, async () => {
    const { tcp } = await loadTransports();
    const many = 200;
    const address = { hostname: "127.0.0.1", port: 1 };
    let closed = (_: Error): void => {};
    let left = many;
    const { listen } = Deno;
    Deno.listen = () => ({
      addr: address,
      unref() {},
      close: () => closed(new Error("closed")),
      accept: () =>
        left-- > 0
          ? Promise.resolve({
            localAddr: address,
            remoteAddr: address,
            unref() {},
            close() {},
            read: () => new Promise(() => {}),
          })
          : new Promise((_, reject) => closed = reject),
    });
    try {
      let accepted = 0;
      let turns = 0;
      const count = (): void => {
        turns++;
        if (accepted < many) setImmediate(count);
      };
      const listener = await tcp!.listen({ host: "127.0.0.1", port: 1 }, SETTINGS, () => {
        if (accepted++ === 0) setImmediate(count);
        return new Recorder();
      }, () => {});
      while (accepted < many) await new Promise((resolve) => setTimeout(resolve, 5));
      assert(turns >= many / 10, `${turns} turns for ${many} connections`);
      await listener.close();
    } finally {
      Deno.listen = listen;
    }
  });
});

declare const setImmediate: (callback: () => void) => void;
