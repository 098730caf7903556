/**
 * What is particular to TLS: whose certificate is taken and whose is not, and what becomes of a peer that does
 * not speak it. That the octets come through is the stream suite's.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type {
  ByteStream,
  StreamAddress,
  StreamListener,
  StreamTransport,
  TlsSettings,
} from "../../src/io/stream.ts";
import { AUTHORITY, CERTIFICATE, KEY, STRANGER, STRANGER_KEY } from "../support/test_certificates.ts";
import { pattern, Recorder, SETTINGS, unexpected } from "./recorder.ts";

const HERE: StreamAddress = { host: "127.0.0.1", port: 0 };
const LISTENING: TlsSettings = { certificate: CERTIFICATE, key: KEY, trustSystem: false };
const TRUSTING: TlsSettings = { trust: AUTHORITY, trustSystem: false };

/** Deno 2.9 keeps the system's socket of a handshake that was given up until the peer leaves. */
const LINGERS = "Deno" in globalThis;

/** A TLS transport as the stream suite takes one: with certificates, and quiet about dials that are aborted. */
export function certifiedTransport({ dial, listen, listenSync }: StreamTransport): StreamTransport {
  return {
    dial: (address, settings, ...others) => dial(address, { ...settings, tls: TRUSTING }, ...others),
    listen: (address, settings, accept) => listen(address, { ...settings, tls: LISTENING }, accept, () => {}),
    listenSync: (address, settings, accept) =>
      listenSync!(address, { ...settings, tls: LISTENING }, accept, () => {}),
  };
}

