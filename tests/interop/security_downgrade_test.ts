/**
 * Peers from before there were mechanisms, and peers that name none: whoever asks for security talks to none of them.
 * That libzmq once did is CVE-2014-7202 (a ZMTP 2.0 greeting) and CVE-2014-9721 (1.0). The octets are those of RFC 13
 * and RFC 15, and of libzmq's test_plain_vanilla_socket.
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { greeting, message, octets, RawListener, RawPeer, ready, target, text } from "../wire/raw.ts";
import { test } from "./scope.ts";
import { curveClient, keyPair, type Options, ourSide, plainClient, rolesOf } from "./security.ts";
import { isOurs } from "./subject.ts";

const SIGNATURE = octets([0xff], new Uint8Array(8), [0x7f]);

/** Greeting, identity and a message, in one piece as an impatient peer sends them. */
const OLD: readonly (readonly [string, Uint8Array])[] = [
  ["ZMTP 1.0, without an identity", octets([0x01, 0x00], [0x06, 0x00], "hello")],
  ["ZMTP 1.0, with an identity", octets([0x03, 0x00], "me", [0x06, 0x00], "hello")],
  [
    "ZMTP 1.0, with the long form of a frame",
    octets([0xff, 0, 0, 0, 0, 0, 0, 0, 3, 0], "me", [0x06, 0x00], "hello"),
  ],
  // Revision 1, the socket type DEALER (5), the identity as a frame.
  ["ZMTP 2.0", octets(SIGNATURE, [0x01, 0x05, 0x00, 0x00], message("hello"))],
  ["ZMTP 2.0 of revision 0", octets(SIGNATURE, [0x00, 0x05, 0x00, 0x00], message("hello"))],
  ["ZMTP 3.0 with NULL", octets(greeting({ version: [3, 0] }), ready("DEALER"), message("hello"))],
  ["ZMTP 3.1 with NULL", octets(greeting(), ready("DEALER"), message("hello"))],
  ["ZMTP 3.1 with NULL as a server", octets(greeting({ asServer: 1 }), ready("DEALER"), message("hello"))],
  ["ZMTP 3.1 with no mechanism", octets(greeting({ mechanism: "" }), ready("DEALER"), message("hello"))],
];

const keys = keyPair();

/** Sockets that talk to nobody without the security that they ask for. */
const SERVERS: readonly (readonly [string, Options])[] = [
  ["PLAIN", rolesOf("PLAIN").server],
  ["CURVE", rolesOf("CURVE").server],
  ["PLAIN, bound as its client", plainClient()],
  ["CURVE, bound as its client", curveClient(keys.publicKey)],
];

describe("a downgrade (SO-7)", () => {
  for (const [mechanism, options] of SERVERS) {
    for (const [peer, said] of OLD) {
      for (const type of ["Dealer", "Pull", "Router"] as const) {
        if (type !== "Dealer" && mechanism.includes("bound")) continue;
        test(`a ${type} with ${mechanism} closes ${peer}, and nothing of it is delivered`, async (scope) => {
          const { socket, watch } = await target(scope, type, options);
          const raw = await RawPeer.dial(scope, socket);
          raw.send(said);
          await raw.closed();
          const seen = await watch.next([
            "handshake:error:protocol",
            "handshake:error:other",
            "disconnect",
          ]);
          if (isOurs) assertEquals(seen.type, "handshake:error:protocol");
          assertEquals([socket.readable, watch.count("handshake")], [false, 0]);
        });
      }
    }
  }

  for (const [mechanism, options] of SERVERS.slice(2)) {
    for (const [peer, said] of OLD) {
      test(`a socket that connects with ${mechanism.split(",")[0]} to ${peer} tells it nothing`, async (scope) => {
        const listener = await RawListener.open(scope);
        const socket = scope.socket("Dealer", { ...options, reconnectInterval: 60000 });
        const watch = scope.watch(socket);
        socket.connect(listener.address);
        socket.send("secret").catch(() => {}); // It waits until the socket is closed.
        const raw = await listener.accept();
        raw.send(said);
        const rest = await raw.closed();
        assert(!text(rest).includes("secret") && !text(rest).includes("admin"), "something leaked in clear");
        await watch.next(["handshake:error:protocol", "disconnect"]);
        assertEquals(watch.count("handshake"), 0);
        assertEquals(socket.readable, false);
      });
    }
  }

  for (const [peer, said] of OLD.slice(0, 5)) {
    test(`NULL with a domain closes ${peer} and asks nobody, though the handler would let it in`, async (scope) => {
      const side = ourSide(scope);
      const handler = await side.handle({});
      const { ours, watch } = await side.open("Dealer", { zapDomain: "test" });
      await ours!.bind("tcp://127.0.0.1:*");
      const raw = await RawPeer.dial(scope, ours!);
      raw.send(said);
      await raw.closed();
      await watch!.next(["handshake:error:protocol", "handshake:error:other", "disconnect"]);
      assertEquals(await handler.requests(), []);
      assertEquals([ours!.readable, watch!.count("handshake")], [false, 0]);
    });
  }
});
