import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SOCKET_TYPES } from "../../../src/pattern/types.ts";
import type { SocketTypeName } from "../../../src/pattern/types.ts";
import { olderPeers } from "../../../src/zmtp/older.ts";
import { PlainServer } from "../../../src/mechanism/plain.ts";
import { WireQueue } from "../../../src/zmtp/wire_queue.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { End } from "../../support/link.ts";
import type { EndOptions } from "../../support/link.ts";
import { command, frame, join, longFrame, message, octets, pattern, size } from "../../support/transcript.ts";

/** The signature with this in its padding. */
function signature(length = 0): Uint8Array {
  return join([0xff], size(BigInt(length)), [0x7f]);
}

/** RFC 15's numbers. */
const NUMBERS = { PAIR: 0, PUB: 1, SUB: 2, REQ: 3, REP: 4, DEALER: 5, ROUTER: 6, PULL: 7, PUSH: 8 } as const;

/** A frame of ZMTP 1.0 by hand: RFC 13, framing. */
function v1(body: Uint8Array | string, flags = 0): Uint8Array {
  const bytes = typeof body === "string" ? octets(body) : body;
  if (bytes.length + 1 < 255) return join([bytes.length + 1, flags], bytes);
  return v1Long(bytes, flags);
}

function v1Long(body: Uint8Array | string, flags = 0): Uint8Array {
  const bytes = typeof body === "string" ? octets(body) : body;
  return join([0xff], size(BigInt(bytes.length + 1)), [flags], bytes);
}

function v1Message(...frames: readonly (Uint8Array | string)[]): Uint8Array {
  return join(...frames.map((body, i) => v1(body, i < frames.length - 1 ? 1 : 0)));
}

/** What 2.0 has behind its signature. */
function greeting2(type: number, identity: Uint8Array | string = "", revision = 1): Uint8Array {
  return join(signature(), [revision, type], frame(identity));
}

/** What an engine that hears these octets in pieces of this length has to say, and what it tells. */
function heard(options: EndOptions, wire: Uint8Array, length = wire.length): { end: End; said: Uint8Array } {
  const end = new End(options);
  const said = [end.output()];
  for (let at = 0; at < wire.length; at += length) {
    end.hear(wire.subarray(at, at + length));
    said.push(end.output());
  }
  return { end, said: join(...said) };
}

/** The octets that leave for this peer when messages and commands wait. */
function sent(end: End, messages: readonly (readonly Uint8Array[])[]): Uint8Array {
  const queue = new WireQueue(4096);
  for (const parts of messages) queue.append(parts);
  const out: Uint8Array[] = [];
  for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
    for (const chunk of end.engine.seals ? end.engine.seal(batch) : batch) out.push(chunk.slice());
    end.engine.recycle();
    queue.recycle();
  }
  return join(...out);
}

function show(end: End): unknown {
  return {
    readies: end.readies,
    type: end.peer?.socketType,
    id: end.peer && [...end.peer.routingId],
    messages: end.messages.map((parts) => parts.map((part) => [...part])),
    failures: end.failures.map(({ code }) => code),
  };
}

const IDENTITIES = [0, 1, 253, 254, 255].map((length) =>
  pattern(length, 3).map((octet, i) => i === 0 ? octet | 1 : octet)
);