/** Declares the tests. `tcp` is how strangers to TLS come in and listen. */
export function tlsSuite(name: string, transport: StreamTransport, tcp: StreamTransport): void {
  const dial = (address: StreamAddress, tls: TlsSettings, sink = new Recorder()): Promise<ByteStream> =>
    transport.dial(address, { ...SETTINGS, tls }, sink, new AbortController().signal);

  /** How a dial ended: "open", or the code of its error. */
  const outcome = async (address: StreamAddress, tls: TlsSettings): Promise<unknown> => {
    const sink = new Recorder();
    try {
      // By `end`: a reset could reach the listener before it is done with the handshake.
      (await dial(address, tls, sink)).end();
    } catch (error) {
      assertEquals(sink.closes, [], "a sink that never had a stream hears nothing");
      return codeOf(error);
    }
    await sink.closed();
    return "open";
  };

  /** Runs with a listener, and then asks whether it still takes who is right, and only those. */
  const withServer = async (
    tls: Partial<TlsSettings>,
    body: (server: Server) => Promise<void>,
  ): Promise<void> => {
    const server = new Server();
    const settings = { ...SETTINGS, tls: { ...LISTENING, ...tls } };
    server.listener = await transport.listen(HERE, settings, server.accept, server.failed);
    try {
      await body(server);
      const before = server.accepted.length;
      const near = new Recorder();
      const stream = await dial(server.address, { trust: AUTHORITY + STRANGER, trustSystem: false }, near);
      stream.write([pattern(10)]);
      stream.end();
      await near.closed();
      await server.accepted.at(-1)!.closed();
      assertEquals(server.accepted.length, before + 1);
      assertEquals(server.accepted.at(-1)!.received, 10);
    } finally {
      await server.listener.close();
    }
  };

  describe(`${name}: certificates`, () => {
    it("who is vouched for by a trusted authority is taken, by address and by name", () =>
      withServer({}, async (server) => {
        const { port } = server.address;
        assertEquals(await outcome(server.address, TRUSTING), "open");
        assertEquals(await outcome({ host: "localhost", port: port! }, TRUSTING), "open");
        assertEquals(server.failures, []);
      }));

    it("who vouches for itself is taken if it is trusted itself", () =>
      withServer({ certificate: STRANGER, key: STRANGER_KEY }, async (server) => {
        assertEquals(await outcome(server.address, { trust: STRANGER, trustSystem: false }), "open");
      }));

    it("of several certificates to trust each counts", () =>
      withServer({}, async (server) => {
        assertEquals(
          await outcome(server.address, { trust: STRANGER + AUTHORITY, trustSystem: false }),
          "open",
        );
        assertEquals(await outcome(server.address, { trust: AUTHORITY, trustSystem: true }), "open");
      }));

    it("an unknown authority is refused, with the error's code, and accept never hears of it", () =>
      withServer({}, async (server) => {
        const unknown = await outcome(server.address, { trust: STRANGER, trustSystem: false });
        assertEquals(unknown, "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
        const systems = await outcome(server.address, { trustSystem: true });
        assertEquals(systems, "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
        await server.hears(2);
        assertEquals(server.accepted.length, 0);
      }));

    it("a certificate for other names is refused (RFC 9525)", () =>
      withServer({}, async (server) => {
        const other = { host: "127.0.0.2", port: server.address.port! };
        const elsewhere = await transport.listen(
          { host: "127.0.0.2", port: 0 },
          { ...SETTINGS, tls: LISTENING },
          server.accept,
          server.failed,
        );
        assertEquals(await outcome(elsewhere.address, TRUSTING), "ERR_TLS_CERT_ALTNAME_INVALID");
        assertEquals(
          await outcome(server.address, { ...TRUSTING, serverName: "other.puremq.invalid" }),
          "ERR_TLS_CERT_ALTNAME_INVALID",
        );
        await server.hears(2);
        assertEquals(server.accepted.length, 0);
        assertEquals(await outcome(elsewhere.address, { ...TRUSTING, serverName: "localhost" }), "open");
        assertEquals(await outcome(elsewhere.address, { ...TRUSTING, serverName: "127.0.0.1" }), "open");
        await elsewhere.close();
        assertEquals(await outcome(other, TRUSTING), "ECONNREFUSED");
      }));

    it("serverName is the name that counts, also for what is dialled by another", () =>
      withServer({}, async (server) => {
        const named = { ...TRUSTING, serverName: "test.puremq.invalid" };
        assertEquals(await outcome(server.address, named), "open");
      }));

    it("a name is looked up for IPv4 alone and still is the name that counts", () =>
      withServer({}, async (server) => {
        const near = new Recorder();
        const stream = await dial({ host: "localhost", port: server.address.port! }, TRUSTING, near);
        assertEquals(stream.remote, `127.0.0.1:${server.address.port}`);
        stream.end();
        await near.closed();
      }));

    it("a dial from a given address comes from there, or is ENOTSUP where the runtime cannot (Deno)", () =>
      withServer({}, async (server) => {
        const from = { ...server.address, sourceHost: "127.0.0.3" };
        const near = new Recorder();
        const stream = await dial(from, TRUSTING, near).catch((error: unknown) => error);
        if ("Deno" in globalThis) return assertEquals(codeOf(stream), "ENOTSUP");
        assertEquals((stream as ByteStream).local.split(":")[0], "127.0.0.3");
        (stream as ByteStream).end();
        await near.closed();
      }));

    it("to dial without anything to trust is EINVAL", () =>
      withServer({}, async (server) => {
        assertEquals(await outcome(server.address, { trustSystem: false }), "EINVAL");
        assertEquals(server.failures, []);
      }));

    it("to listen without a certificate and its key, or with unusable ones, is EINVAL", async () => {
      const wrong: Partial<TlsSettings>[] = [
        { certificate: CERTIFICATE },
        { key: KEY },
        { certificate: "junk", key: KEY },
        { certificate: CERTIFICATE, key: "junk" },
        { certificate: CERTIFICATE, key: STRANGER_KEY },
      ];
      for (const each of wrong) {
        const settings = { ...SETTINGS, tls: { trustSystem: true, ...each } };
        const given = [HERE, settings, () => new Recorder(), unexpected] as const;
        assertEquals(await transport.listen(...given).then(() => "listens", codeOf), "EINVAL");
        let code: unknown = "listens";
        try {
          await transport.listenSync!(...given).close();
        } catch (error) {
          code = codeOf(error);
        }
        assertEquals(code, "EINVAL");
      }
    });
  });

  describe(`${name}: peers that do not speak it`, () => {
    it("a client without TLS ends, nothing of it is handed up, and failed hears why", () =>
      withServer({}, async (server) => {
        const sink = new Recorder();
        const stream = await tcp.dial(server.address, SETTINGS, sink, new AbortController().signal);
        stream.write([new TextEncoder().encode("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")]);
        await sink.closed();
        await server.hears(1);
        assertEquals([server.accepted.length, typeof codeOf(server.failures[0])], [0, "string"]);
      }));

    it("a client that leaves before it has said anything ends by itself", () =>
      withServer({}, async (server) => {
        const sink = new Recorder();
        const stream = await tcp.dial(server.address, SETTINGS, sink, new AbortController().signal);
        stream.end();
        await sink.closed();
        await server.hears(1);
        assertEquals(server.accepted.length, 0);
      }));

    it("a client that says nothing holds up nobody, and is ended when its time is over", () =>
      withServer({ handshakeTimeout: 300 }, async (server) => {
        const silent = new Recorder();
        const stream = await tcp.dial(server.address, SETTINGS, silent, new AbortController().signal);
        assertEquals(await outcome(server.address, TRUSTING), "open");
        await server.hears(1);
        assertEquals(server.failures.map(codeOf), ["ETIMEDOUT"]);
        if (LINGERS) stream.destroy();
        await silent.closed();
      }));

    it("of silent clients beyond maxHandshakes the oldest is ended, and who speaks TLS comes in", () =>
      withServer({ maxHandshakes: 3 }, async (server) => {
        const silent: Recorder[] = [];
        const streams: ByteStream[] = [];
        for (let i = 0; i < 5; i++) {
          const sink = silent[silent.push(new Recorder()) - 1]!;
          streams.push(await tcp.dial(server.address, SETTINGS, sink, new AbortController().signal));
        }
        await server.hears(2);
        assertEquals(server.failures.map(codeOf), ["ERR_ZMTP_HALF_OPEN", "ERR_ZMTP_HALF_OPEN"]);
        assertEquals(server.listener.handshakes, 3);
        assertEquals(await outcome(server.address, TRUSTING), "open");
        if (LINGERS) { for (const stream of streams.slice(0, 2)) stream.destroy(); }
        for (const sink of silent.slice(0, 2)) await sink.closed();
        for (const stream of streams) stream.destroy();
        await server.hears(5);
        assertEquals([server.listener.handshakes, server.accepted.length], [0, 1]);
      }));

    it("a handshake under way ends with its listener", async () => {
      const server = new Server();
      const settings = { ...SETTINGS, tls: LISTENING };
      server.listener = await transport.listen(HERE, settings, server.accept, server.failed);
      const silent = new Recorder();
      const stream = await tcp.dial(server.address, SETTINGS, silent, new AbortController().signal);
      while (server.listener.handshakes !== 1) await new Promise((fulfil) => setTimeout(fulfil, 5));
      await server.listener.close();
      await server.hears(1);
      assertEquals([server.failures.map(codeOf), server.listener.handshakes], [["ECONNABORTED"], 0]);
      if (LINGERS) stream.destroy();
      await silent.closed();
      assertEquals(server.accepted.length, 0);
    });

    it("a listener that says nothing is given up by its time, or by the dial's signal", async () => {
      const sinks: Recorder[] = [];
      const accepted: ByteStream[] = [];
      const listener = await tcp.listen(HERE, SETTINGS, (stream) => {
        accepted.push(stream);
        return sinks[sinks.push(new Recorder()) - 1]!;
      }, unexpected);
      assertEquals(await outcome(listener.address, { ...TRUSTING, handshakeTimeout: 200 }), "ETIMEDOUT");

      const controller = new AbortController();
      const sink = new Recorder();
      const settings = { ...SETTINGS, tls: TRUSTING };
      const dial = transport.dial(listener.address, settings, sink, controller.signal)
        .catch((error: unknown) => error);
      while (sinks.length < 2 || sinks[1]!.received === 0) {
        await new Promise((fulfil) => setTimeout(fulfil, 5));
      }
      controller.abort("enough");
      assertEquals(await dial, "enough");
      if (LINGERS) { for (const each of accepted) each.destroy(); }
      for (const each of sinks) await each.closed();
      assertEquals(sink.closes, []);
      await listener.close();
    });

    it("a listener without TLS, and one that leaves, reject the dial with a code", async () => {
      for (const answer of ["HTTP/1.1 400 Bad Request\r\n\r\n", ""]) {
        const listener = await tcp.listen(HERE, SETTINGS, (stream) => {
          const sink = new Recorder();
          sink.afterChunk = () => {
            if (answer) stream.write([new TextEncoder().encode(answer)]);
            stream.end();
          };
          return sink;
        }, unexpected);
        const code = await outcome(listener.address, TRUSTING);
        assert(typeof code === "string" && code !== "open" && code !== "ETIMEDOUT", String(code));
        await listener.close();
      }
    });

    it("a dial to where nobody listens is ECONNREFUSED", async () => {
      const listener = await tcp.listen(HERE, SETTINGS, () => new Recorder(), unexpected);
      await listener.close();
      assertEquals(await outcome(listener.address, TRUSTING), "ECONNREFUSED");
    });
  });
}

/** A listener and what it heard. */
class Server {
  listener!: StreamListener;
  readonly accepted: Recorder[] = [];
  readonly failures: Error[] = [];
  #waiting: (() => void) | undefined;

  get address(): StreamAddress {
    return this.listener.address;
  }

  readonly accept = (): Recorder => this.accepted[this.accepted.push(new Recorder()) - 1]!;

  readonly failed = (error: Error): void => {
    this.failures.push(error);
    this.#waiting?.();
  };

  /** Waits until so many handshakes have failed. */
  async hears(failures: number): Promise<void> {
    while (this.failures.length < failures) await new Promise<void>((fulfil) => this.#waiting = fulfil);
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
