/**
 * CURVE's handshake on the wire (RFC 25, RFC 26) against sockets of ours, as server and as client: what is not in
 * order ends that connection, with one event, and no other hears of it. Names begin with the rows of the conformance
 * list (CU) and of the catalogue of attacks (X). `curve_octets_test.ts` has every octet, without sockets.
 */

import process from "node:process";
import { assertEquals, assertLess } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { Scope, test, type Transport, until, within } from "../interop/scope.ts";
import { dice, type InitiateParts, pairOf, u64 } from "../support/curve_by_hand.ts";
import {
  AS_CLIENT,
  AS_SERVER,
  assertEnded,
  assertGoesOn,
  boundAim,
  CLIENT,
  ClientPeer,
  connectedAim,
  type CurveAim,
  flipped,
  freshPair,
  metadata,
  nacl,
  nextServer,
  SERVER,
  ServerPeer,
} from "../support/curve_peer.ts";
import { heldMemory } from "../support/garbage.ts";
import { itNeeds } from "../support/legs.ts";
import {
  COMMAND,
  command,
  frame,
  greeting,
  LONG,
  message,
  MORE,
  octets,
  property,
  RawListener,
  RawPeer,
  ready,
  size64,
  text,
} from "./raw.ts";

const TRANSPORTS: readonly Transport[] = process.platform === "win32" ? ["tcp", "ws"] : ["tcp", "ipc", "ws"];

/** Where each command's fields begin and end, in its body. */
const FIELDS = {
  HELLO: [0, 1, 5, 6, 7, 8, 79, 80, 110, 112, 119, 120, 199],
  WELCOME: [0, 1, 7, 8, 23, 24, 39, 40, 71, 72, 100, 167],
  INITIATE: [0, 1, 8, 9, 24, 25, 104, 105, 112, 113, 129, 160, 176, 256],
  READY: [0, 1, 5, 6, 13, 14, 29, 30, 50],
} as const;

describe("CURVE's handshake: peers made by hand", () => {
  itNeeds(["cryptography"], "have boxes by tweetnacl", () => {
    const [ours, theirs] = [freshPair(), pairOf(dice(9)(32))];
    const nonce = new Uint8Array(24);
    const box = nacl.box(octets("text"), nonce, theirs.publicKey, ours.secretKey);
    assertEquals(text(nacl.unbox(box, nonce, ours.publicKey, theirs.secretKey)!), "text");
  });

  for (const transport of TRANSPORTS) {
    test(`${transport}: CU-1 CU-3 CU-7 CU-8 CU-12 CU-13 are served, bound and connecting`, async (scope) => {
      const { socket, good } = await boundAim(scope, transport);
      await assertGoesOn({ socket, good });
      await socket.send(["two", "parts"]);
      assertEquals(await good.open(), { flags: 1, data: "two", nonce: 2n });
      assertEquals(await good.open(), { flags: 0, data: "parts", nonce: 3n });
      if (transport === "ipc") return;
      const connecting = await connectedAim(scope, transport);
      await assertGoesOn(connecting);
      await connecting.socket.send("one");
      assertEquals(await connecting.good.open(), { flags: 0, data: "one", nonce: 3n });
    });
  }

  test("CU-4 S', cookie and nonces are new in each WELCOME, CU-19 C' in each connection", async (scope) => {
    const { socket } = await boundAim(scope);
    const seen = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const peer = await ClientPeer.dial(scope, socket);
      peer.command(peer.hello());
      const welcome = await peer.welcome();
      for (const part of [peer.other, peer.cookie.subarray(0, 16), welcome.subarray(8, 24)]) {
        seen.add(text(part));
      }
      seen.add(text(peer.cookie.subarray(16)));
    }
    assertEquals(seen.size, 20);
    const listener = await RawListener.open(scope);
    const client = scope.socket("Dealer", { ...AS_CLIENT, reconnectInterval: 1 });
    client.connect(listener.address);
    for (let i = 0; i < 3; i++) {
      const server = await ServerPeer.accept(listener);
      await server.hello();
      seen.add(text(server.other));
      server.raw.reset();
    }
    assertEquals(seen.size, 23);
  });
});