describe("ZMTP 2.0 peers (RFC 15)", () => {
  it("a 2.0 peer is told our socket type and our identity as a short final frame (DG-4, DG-1, GR-7)", () => {
    for (const [type, number] of Object.entries(NUMBERS)) {
      const name = type as SocketTypeName;
      const peer = SOCKET_TYPES[name].peers[0] as keyof typeof NUMBERS;
      const { end, said } = heard(
        { type: name, identity: octets("me"), oldest: 2 },
        greeting2(NUMBERS[peer], "you"),
      );
      assertBytes(said, join(signature(), [3, number, 0, 2], octets("me")), name);
      assertEquals(end.readies, 1);
      assertEquals(end.peer!.socketType, peer);
      assertBytes(end.peer!.routingId, octets("you"));
    }
  });

  it("XPUB and XSUB are PUB and SUB to it, where libzmq says 9 and 10 (DG-4)", () => {
    const xpub = heard({ type: "XPUB", oldest: 2 }, greeting2(2));
    assertBytes(xpub.said, join(signature(), [3, 1, 0, 0]));
    assertEquals(xpub.end.readies, 1);
    const xsub = heard({ type: "XSUB", oldest: 2 }, greeting2(1));
    assertBytes(xsub.said, join(signature(), [3, 2, 0, 0]));
    assertEquals(xsub.end.readies, 1);
  });

  it("9 and 10, as libzmq 3.2 has them, are XPUB and XSUB (DG-4)", () => {
    assertEquals(heard({ type: "SUB", oldest: 2 }, greeting2(9)).end.peer!.socketType, "XPUB");
    assertEquals(heard({ type: "PUB", oldest: 2 }, greeting2(10)).end.peer!.socketType, "XSUB");
  });

  it("revision 1 or 2 is 2.0, where libzmq takes 2 for 3.1 (DG-3)", () => {
    for (const revision of [1, 2]) {
      const { end } = heard({ type: "ROUTER", oldest: 2 }, greeting2(5, "", revision));
      assertEquals(show(end), { readies: 1, type: "DEALER", id: [], messages: [], failures: [] });
    }
    assertEquals(
      heard({ type: "ROUTER", oldest: 2 }, greeting2(5, "", 0)).end.failure,
      "ERR_ZMTP_VERSION_UNSUPPORTED",
    );
  });

  it("its socket type is checked against the matrix, strictly: libzmq does not look at it (DG-5)", () => {
    const names = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];
    for (const ours of names) {
      for (const theirs of names) {
        const { end } = heard({ type: ours, oldest: 2 }, greeting2(NUMBERS[theirs]));
        const fits = SOCKET_TYPES[ours].peers.includes(theirs);
        assertEquals(end.failure, fits ? undefined : "ERR_ZMTP_INVALID_METADATA", `${theirs} to ${ours}`);
        assertEquals(end.readies, fits ? 1 : 0);
      }
    }
    for (const number of [11, 12, 20, 255]) {
      assertEquals(
        heard({ type: "ROUTER", oldest: 2 }, greeting2(number)).end.failure,
        "ERR_ZMTP_INVALID_METADATA",
      );
    }
  });

  it("types that it does not know have no such peers (DG-5)", () => {
    for (const type of ["CLIENT", "SERVER", "RADIO", "DISH", "GATHER", "SCATTER", "PEER", "CHANNEL"]) {
      assertEquals(olderPeers(type, octets(""), { mechanism: "NULL" }, true), undefined, type);
    }
  });

  it("messages have v2 framing both ways, and no command goes out (DG-6)", () => {
    const { end } = heard(
      { type: "DEALER", oldest: 2, heartbeat: { interval: 100, timeout: 100, timeToLive: 100 } },
      join(greeting2(6), message("a", "b"), longFrame("c"), message(pattern(300))),
    );
    assertEquals(end.messages.length, 3);
    assertFrames(end.messages[0]!, ["a", "b"]);
    assertFrames(end.messages[1]!, ["c"]);
    assertBytes(end.messages[2]![0]!, pattern(300));
    end.output();
    // No PING, so no deadline.
    assertEquals(end.engine.deadline(), undefined);
    for (const now of [1000, 10_000]) end.engine.tick(now);
    assertEquals(end.engine.talks, false);
    assertEquals(end.failures, []);
    assertBytes(sent(end, [[octets("d"), octets("e")]]), message("d", "e"));
  });

  it("a publisher hears its subscriptions as messages 01 and 00, and a subscriber says them so (DG-6, DG-12)", () => {
    const { end } = heard({ type: "XPUB", oldest: 2 }, join(greeting2(2), message("\x01a"), message("\0a")));
    assertFrames(end.messages[0]!, ["\x01a"]);
    assertFrames(end.messages[1]!, ["\0a"]);
    assertEquals(heard({ type: "SUB", oldest: 2 }, greeting2(1)).end.peer!.subscribeCommands, false);
  });

  it("a frame with the COMMAND bit or a reserved one ends it (DG-6)", () => {
    for (
      const wire of [command("PING", "\0\0"), command("SUBSCRIBE", "a"), frame("", 4), frame("a", 8), [
        0x84,
        0,
      ]]
    ) {
      const { end } = heard({ type: "PUB", oldest: 2 }, join(greeting2(2), wire));
      assertEquals(end.failures.length, 1);
      assertEquals(end.messages, []);
    }
  });

  it("identities of 0, 1, 253, 254 and 255 octets come and go (V-14, DG-4)", () => {
    for (const identity of IDENTITIES) {
      const { end, said } = heard(
        { type: "ROUTER", identity, oldest: 2 },
        join(greeting2(5, identity), message("x")),
      );
      assertBytes(end.peer!.routingId, identity);
      assertFrames(end.messages[0]!, ["x"]);
      assertBytes(said, join(signature(), [3, 6, 0, identity.length], identity));
    }
  });

  it("an identity that begins with 0, or is no short final frame, is refused (DG-13)", () => {
    const wires = [frame("\0a"), longFrame("a"), frame("a", 1), frame("a", 4), frame("a", 0x80)];
    for (const wire of wires) {
      const { end } = heard({ type: "ROUTER", oldest: 2 }, join(signature(), [1, 5], wire, message("x")));
      assertEquals(end.failures.length, 1);
      assertEquals([end.readies, end.messages.length], [0, 0]);
    }
  });

  it("tells and says the same whatever the pieces (GR-7)", () => {
    const wire = join(greeting2(5, "you"), message("a", "bc"), message(pattern(300)));
    const whole = heard({ type: "ROUTER", identity: octets("me"), oldest: 2 }, wire);
    for (let length = 1; length < wire.length; length++) {
      const cut = heard({ type: "ROUTER", identity: octets("me"), oldest: 2 }, wire, length);
      assertEquals(show(cut.end), show(whole.end), `pieces of ${length}`);
      assertBytes(cut.said, whole.said);
    }
  });

  it("is bound by handshakeInterval until its identity is whole, and never again (DG-1)", () => {
    const wire = greeting2(5, "you");
    for (let length = 0; length <= wire.length; length++) {
      const end = new End({ type: "ROUTER", handshakeInterval: 100, oldest: 2 });
      end.hear(wire.subarray(0, length), 50);
      const whole = length === wire.length;
      assertEquals(end.engine.deadline(), whole ? undefined : 100);
      end.engine.tick(100);
      assertEquals(end.failure, whole ? undefined : "ERR_ZMTP_HANDSHAKE_TIMEOUT");
    }
  });
});

