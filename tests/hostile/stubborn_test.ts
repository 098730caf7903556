/**
 * Peers that will not have it that a connection is over: they write on while we linger, read nothing of what we have to
 * say, and never close their side. What they send is let go, and their connections end all the same.
 */

import { assert, assertGreater } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { test, until, within } from "../interop/scope.ts";
import { type AnySocket, loose } from "../interop/subject.ts";
import { latin1 } from "../../src/base/bytes.ts";
import { command, greeting, message, octets, ready } from "../wire/raw.ts";
import { CERTIFICATE, KEY } from "../support/test_certificates.ts";
import { Raw } from "./victim.ts";

type Counted = AnySocket & { statistics(): { handshakes: number; queuedIn: number } };

describe("a peer that writes on while its socket lingers", () => {
  test("is heard though it had filled the high-water mark: what follows is let go and not kept", async (scope) => {
    const router = scope.socket("Router", { receiveHighWaterMark: 10, sendHighWaterMark: 0 }) as Counted;
    await router.bind("tcp://127.0.0.1:*");
    const peer = await Raw.dial(scope, router.lastEndpoint!, false, true);
    await peer.write(octets(greeting(), ready("DEALER"), message("first")));
    const [id] = await router.receive();
    // More than the system takes for a peer that reads nothing, so that closing waits.
    for (let i = 0; i < 200; i++) await router.send([id!, new Uint8Array(100_000)]);
    await peer.write(octets(...Array.from({ length: 100 }, () => message("not read"))));
    await until("the mark is reached", () => router.statistics().queuedIn >= 10);
    router.linger = 15_000;
    router.close();
    await peer.write(command("PING", "\0\0the context"));
    const text = await within(readAll(peer), 10_000, "all that was sent before the end");
    assert(text.includes("PONGthe context"), "no PONG: the PING was kept behind what nobody reads");
    assertGreater(text.length, 200 * 100_000, "linger promises all of it");
  });
});

describe("a connection that has not said for whom it is", () => {
  for (const scheme of ["ws", "wss"]) {
    test(`${scheme}: is counted with those in their handshake, until it is over`, async (scope) => {
      const options = { wssCertPem: CERTIFICATE, wssKeyPem: KEY, maxHandshakes: 2 };
      const router: Counted = scope.own(new loose.Router({ linger: 0, ...options }));
      await router.bind(`${scheme}://127.0.0.1:*/one`);
      const silent: Raw[] = [];
      for (let i = 0; i < 4; i++) silent.push(await Raw.dial(scope, router.lastEndpoint!));
      // The oldest two have made way. Deno keeps the system's socket of a TLS handshake until its peer leaves.
      if (scheme === "ws" || !("Deno" in globalThis)) {
        for (const raw of silent.slice(0, 2)) await raw.ended(5000);
      }
      await until("two are left", () => router.statistics().handshakes === 2);
      for (const { socket } of silent) socket.destroy();
      await until("none is left", () => router.statistics().handshakes === 0);
    });
  }
});

/** Reads to the end of the other side. */
async function readAll({ socket }: Raw): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Uint8Array) => text += latin1(chunk));
  await new Promise<void>((resolve) => socket.on("end", resolve));
  return text;
}