describe("CURVE's handshake: a server under attack", () => {
  for (const transport of TRANSPORTS) {
    test(`${transport}: CU-2 a HELLO with an octet changed is closed without a WELCOME (X-86)`, async (scope) => {
      const aim = await boundAim(scope, transport);
      for (const at of FIELDS.HELLO) {
        const bad = await ClientPeer.dial(scope, aim.socket);
        bad.command(flipped(bad.hello(), at));
        await endedInSilence(aim, bad);
      }
    });

    test(`${transport}: CU-9 an INITIATE with an octet changed is closed without a READY (X-86)`, async (scope) => {
      const aim = await boundAim(scope, transport);
      for (const at of FIELDS.INITIATE) {
        const bad = await welcomed(scope, aim);
        bad.command(flipped(bad.initiate(), at));
        await endedInSilence(aim, bad);
      }
    });
  }

  test("the header of a command: flags that are reserved, MORE, no COMMAND, a size of 2^56", async (scope) => {
    const aim = await boundAim(scope);
    for (const flags of [0x08, 0x80, COMMAND | MORE, 0, MORE]) {
      const bad = await ClientPeer.dial(scope, aim.socket);
      bad.raw.send([flags, 200], bad.hello(), frame(0, "more"));
      await endedInSilence(aim, bad);
      const late = await welcomed(scope, aim);
      late.raw.send(
        [flags | LONG],
        size64(late.initiate().length),
        late.initiate({ nonce: 2n }),
        frame(0, ""),
      );
      await endedInSilence(aim, late);
    }
    const bad = await ClientPeer.dial(scope, aim.socket);
    bad.raw.send([COMMAND | LONG], size64(1n << 56n));
    await endedInSilence(aim, bad, "ERR_ZMTP_MESSAGE_TOO_LONG");
  });

  test("CU-2 a HELLO of 199 or 201 octets, of version 1.1, 2.0 or 0.9, with other than zeros", async (scope) => {
    const aim = await boundAim(scope);
    const malformed = "ERR_ZMTP_MALFORMED_COMMAND_HELLO";
    const cases: [string, (peer: ClientPeer) => Uint8Array][] = [
      [malformed, (peer) => peer.hello().slice(0, 199)],
      [malformed, (peer) => octets(peer.hello(), [0])],
      [malformed, (peer) => peer.hello({ version: [1, 1] })],
      [malformed, (peer) => peer.hello({ version: [2, 0] })],
      [malformed, (peer) => peer.hello({ version: [0, 9] })],
      [malformed, (peer) => peer.hello({ padding: new Uint8Array(72).fill(1, 71) })],
      [malformed, (peer) => peer.hello({ text: new Uint8Array(64).fill(1, 63) })],
      ["ERR_ZMTP_CRYPTOGRAPHIC", (peer) => peer.hello({ serverKey: freshPair().publicKey })],
      ["ERR_ZMTP_CRYPTOGRAPHIC", (peer) => peer.hello({ prefix: "CurveZMQINITIATE".slice(0, 16) })],
    ];
    for (const [code, make] of cases) {
      const bad = await ClientPeer.dial(scope, aim.socket);
      bad.command(make(bad));
      await endedInSilence(aim, bad, code);
    }
  });

  test("CU-22 keys of small order open nothing (X-89)", async (scope) => {
    const aim = await boundAim(scope);
    const zero = new Uint8Array(32);
    const points = [zero, u64Point(1), octets(new Uint8Array(31), [0x80])];
    for (const publicKey of points) {
      const bad = await ClientPeer.dial(scope, aim.socket);
      // Both sides of a box with such a key come to the same "secret", whatever the other key is.
      bad.command(bad.hello({ short: { publicKey, secretKey: bad.short.secretKey }, serverKey: zero }));
      await endedInSilence(aim, bad, "ERR_ZMTP_CRYPTOGRAPHIC");
      const owner = await welcomed(scope, aim);
      owner.command(owner.initiate({ client: { publicKey, secretKey: CLIENT.secretKey }, vouchFor: zero }));
      await endedInSilence(aim, owner, "ERR_ZMTP_CRYPTOGRAPHIC");
    }
  });

  test("CU-9 CU-14 an INITIATE that proves nothing (H-10, X-84, X-85)", async (scope) => {
    const aim = await boundAim(scope);
    const stranger = freshPair();
    const other = await welcomed(scope, aim);
    const cases: [string, string, Partial<InitiateParts>][] = [
      ["the cookie of another connection", "ERR_ZMTP_CRYPTOGRAPHIC", { cookie: other.cookie }],
      ["a cookie of zeros", "ERR_ZMTP_CRYPTOGRAPHIC", { cookie: new Uint8Array(96) }],
      ["a vouch for another C'", "ERR_ZMTP_KEY_EXCHANGE", { vouchedKey: stranger.publicKey }],
      ["a vouch for another S", "ERR_ZMTP_KEY_EXCHANGE", { vouchedServer: stranger.publicKey }],
      ["a vouch by another C", "ERR_ZMTP_CRYPTOGRAPHIC", { signer: stranger.secretKey }],
      ["a vouch for another S'", "ERR_ZMTP_CRYPTOGRAPHIC", { vouchFor: SERVER.publicKey }],
      ["the nonce of HELLO", "ERR_ZMTP_INVALID_SEQUENCE", { nonce: 1n }],
      ["the nonce 0", "ERR_ZMTP_INVALID_SEQUENCE", { nonce: 0n }],
      ["metadata cut behind a name", "ERR_ZMTP_MALFORMED_COMMAND_INITIATE", {
        metadata: octets(metadata("DEALER"), [1], "X"),
      }],
      ["another socket type", "ERR_ZMTP_INVALID_METADATA", { metadata: metadata("PUB") }],
      ["no socket type", "ERR_ZMTP_INVALID_METADATA", { metadata: new Uint8Array(0) }],
      ["an identity of 256 octets", "ERR_ZMTP_INVALID_METADATA", {
        metadata: octets(metadata("DEALER"), property("Identity", "x".repeat(256))),
      }],
    ];
    for (const [what, code, changes] of cases) {
      const bad = await welcomed(scope, aim);
      bad.command(bad.initiate(changes));
      const { body } = await within(lastWords(bad), 5000, what);
      await assertEnded(aim, bad.raw, "handshake", code);
      // RFC 37: the type of a peer that is proved may be refused by name. Nothing else is told.
      assertEquals(
        body,
        what.includes("another socket type") || what.includes("no socket") ? TYPE_REFUSED : "",
      );
    }
  });

  test("CU-5 CU-14 commands out of order, twice, or in the clear", async (scope) => {
    const aim = await boundAim(scope);
    const cases: [string, (peer: ClientPeer) => Promise<Uint8Array> | Uint8Array][] = [
      ["INITIATE first", (peer) => peer.framed(peer.initiate())],
      ["MESSAGE first", (peer) => peer.framed(peer.seal("never"), 0)],
      ["READY first", () => ready("DEALER")],
      ["CU-20 ERROR first", () => command("ERROR", "\x03400")],
      ["a message first", () => message("never")],
      ["an empty command", () => frame(COMMAND, "")],
      ["HELLO twice", (peer) => {
        const hello = peer.framed(peer.hello());
        return octets(hello, hello);
      }],
      ["HELLO in place of INITIATE", async (peer) => {
        const hello = peer.hello();
        peer.command(hello);
        await peer.welcome();
        return peer.framed(hello);
      }],
      ["INITIATE twice", async (peer) => {
        peer.command(peer.hello());
        await peer.welcome();
        const initiate = peer.framed(peer.initiate());
        return octets(initiate, initiate);
      }],
      ["CU-20 ERROR in place of INITIATE", async (peer) => {
        peer.command(peer.hello());
        await peer.welcome();
        return command("ERROR", "\x03400");
      }],
      ["MESSAGE in place of INITIATE", async (peer) => {
        peer.command(peer.hello());
        await peer.welcome();
        return peer.framed(peer.seal("never"));
      }],
      ["WELCOME, sent back", async (peer) => {
        peer.command(peer.hello());
        return peer.framed(await peer.welcome());
      }],
    ];
    for (const [what, make] of cases) {
      const bad = await ClientPeer.dial(scope, aim.socket);
      bad.raw.send(await make(bad));
      if (what === "INITIATE twice") {
        await aim.watch.next("handshake");
        await assertEnded(aim, bad.raw, "traffic", "ERR_ZMTP_UNEXPECTED_COMMAND");
      } else await assertEnded(aim, bad.raw, "handshake");
    }
  });

  test("a recorded client gets no further than WELCOME (X-84)", async (scope) => {
    const aim = await boundAim(scope);
    const victim = await ClientPeer.dial(scope, aim.socket);
    const [hello] = [victim.hello()];
    victim.command(hello);
    await victim.welcome();
    const initiate = victim.initiate();
    victim.command(initiate);
    await victim.ready();
    await aim.watch.next("handshake");
    const bad = await ClientPeer.dial(scope, aim.socket);
    bad.command(hello);
    await bad.take();
    bad.command(initiate);
    bad.raw.send(bad.framed(victim.seal("never"), 0));
    await endedInSilence(aim, bad, "ERR_ZMTP_CRYPTOGRAPHIC");
    victim.say("of the one who was recorded");
    assertEquals((await aim.socket.receive()).map(text), ["of the one who was recorded"]);
  });

  test("a client that was refused and goes on as if nothing had been is not heard (X-82)", async (scope) => {
    const aim = await boundAim(scope);
    const bad = await ClientPeer.dial(scope, aim.socket);
    const honest = bad.hello();
    bad.command(flipped(honest, 150), honest, bad.initiate());
    bad.raw.send(bad.framed(bad.seal("never"), 0), message("never"));
    await endedInSilence(aim, bad, "ERR_ZMTP_CRYPTOGRAPHIC");
  });

  test("CU-25 greetings of other mechanisms and versions (X-95, V-01)", async (scope) => {
    const aim = await boundAim(scope);
    const mismatch = "ERR_ZMTP_MECHANISM_MISMATCH";
    const version = "ERR_ZMTP_VERSION_UNSUPPORTED";
    const signature = octets([0xff], new Uint8Array(8), [0x7f]);
    const cases: [string, Uint8Array][] = [
      [mismatch, octets(greeting(), ready("DEALER"), message("never"))],
      [mismatch, octets(greeting({ mechanism: "PLAIN" }), command("HELLO", "\x05admin\x06secret"))],
      [mismatch, greeting({ mechanism: "curve" })],
      [mismatch, greeting({ mechanism: "CURVE\0X" })],
      [mismatch, greeting({ mechanism: "CURVEX" })],
      [mismatch, greeting({ mechanism: "" })],
      [version, octets(signature, [1, 5, 0, 0], message("never"))],
      [version, octets(signature, [2, 0], "CURVE".padEnd(20, "\0"), [0], new Uint8Array(31))],
      [version, octets([1, 0], message("never"))],
      [version, octets([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7e], message("never"))],
    ];
    for (const [code, wire] of cases) {
      const raw = await RawPeer.dial(scope, aim.socket);
      raw.send(wire);
      await assertEnded(aim, raw, "handshake", code);
    }
  });

  test("CU-1 any minor version and as-server octet of a client is taken", async (scope) => {
    const { socket } = await boundAim(scope);
    for (const changes of [{ version: [3, 0] }, { version: [3, 9] }, { version: [4, 0] }, { filler: 7 }]) {
      const peer = await ClientPeer.dial(scope, socket, greeting({ mechanism: "CURVE", ...changes }));
      await peer.join();
      peer.say("heard");
      assertEquals((await socket.receive()).map(text), ["heard"]);
    }
  });

  test("PL-12 two servers, or two clients, end by time or at once", async (scope) => {
    const server = scope.socket("Dealer", { ...AS_SERVER, handshakeInterval: 50 });
    const [watch] = [scope.watch(server)];
    await server.bind("tcp://127.0.0.1:*");
    const other = scope.socket("Dealer", { ...AS_SERVER });
    other.connect(server.lastEndpoint!);
    assertEquals((await watch.next("handshake:error:other")).error!.code, "ERR_ZMTP_HANDSHAKE_TIMEOUT");
    other.close();
    const client = scope.socket("Dealer", { ...AS_CLIENT });
    const clients = scope.watch(client);
    await client.bind("tcp://127.0.0.1:*");
    const another = scope.socket("Dealer", { ...AS_CLIENT });
    another.connect(client.lastEndpoint!);
    const { error } = await clients.next("handshake:error:protocol");
    assertEquals(error!.code, "ERR_ZMTP_UNEXPECTED_COMMAND");
  });

  test("a handshake cut at any field and left is no connection", async (scope) => {
    const aim = await boundAim(scope);
    for (const at of [1, 2, 50, 120, 201]) {
      const bad = await ClientPeer.dial(scope, aim.socket);
      bad.raw.send(bad.framed(bad.hello()).subarray(0, at));
      bad.raw.end();
      await bad.raw.closed();
      assertEquals((await aim.watch.next("disconnect")).error?.code?.startsWith("ERR_ZMTP"), undefined);
    }
    const late = await welcomed(scope, aim);
    late.raw.send(late.framed(late.initiate()).subarray(0, 200));
    late.raw.end();
    await aim.watch.next("disconnect");
    await assertGoesOn(aim);
    assertEquals(aim.watch.count("handshake"), 1);
  });

  test("HO-05 1000 failed handshakes leave nothing behind", async (scope) => {
    const aim = await boundAim(scope);
    const wave = async (count: number) => {
      // A scope of its own: the test's would hold every peer until its end.
      const own = new Scope();
      const bad: RawPeer[] = [];
      for (let i = 0; i < count; i++) bad.push(await RawPeer.dial(own, aim.socket));
      bad.forEach((raw, i) => {
        const short = freshShort(i);
        // In each place of the handshake: the greeting, HELLO's form, HELLO's box.
        if (i % 4 === 0) raw.send(greeting());
        else if (i % 4 === 1) {
          raw.send(greeting({ mechanism: "CURVE" }), command("HELLO", new Uint8Array(194)));
        } else if (i % 4 === 2) raw.send(greeting({ mechanism: "CURVE" }), command("INITIATE", short));
        else raw.send(greeting({ mechanism: "CURVE" }), command("HELLO", short));
      });
      await Promise.all(bad.map((raw) => raw.closed(20_000)));
      await own.end();
    };
    for (let i = 0; i < 2; i++) await wave(125);
    const before = await heldMemory();
    for (let i = 0; i < 6; i++) await wave(125);
    const grown = await heldMemory() - before;
    await until("all are gone", () => aim.watch.count("disconnect") === 1000);
    assertEquals(aim.watch.count("handshake:error:protocol"), 1000);
    assertEquals(aim.watch.count("accept"), 1001);
    await assertGoesOn(aim);
    // The events that are watched stay, with their errors. Each of the 750 would have to leave 16 KiB to be above.
    assertLess(grown, 12 * 1024 * 1024);
  }, 40);

  test("CU-5 300 half-done handshakes hold less than 128 KiB each (X-90)", async (scope) => {
    const aim = await boundAim(scope, "tcp", { maxHandshakes: 0 });
    // A HELLO is right for each connection to this server. Of the INITIATE there is no more than the header that has
    // the most memory kept for it, so that what the peers hold here does not count.
    const hello = aim.good.framed((aim.good as ClientPeer).hello({ nonce: 1n }));
    const initiate = octets([COMMAND | LONG], size64(65 * 1024), "\x08INITIATE");
    const peers: RawPeer[] = [];
    const begin = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const raw = await RawPeer.dial(scope, aim.socket);
        raw.send(greeting({ mechanism: "CURVE" }), hello);
        await raw.read(64 + 170);
        raw.send(initiate);
        peers.push(raw);
      }
      // What was sent before has come by then.
      for (let i = 0; i < 3; i++) await assertGoesOn(aim);
    };
    await begin(20);
    const before = await heldMemory();
    await begin(280);
    const each = (await heldMemory() - before) / 280;
    assertEquals(aim.watch.count("disconnect"), 0);
    assertLess(each, 128 * 1024);
    for (const peer of peers) peer.end();
    for (let i = 0; i < 300; i++) await aim.watch.next("disconnect", 10_000);
    await assertGoesOn(aim);
  }, 40);
});