describe("ZMTP 1.0 peers (RFC 13)", () => {
  it("we send ten octets, with the length of our identity and one for the flags in the padding (DG-8, GR-3)", () => {
    for (const identity of IDENTITIES) {
      const end = new End({ type: "DEALER", identity, oldest: 1 });
      assertBytes(end.output(), signature(identity.length + 1));
    }
    assertBytes(
      new End({ type: "DEALER", identity: octets("me"), oldest: 2 }).output(),
      join(signature(), [3]),
    );
  });

  it("a first octet but FF, or an even tenth one, is a 1.0 peer's (DG-7, GR-4)", () => {
    for (const wire of [[1, 0], [1, 0x7e], v1("me"), v1Long(""), v1Long("me"), v1Long("me", 0x7e)]) {
      const { end } = heard({ type: "DEALER", oldest: 1 }, join(wire));
      assertEquals(end.readies, 1);
      assertEquals(end.peer!.socketType, "");
    }
    assertEquals(
      heard({ type: "DEALER", oldest: 1 }, join([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7d])).end.failure,
      "ERR_ZMTP_UNSPECIFIED",
    );
  });

  it("nothing more than our identity's octets goes to it before messages (DG-8)", () => {
    for (const identity of IDENTITIES) {
      const { said, end } = heard({ type: "DEALER", identity, oldest: 1 }, join([1, 0]));
      assertBytes(said, join(signature(identity.length + 1), identity));
      // What the peer reads is one long frame of its own framing, whose flags are none of its business.
      assertBytes(said, v1Long(identity, 0x7f));
      assertEquals(end.engine.talks, false);
    }
  });

  it("a newer peer gets the eleventh octet behind its signature, and all the rest as ever (GR-7)", () => {
    const end = new End({ type: "DEALER", identity: octets("me"), oldest: 1 });
    assertBytes(end.output(), signature(3));
    end.hear(signature());
    assertBytes(end.output(), [3]);
    end.hear(Uint8Array.of(1));
    assertBytes(end.output(), join([5, 0, 2], octets("me")));
    const newest = new End({ type: "DEALER", identity: octets("me"), oldest: 1 });
    newest.output();
    newest.hear(signature());
    newest.hear(Uint8Array.of(3));
    assertBytes(newest.output(), join([3, 1], octets("NULL"), new Uint8Array(48)));
  });

  it("identities of 0, 1, 253, 254 and 255 octets, and their flags are not looked at (V-14, DG-11, DG-13)", () => {
    for (const identity of IDENTITIES) {
      for (const header of [v1, v1Long]) {
        for (const flags of [0, 0x7e, 0x80]) {
          const { end } = heard({ type: "ROUTER", oldest: 1 }, join(header(identity, flags), v1("x")));
          assertBytes(end.peer!.routingId, identity);
          assertFrames(end.messages[0]!, ["x"]);
        }
      }
    }
    // Only in a short header may the lowest bit be set: in the long one it would make a signature.
    assertEquals(heard({ type: "ROUTER", oldest: 1 }, v1("me", 0xff)).end.readies, 1);
  });

  it("longer identities, and those that begin with 0, are refused before they are there (DG-13, H-15)", () => {
    const wires = [
      v1Long(pattern(256, 1)),
      join([0xff], size(257n), [0]),
      join([0xff], size(2n ** 63n), [0]),
      join([0xff], size(2n ** 64n - 1n), [0xfe]),
      v1("\0a"),
      [3, 0, 0],
    ];
    for (const wire of wires) {
      const { end } = heard({ type: "ROUTER", oldest: 1 }, join(wire));
      assertEquals(end.failure, "ERR_ZMTP_INVALID_METADATA");
      assertEquals(end.readies, 0);
    }
  });

  it("a length of 0 ends it, where RFC 13 would discard the frame: so does libzmq (DG-10)", () => {
    for (
      const wire of [[0], [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0], join([1, 0, 0xff], size(0n), [0])]
    ) {
      assertEquals(heard({ type: "ROUTER", oldest: 1 }, join(wire)).end.failure, "ERR_ZMTP_UNSPECIFIED");
    }
  });

  it("frames are read in either form, with MORE and whatever else is in their flags (DG-9)", () => {
    const bodies = [0, 1, 252, 253, 254, 255, 256, 70_000].map((length) => pattern(length, 9));
    const wire = bodies.flatMap((body) => [v1(body, 0x7f), v1Long(body, 1), v1(body, 0x7e)]);
    const { end } = heard({ type: "DEALER", oldest: 1 }, join([1, 0], ...wire));
    assertEquals(end.failures, []);
    assertEquals(end.messages.length, bodies.length);
    end.messages.forEach((parts, i) => {
      assertEquals(parts.length, 3);
      for (const part of parts) assertBytes(part, bodies[i]!);
    });
  });

  it("frames are written short up to a length of 254, long from 255 on (DG-9)", () => {
    const { end } = heard({ type: "DEALER", oldest: 1 }, join([1, 0]));
    const bodies = [0, 1, 252, 253, 254, 255, 256, 16_384, 16_385, 70_000].map((length) =>
      pattern(length, 9)
    );
    assertBytes(sent(end, bodies.map((body) => [body])), join(...bodies.map((body) => v1(body))));
    assertBytes(sent(end, [bodies]), v1Message(...bodies));
    const [short, long] = [pattern(253), pattern(254)];
    assertBytes(sent(end, [[short]]).subarray(0, 2), [0xfe, 0]);
    assertBytes(sent(end, [[long]]).subarray(0, 10), [0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0]);
  });

  it("commands are left out: a 1.0 subscriber sends nothing (DG-12)", () => {
    const { end } = heard({ type: "SUB", oldest: 1 }, join([1, 0]));
    // Subscriptions go as commands, and those to nowhere.
    assertEquals(end.peer!.subscribeCommands, true);
    assertEquals(end.engine.seal([join(command("SUBSCRIBE", "a"), command("CANCEL", "b"))]), []);
    const mixed = join(message("x"), command("JOIN", "a"), message("y"));
    assertBytes(join(...end.engine.seal([mixed])), join(v1("x"), v1("y")));
  });

  it("a publisher sends it everything (DG-12)", () => {
    for (const type of ["PUB", "XPUB"] as const) {
      const { end } = heard({ type, oldest: 1 }, join([1, 0]));
      assertEquals(end.messages.length, 1);
      assertBytes(end.messages[0]![0]!, [1]);
    }
    assertEquals(heard({ type: "PUSH", oldest: 1 }, join([1, 0])).end.messages, []);
  });

  it("revision 0 has a socket type and 1.0's framing, as in libzmq's code (DG-3)", () => {
    const wire = join(signature(4), [0, 5], v1("you"), v1Message("a", "b"));
    for (let length = 1; length <= wire.length; length++) {
      const { end, said } = heard({ type: "ROUTER", identity: octets("me"), oldest: 1 }, wire, length);
      assertEquals(end.failures, []);
      assertEquals(end.peer!.socketType, "DEALER");
      assertBytes(end.peer!.routingId, octets("you"));
      assertFrames(end.messages[0]!, ["a", "b"]);
      assertBytes(said, join(signature(3), [3, 6], v1("me")));
    }
    assertEquals(
      heard({ type: "ROUTER", oldest: 1 }, join(signature(), [0, 8])).end.failure,
      "ERR_ZMTP_INVALID_METADATA",
    );
  });

  it("tells and says the same whatever the two pieces, and octet by octet (V-08)", () => {
    const large = pattern(9000, 5);
    const wire = join(v1(IDENTITIES[3]!), v1Message("a", "", large), v1Message(large), v1Long("b"));
    const options = { type: "ROUTER", identity: octets("me"), oldest: 1 } as const;
    const whole = heard(options, wire);
    assertEquals(whole.end.messages.map((parts) => parts.length), [3, 1, 1]);
    for (let at = 1; at < wire.length; at += at < 600 ? 1 : 97) {
      const end = new End(options);
      end.hear(wire.subarray(0, at));
      end.hear(wire.subarray(at));
      assertEquals(show(end), show(whole.end), `cut at ${at}`);
    }
    assertEquals(show(heard(options, wire, 1).end), show(whole.end));
    assertBytes(heard(options, wire, 1).said, whole.said);
  });

  it("two messages above 8192 octets, then a broken one, end the connection and no more (V-08)", () => {
    const large = pattern(9000, 5);
    const wire = join([1, 0], v1(large), v1(large), [0xff], size(2n ** 64n - 1n), [0], pattern(9000));
    const { end } = heard({ type: "PULL", oldest: 1 }, wire, 1000);
    assertEquals(end.messages.length, 2);
    assertEquals(end.failure, "ERR_ZMTP_MESSAGE_TOO_LONG");
  });

  it("a size with its top bit set, or above 2^48, is refused at its header, limit or none (V-19, V-23)", () => {
    const telnet = [0xff, 0xfb, 0x18, 0xff, 0xfb, 0x1f, 0xff, 0xfb, 0x20, 0xff];
    for (
      const header of [
        telnet,
        [...new Uint8Array(8).fill(0xff), 0xe2, 0xaa],
        join([0xff], size(2n ** 48n + 1n), [0]),
      ]
    ) {
      const { end } = heard({ type: "PULL", oldest: 1 }, join([1, 0], v1("a"), header, pattern(5000)));
      assertEquals(end.failure, "ERR_ZMTP_MESSAGE_TOO_LONG");
      assertEquals(end.messages.length, 1);
    }
    // The same as its first octets: an identity of that length (odd tenth octet: a bad signature).
    for (const header of [telnet, [...new Uint8Array(8).fill(0xff), 0xe2, 0xaa]]) {
      const { end } = heard({ type: "PULL", oldest: 1 }, join(header, pattern(5000)));
      assertEquals(end.failures.length, 1);
      assertEquals(end.readies, 0);
    }
  });

  it("the limits are those of every peer, counted without the flags", () => {
    const limits = { frame: 10, message: 12, parts: 2 };
    const outcome = (...wire: Uint8Array[]) => {
      const { end } = heard({ type: "PULL", oldest: 1, limits }, join([1, 0], ...wire));
      return end.failure ?? end.messages.length;
    };
    assertEquals(outcome(v1(pattern(10))), 1);
    assertEquals(outcome(v1(pattern(11))), "ERR_ZMTP_MESSAGE_TOO_LONG");
    assertEquals(outcome(v1Long(pattern(11))), "ERR_ZMTP_MESSAGE_TOO_LONG");
    assertEquals(outcome(v1Message(pattern(6), pattern(6))), 1);
    assertEquals(outcome(v1Message(pattern(6), pattern(7))), "ERR_ZMTP_MESSAGE_TOO_LONG");
    assertEquals(outcome(v1Message("a", "b", "c")), "ERR_ZMTP_MESSAGE_TOO_LONG");
  });

  it("a host without room stalls it, and what is wrong behind is told when all before was taken", () => {
    const end = new End({ type: "PULL", oldest: 1 });
    let room = 1;
    end.room = () => --room > 0;
    end.hear(join([1, 0], v1("a"), v1("b"), v1("c"), [0]));
    assertEquals([end.messages.length, end.engine.stalled, end.failure], [1, true, undefined]);
    end.hear(join(v1("never")));
    room = 1;
    end.engine.resume();
    assertEquals([end.messages.length, end.failure], [2, undefined]);
    room = 100;
    end.engine.resume();
    assertEquals([end.messages.length, end.failure], [3, "ERR_ZMTP_UNSPECIFIED"]);
  });

  it("a large body is read to where it belongs", () => {
    const { end } = heard({ type: "PULL", oldest: 1 }, join([1, 0]));
    const body = pattern(50_000, 2);
    const wire = join(v1(body), v1("behind"));
    end.hear(wire.subarray(0, 100));
    let at = 100;
    for (;;) {
      const place = end.engine.target();
      if (place === undefined) break;
      const length = Math.min(place.length, 7000);
      place.set(wire.subarray(at, at + length));
      end.engine.filled(length, 0);
      at += length;
    }
    assert(at > 40_000, "nothing was read straight");
    end.hear(wire.subarray(at));
    assertBytes(end.messages[0]![0]!, body);
    assertFrames(end.messages[1]!, ["behind"]);
  });

  it("is bound by handshakeInterval until its identity is whole, and never again (H-15)", () => {
    const wire = v1("you");
    for (let length = 0; length <= wire.length; length++) {
      const end = new End({ type: "ROUTER", handshakeInterval: 100, oldest: 1 });
      end.hear(wire.subarray(0, length), 50);
      end.engine.tick(100);
      assertEquals(end.failure, length < wire.length ? "ERR_ZMTP_HANDSHAKE_TIMEOUT" : undefined);
      assertEquals(end.engine.deadline(), undefined);
    }
  });
});

