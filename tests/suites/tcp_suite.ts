/**
 * What is particular to TCP: address families, names, the address to dial from, keep-alive.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ByteStream, StreamAddress, StreamSettings, StreamTransport } from "../../src/io/stream.ts";
import { pattern, Recorder, SETTINGS, unexpected } from "./recorder.ts";

/** Declares the tests. `ipv6` says whether this machine has it. */
export function tcpSuite(name: string, transport: StreamTransport, ipv6: boolean): void {
  /** The ends of one connection, each as it names itself and the other. */
  const connect = async (
    listenOn: StreamAddress,
    settings: StreamSettings,
    dialTo: (bound: StreamAddress) => StreamAddress,
    dialSettings = settings,
  ): Promise<
    { readonly dialled: ByteStream; readonly accepted: ByteStream; readonly bound: StreamAddress }
  > => {
    let accepted: ByteStream | undefined;
    const far = new Recorder();
    const near = new Recorder();
    const listener = await transport.listen(listenOn, settings, (stream) => {
      accepted = stream;
      return far;
    }, unexpected);
    try {
      const { signal } = new AbortController();
      const dialled = await transport.dial(dialTo(listener.address), dialSettings, near, signal);
      dialled.write([pattern(10)]);
      await far.octets(10);
      dialled.destroy();
      await Promise.all([near.closed(), far.closed()]);
      return { dialled, accepted: accepted!, bound: listener.address };
    } finally {
      await listener.close();
    }
  };

  describe(`${name}: addresses`, () => {
    it("without ipv6 a name means its IPv4 address, to listen and to dial", async () => {
      const { dialled, accepted, bound } = await connect(
        { host: "localhost", port: 0 },
        SETTINGS,
        ({ port }) => ({ host: "localhost", port: port! }),
      );
      assertEquals(bound.host, "127.0.0.1");
      assertEquals(dialled.remote, `127.0.0.1:${bound.port}`);
      assertMatch(accepted.remote, /^127\.0\.0\.1:\d+$/);
    });

    it("0.0.0.0 listens on all IPv4 addresses", async () => {
      const { bound, dialled } = await connect(
        { host: "0.0.0.0", port: 0 },
        SETTINGS,
        ({ port }) => ({ host: "127.0.0.1", port: port! }),
      );
      assertEquals([bound.host, dialled.remote], ["0.0.0.0", `127.0.0.1:${bound.port}`]);
    });

    it("with ipv6, :: listens for IPv4 too", { ignore: !ipv6 }, async () => {
      for (const host of ["127.0.0.1", "::1"]) {
        const { dialled, bound } = await connect(
          { host: "::", port: 0 },
          { ...SETTINGS, ipv6: true },
          ({ port }) => ({ host, port: port! }),
        );
        assertEquals(bound.host, "::");
        assertEquals(dialled.remote, host === "::1" ? `[::1]:${bound.port}` : `127.0.0.1:${bound.port}`);
      }
    });

    it("with ipv6 a name is dialled by whichever address answers", { ignore: !ipv6 }, async () => {
      const { dialled, bound } = await connect(
        { host: "127.0.0.1", port: 0 },
        SETTINGS,
        ({ port }) => ({ host: "localhost", port: port! }),
        { ...SETTINGS, ipv6: true },
      );
      assertEquals(dialled.remote, `127.0.0.1:${bound.port}`);
    });

    it("an address that this machine does not have is EADDRNOTAVAIL (UR-11)", async () => {
      // RFC 5737: an address for documentation, which no machine has.
      const listening = transport.listen(
        { host: "192.0.2.1", port: 0 },
        SETTINGS,
        () => new Recorder(),
        unexpected,
      );
      assertEquals(await listening.catch((error: { code?: unknown }) => error.code), "EADDRNOTAVAIL");
    });

    it("a connection comes from the address and port asked for", async () => {
      for (
        const source of [{ sourceHost: "127.0.0.2" }, {
          sourceHost: "127.0.0.1",
          sourcePort: await freePort(),
        }]
      ) {
        const { accepted, dialled } = await connect(
          { host: "127.0.0.1", port: 0 },
          SETTINGS,
          (bound) => ({ ...bound, ...source }),
        );
        const [host, port] = accepted.remote.split(":");
        assertEquals(host, source.sourceHost);
        if ("sourcePort" in source) assertEquals(Number(port), source.sourcePort);
        assertEquals(dialled.local, accepted.remote);
      }
    });

    it("keep-alive settings are taken, on and off", async () => {
      for (const keepAlive of [0, 1]) {
        await connect(
          { host: "127.0.0.1", port: 0 },
          { ...SETTINGS, keepAlive, keepAliveIdle: 30 },
          (bound) => bound,
        );
      }
    });
  });

  describe(`${name}: a dial that is given up`, () => {
    it("at the very moment when it is done leaves no connection", async () => {
      const accepted = new Map<string, Recorder>();
      const listener = await transport.listen(
        { host: "127.0.0.1", port: 0 },
        SETTINGS,
        ({ remote }) => {
          const far = new Recorder();
          accepted.set(remote, far);
          return far;
        },
        () => {}, // That one was gone before it was accepted, as some systems say.
      );
      const dial = async (signal: AbortSignal) => {
        const stream = await transport.dial(listener.address, SETTINGS, new Recorder(), signal);
        stream.destroy();
        return stream.local;
      };
      try {
        for (let i = 0; i < 300; i++) {
          const given = new AbortController();
          const dialling = dial(given.signal).catch(() => {});
          setTimeout(() => given.abort(), 0);
          // Meanwhile the system connects, and the time-out is due: the runtime hears of both in one turn.
          for (const began = performance.now(); performance.now() - began < 1.1;);
          await dialling;
        }
        // Those before it in the backlog have been accepted when this one is.
        const last = await dial(new AbortController().signal);
        while (!accepted.has(last)) await new Promise((resolve) => setTimeout(resolve, 5));
        await Promise.all([...accepted.values()].map((each) => each.closed()));
      } finally {
        await listener.close();
      }
    });
  });

  /** A port that nobody listens on or was connected from. */
  async function freePort(): Promise<number> {
    const listener = await transport.listen(
      { host: "127.0.0.1", port: 0 },
      SETTINGS,
      () => new Recorder(),
      unexpected,
    );
    await listener.close();
    return listener.address.port!;
  }
}