describe("CURVE's handshake: a client under attack", () => {
  for (const transport of ["tcp", "ws"] as const) {
    test(`${transport}: CU-6 a WELCOME with an octet changed brings no INITIATE (X-86)`, async (scope) => {
      const aim = await connectedAim(scope, transport);
      for (const at of FIELDS.WELCOME) {
        const bad = await nextServer(aim, transport);
        await bad.hello();
        bad.command(flipped(bad.welcome(), at));
        await endedInSilence(aim, bad);
        aim.socket.disconnect(endpoint(aim, transport));
      }
    });

    test(`${transport}: CU-12 a READY with an octet changed is no handshake (X-86)`, async (scope) => {
      const aim = await connectedAim(scope, transport);
      for (const at of FIELDS.READY) {
        const bad = await nextServer(aim, transport);
        await bad.hello();
        bad.command(bad.welcome());
        await bad.initiate();
        bad.command(flipped(bad.ready(), at));
        await endedInSilence(aim, bad);
        aim.socket.disconnect(endpoint(aim, transport));
      }
    });
  }

  test("CU-6 a WELCOME of another server, of another size, in place of READY, or before HELLO", async (scope) => {
    const aim = await connectedAim(scope);
    const stranger = freshPair();
    const cases: [string, (peer: ServerPeer) => Promise<Uint8Array> | Uint8Array][] = [
      ["by another key", (peer) => new ServerPeer(peer.raw, "tcp", stranger).framed(peer.welcome())],
      ["of 167 octets", (peer) => peer.framed(peer.welcome().slice(0, 167))],
      ["of 169 octets", (peer) => peer.framed(octets(peer.welcome(), [0]))],
      ["twice", (peer) => octets(peer.framed(peer.welcome()), peer.framed(peer.welcome()))],
      ["READY at once", (peer) => peer.framed(peer.ready())],
      ["READY in the clear", () => ready("DEALER")],
      ["HELLO, sent back", (peer) => peer.framed(peer.heard)],
      ["a message in the clear", () => message("never")],
      ["an empty command", () => frame(COMMAND, "")],
      ["INITIATE, sent back", async (peer) => {
        peer.command(peer.welcome());
        return peer.framed(await peer.initiate());
      }],
      ["READY in the clear after INITIATE", async (peer) => {
        peer.command(peer.welcome());
        await peer.initiate();
        return ready("DEALER");
      }],
      ["MESSAGE in place of READY", async (peer) => {
        peer.command(peer.welcome());
        await peer.initiate();
        return peer.framed(peer.seal("never"), 0);
      }],
      ["READY of another connection", async (peer) => {
        peer.command(peer.welcome());
        await peer.initiate();
        const other = new ServerPeer(peer.raw, "tcp", SERVER);
        other.other = peer.other;
        return peer.framed(other.ready());
      }],
      ["READY with metadata cut", async (peer) => {
        peer.command(peer.welcome());
        await peer.initiate();
        return peer.framed(peer.ready("DEALER\x01"));
      }],
      ["READY of another type", async (peer) => {
        peer.command(peer.welcome());
        await peer.initiate();
        return peer.framed(peer.ready("SUB"));
      }],
    ];
    for (const [what, make] of cases) {
      const bad = await nextServer(aim);
      await bad.hello();
      bad.raw.send(what === "by another key" ? wrongWelcome(bad, stranger) : await make(bad));
      await assertEnded(aim, bad.raw, "handshake");
      aim.socket.disconnect(aim.listener.address);
    }
  });

  test("CU-22 an S' of small order is refused, and no INITIATE follows (X-89)", async (scope) => {
    const aim = await connectedAim(scope);
    for (const publicKey of [new Uint8Array(32), u64Point(1)]) {
      const bad = await nextServer(aim);
      await bad.hello();
      const cheat = new ServerPeer(bad.raw, "tcp", SERVER);
      cheat.other = bad.other;
      cheat.short = { publicKey, secretKey: bad.short.secretKey };
      bad.command(cheat.welcome());
      await endedInSilence(aim, bad, "ERR_ZMTP_KEY_EXCHANGE");
      aim.socket.disconnect(aim.listener.address);
    }
  });

  test("an attacked client tries again; after ERROR it does not (H-16)", async (scope) => {
    const listener = await RawListener.open(scope);
    const socket = scope.socket("Dealer", { ...AS_CLIENT, reconnectInterval: 1 });
    const watch = scope.watch(socket);
    socket.connect(listener.address);
    const first = await ServerPeer.accept(listener);
    await first.hello();
    first.command(flipped(first.welcome(), 100));
    await watch.next("handshake:error:protocol");
    await watch.next("connect:retry");
    const second = await ServerPeer.accept(listener);
    await second.hello();
    second.raw.send(command("ERROR", "\x03400"));
    const { error } = await watch.next("handshake:error:auth");
    assertEquals(error!.status, 400);
    await watch.next("disconnect");
    await second.raw.closed();
    // A further try would come within a millisecond; that of another endpoint comes after it.
    const other = await RawListener.open(scope);
    socket.connect(other.address);
    await (await ServerPeer.accept(other)).join();
    assertEquals([listener.count, watch.count("connect:retry")], [2, 1]);
  });

  test("CU-25 greetings of other mechanisms and versions bring no HELLO", async (scope) => {
    const aim = await connectedAim(scope);
    for (const mechanism of ["NULL", "PLAIN", "curve"]) {
      aim.socket.connect(aim.listener.address);
      const raw = await aim.listener.accept();
      raw.send(greeting({ mechanism, asServer: 1 }), ready("DEALER"));
      assertEquals((await raw.closed()).length, 64);
      await assertEnded(aim, raw, "handshake", "ERR_ZMTP_MECHANISM_MISMATCH");
      aim.socket.disconnect(aim.listener.address);
    }
  });
});