describe("Older peers where they are not served", () => {
  const wires: readonly (readonly [string, Uint8Array, 1 | 2])[] = [
    ["2.0", join(greeting2(8), message("never")), 2],
    ["revision 0", join(signature(), [0, 8], v1(""), v1("never")), 1],
    ["1.0", join([1, 0], v1("never")), 1],
    ["1.0 with a long identity", join(v1Long("me"), v1("never")), 1],
  ];

  it("a mechanism but NULL closes them at once, and delivers nothing (DG-2, DG-14, SO-7, V-01, V-02, X-08)", () => {
    const mechanism = {
      name: "PLAIN",
      make: (properties: ConstructorParameters<typeof PlainServer>[0]) => new PlainServer(properties),
    };
    for (const [name, wire] of wires) {
      for (const oldest of [1, 2] as const) {
        const { end, said } = heard({ type: "PULL", mechanism, oldest }, wire, 1);
        assertEquals(end.failure, "ERR_ZMTP_VERSION_UNSUPPORTED", name);
        assertEquals([end.readies, end.messages.length], [0, 0]);
        assertBytes(said, join(signature(), [3]));
      }
    }
  });

  it("a domain of the authentication handler does as much (DG-2, DG-14)", () => {
    assertEquals(olderPeers("PULL", octets(""), { mechanism: "NULL", zapDomain: "global" }, true), undefined);
    assertEquals(olderPeers("PULL", octets(""), { mechanism: "NULL", zapDomain: "" }, true), {
      oldest: 1,
      socketType: 7,
      identity: octets(""),
    });
  });

  it("1.0 is closed at the octet that shows it, unless it is asked for (GR-14, GR-18, X-04, X-05, H-15)", () => {
    for (const [name, wire, oldest] of wires) {
      if (oldest === 2) continue;
      const { end, said } = heard({ type: "PULL", oldest: 2 }, wire, 1);
      assertEquals(end.failure, "ERR_ZMTP_VERSION_UNSUPPORTED", name);
      assertBytes(said, join(signature(), [3]));
    }
    for (
      const text of [
        "GET / HTTP/1.1\r\n\r\n",
        "SSH-2.0-x\r\n",
        "*1\r\n$4\r\nPING\r\n",
        "\x16\x03\x01",
        "\0\0",
      ]
    ) {
      const { end } = heard({ type: "PULL", oldest: 2 }, octets(text).subarray(0, 1));
      assertEquals(end.failure, "ERR_ZMTP_VERSION_UNSUPPORTED", text);
    }
  });
});