const TYPE_REFUSED = "\x05ERROR\x13Invalid socket type";

/** A client that has its WELCOME. */
async function welcomed(scope: Scope, { socket }: Pick<CurveAim, "socket">): Promise<ClientPeer> {
  const peer = await ClientPeer.dial(scope, socket);
  peer.command(peer.hello());
  await peer.welcome();
  return peer;
}

/** The connection is closed without a further command: on ws only a frame that says so may come. */
async function endedInSilence(aim: CurveAim, bad: ClientPeer | ServerPeer, code?: string): Promise<void> {
  await assertEnded(aim, bad.raw, "handshake", code);
  const rest = await bad.raw.closed();
  if (bad.transport !== "ws") assertEquals(text(rest), "");
  else assertEquals(rest[0]! & 15, 8, "other than a close frame");
}

/** What a server still says; empty if it only closes. */
async function lastWords(peer: ClientPeer): Promise<{ body: string }> {
  const rest = await peer.raw.closed();
  return { body: text(rest.subarray(2)) };
}

function endpoint({ listener }: { readonly listener: RawListener }, transport: Transport): string {
  return transport === "ws" ? `${listener.address.replace("tcp", "ws")}/zeromq` : listener.address;
}

/** A WELCOME by somebody who is not the server. */
function wrongWelcome(peer: ServerPeer, pair: ReturnType<typeof freshPair>): Uint8Array {
  const other = new ServerPeer(peer.raw, "tcp", pair);
  other.other = peer.other;
  return peer.framed(other.welcome());
}

/** A point of Curve25519 by its first octet. */
function u64Point(first: number): Uint8Array {
  return octets([first], new Uint8Array(31));
}

/** The data of a HELLO with a key, and a box that is none. */
function freshShort(seed: number): Uint8Array {
  const random = dice(1000 + seed);
  return octets([1, 0], new Uint8Array(72), random(32), u64(1n), random(80));
}
