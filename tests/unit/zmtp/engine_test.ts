import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SOCKET_TYPES } from "../../../src/pattern/types.ts";
import type { SocketTypeName } from "../../../src/pattern/types.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { End, Link } from "../../support/link.ts";
import type { EndOptions } from "../../support/link.ts";
import { Random } from "../../support/reference.ts";
import {
  command,
  frame,
  greeting,
  join,
  longFrame,
  message,
  octets,
  pattern,
  ping,
  property,
  ready,
} from "../../support/transcript.ts";

/** An engine whose peer has made its handshake; what it said until then is dropped. */
function connected(options: EndOptions, peer: string, minor = 1): End {
  const end = new End(options);
  end.hear(join(greeting({ minor }), ready(peer)));
  end.output();
  assertEquals(end.failures, []);
  return end;
}

/** What became of an engine that heard this after a good greeting. */
function afterGreeting(wire: Uint8Array, options: EndOptions = { type: "PULL" }): End {
  const end = new End(options);
  end.hear(join(greeting(), wire));
  return end;
}

describe("ZmtpEngine: the handshake of two engines", () => {
  const names = Object.keys(SOCKET_TYPES).filter((name) => name !== "STREAM") as SocketTypeName[];

  it("is made by every pair of types that RFC 37 lets talk, and by no other", () => {
    for (const a of names) {
      for (const b of names) {
        const link = new Link({ type: a }, { type: b });
        link.settle();
        const fits = (SOCKET_TYPES[a].peers as readonly string[]).includes(b);
        assertEquals([link.a.readies, link.b.readies], fits ? [1, 1] : [0, 0], `${a} and ${b}`);
        assertEquals(link.a.engine.ready, fits);
        assertEquals(link.a.failures.length, fits ? 0 : 1, `${a} and ${b}`);
      }
    }
  });

  it("is made whatever the pieces in which the octets arrive", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const identity = random.octets(random.below(200)).map((octet) => octet | 1);
      const link = new Link(
        { type: "DEALER", identity },
        { type: "ROUTER" },
        random,
        random.pick([1, 2, 7, 100]),
      );
      link.settle();
      assertEquals([link.a.readies, link.b.readies], [1, 1], `seed ${seed}`);
      assertBytes(link.b.peer!.routingId, identity);
      assertEquals(link.b.peer!.socketType, "DEALER");
    }
  });

  it("each side says the same octets, whatever the pieces", () => {
    const expected = join(greeting(), ready("DEALER", { Identity: "me" }));
    for (let most = 1; most < 90; most++) {
      const link = new Link(
        { type: "DEALER", identity: octets("me") },
        { type: "REP" },
        new Random(most),
        most,
      );
      link.settle();
      assertBytes(link.said.a, expected, `pieces of up to ${most}`);
    }
  });
});

describe("ZmtpEngine: greeting", () => {
  it("SHALL send its signature first, without waiting for the peer", () => {
    assertBytes(new End({ type: "PULL" }).output(), greeting().slice(0, 11));
  });

  it("sends the rest when the peer's version is known, and READY when its mechanism is", () => {
    const end = new End({ type: "PULL" });
    end.output();
    end.hear(greeting().slice(0, 10));
    assertEquals(end.output().length, 0);
    end.hear(greeting().slice(10, 11));
    assertBytes(end.output(), greeting().slice(11));
    end.hear(greeting().slice(11, 63));
    assertEquals(end.output().length, 0);
    end.hear(greeting().slice(63));
    assertBytes(end.output(), ready("PULL"));
  });

  it("another mechanism closes the connection, with no READY before", () => {
    for (const mechanism of ["PLAIN", "CURVE", "null", "NULLX", "NULL\0X", "A".repeat(20), ""]) {
      const end = new End({ type: "PULL" });
      end.hear(greeting({ mechanism }));
      assertEquals(end.failure, "ERR_ZMTP_MECHANISM_MISMATCH", mechanism);
      assertBytes(end.output(), greeting());
      assertEquals(end.engine.deadline(), undefined);
    }
  });

  it("older protocols are refused", () => {
    for (
      const wire of [Uint8Array.of(1, 0), greeting({ major: 1 }), greeting({ major: 2 }), octets("GET /")]
    ) {
      const end = new End({ type: "PULL" });
      end.hear(wire);
      assertEquals(end.failure, "ERR_ZMTP_VERSION_UNSUPPORTED");
    }
  });

  it("greeting, READY and messages may come in one piece", () => {
    const end = afterGreeting(join(ready("PUSH"), message("a", "b"), message("c")));
    assertEquals(end.messages.length, 2);
    assertFrames(end.messages[0]!, ["a", "b"]);
  });

  it("a peer of 3.0 gets subscriptions as messages, one of any later version as commands", () => {
    for (
      const [major, minor, commands] of [[3, 0, false], [3, 1, true], [3, 9, true], [4, 0, true]] as const
    ) {
      const end = new End({ type: "SUB" });
      end.hear(join(greeting({ major, minor }), ready("PUB")));
      assertEquals(end.peer?.subscribeCommands, commands, `${major}.${minor}`);
    }
  });
});

describe("ZmtpEngine: READY and its metadata (RFC 37)", () => {
  const refused = (body: Uint8Array) => afterGreeting(command("READY", body)).failure;
  const type = property("Socket-Type", "PUSH");

  it("names compare without case", () => {
    for (const name of ["socket-type", "SOCKET-TYPE", "sOcKeT-tYpE"]) {
      assertEquals(afterGreeting(command("READY", property(name, "PUSH"))).readies, 1, name);
    }
    assertEquals(refused(property("socket-type", "BOGUS")), "ERR_ZMTP_INVALID_METADATA");
  });

  it("a socket type that does not fit, or none, is refused with ERROR", () => {
    for (
      const body of [
        property("Socket-Type", "PUB"),
        property("Socket-Type", "push"),
        property("X-A", "1"),
        octets(""),
      ]
    ) {
      const end = afterGreeting(command("READY", body));
      assertEquals(end.failure, "ERR_ZMTP_INVALID_METADATA");
      const said = end.output();
      const error = command("ERROR", join([19], octets("Invalid socket type")));
      assertBytes(said.slice(-error.length), error);
    }
  });

  it("properties of any name and size are accepted, and told", () => {
    const end = afterGreeting(
      command(
        "READY",
        join(type, property("X-" + "n".repeat(253), pattern(65536)), property("a.b+c_d-9", "")),
      ),
    );
    assertEquals(end.failures, []);
    assertBytes(end.peer!.metadata.get("x-" + "n".repeat(253))!, pattern(65536));
    assertEquals(end.peer!.metadata.get("a.b+c_d-9")!.length, 0);
  });

  it("of a name that comes twice the first value counts", () => {
    const end = afterGreeting(command("READY", join(type, property("socket-type", "PUB"))));
    assertEquals(end.peer?.socketType, "PUSH");
  });

  it("metadata cut off at any octet but the last is malformed", () => {
    const body = join(type, property("Identity", "me"));
    const boundary = type.length;
    for (let length = 1; length < body.length; length++) {
      if (length === boundary) continue;
      assertEquals(refused(body.slice(0, length)), "ERR_ZMTP_MALFORMED_COMMAND_READY", `${length} octets`);
    }
  });

  it("a name without octets, one with others than RFC 37 lists, and a value above 2^31-1 are malformed", () => {
    const MALFORMED = "ERR_ZMTP_MALFORMED_COMMAND_READY";
    assertEquals(refused(join(type, property("", "v"))), MALFORMED);
    for (const bad of [" ", "/", ":", "\0", "é", "="]) {
      assertEquals(refused(join(type, property(`a${bad}`, ""))), MALFORMED);
    }
    for (const length of [[0x80, 0, 0, 0], [0xff, 0xff, 0xff, 0xff]]) {
      assertEquals(refused(join(type, [1, 0x61], length)), MALFORMED);
    }
  });

  it("a READY of more than 65 KiB is refused from its header, before anybody is known", () => {
    const end = afterGreeting(longFrame(new Uint8Array(66_561), 4).slice(0, 9));
    assertEquals(end.failure, "ERR_ZMTP_MESSAGE_TOO_LONG");
  });

  it("a second READY after the handshake changes nothing", () => {
    const end = connected({ type: "PULL" }, "PUSH");
    end.hear(ready("PUB"));
    end.hear(message("still here"));
    assertEquals([end.readies, end.failures.length, end.messages.length], [1, 0, 1]);
    assertEquals(end.peer?.socketType, "PUSH");
  });
});

describe("ZmtpEngine: Identity (RFC 37)", () => {
  const identity = (value: Uint8Array, type: SocketTypeName = "ROUTER", peer = "DEALER") =>
    afterGreeting(ready(peer, { Identity: value }), { type });

  it("has 0 to 255 octets", () => {
    for (const length of [0, 1, 255]) {
      const end = identity(new Uint8Array(length).fill(1));
      assertEquals([end.failure, end.peer?.routingId.length], [undefined, length]);
    }
    assertEquals(identity(new Uint8Array(256).fill(1)).failure, "ERR_ZMTP_INVALID_METADATA");
  });

  it("SHALL NOT begin with a zero octet", () => {
    assertEquals(identity(Uint8Array.of(0)).failure, "ERR_ZMTP_INVALID_METADATA");
    assertEquals(identity(Uint8Array.of(0, 1, 2, 3, 4)).failure, "ERR_ZMTP_INVALID_METADATA");
    assertEquals(identity(Uint8Array.of(1, 0)).failure, undefined);
  });

  it("SHALL be ignored from every type but REQ, DEALER and ROUTER", () => {
    const end = identity(Uint8Array.of(0, 1), "PULL", "PUSH");
    assertEquals([end.failure, end.peer?.routingId.length], [undefined, 0]);
  });

  it("outlives the chunk that it came in", () => {
    const end = new End({ type: "ROUTER" });
    const chunk = join(greeting(), ready("DEALER", { Identity: "name" }));
    end.engine.receive(chunk, 0);
    chunk.fill(0);
    assertBytes(end.peer!.routingId, "name");
  });
});

describe("ZmtpEngine: what may not come in the handshake", () => {
  it("messages and commands other than READY and ERROR", () => {
    for (
      const wire of [message("hello"), ping(0), command("SUBSCRIBE", "a"), command("HELLO"), command("ready")]
    ) {
      const end = afterGreeting(wire);
      assertEquals(end.failure, "ERR_ZMTP_UNEXPECTED_COMMAND");
      assertEquals(end.messages.length, 0);
    }
  });

  it("READY in a message frame", () => {
    const wire = ready("PUSH");
    wire[0] = 0;
    assertEquals(afterGreeting(wire).failure, "ERR_ZMTP_UNEXPECTED_COMMAND");
  });

  it("a command without a name, or with a name longer than itself", () => {
    for (const body of [[], [0], [0, 1], [1], [200, 0x52]]) {
      const end = afterGreeting(frame(Uint8Array.from(body), 4));
      assertEquals(end.failure, "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED");
    }
  });

  it("after a failure the host is told of nothing more", () => {
    const end = afterGreeting(join(message("early"), ready("PUSH"), message("late")));
    end.hear(join(ready("PUSH"), message("later")));
    assertEquals([end.failures.length, end.readies, end.messages.length], [1, 0, 0]);
  });
});

describe("ZmtpEngine: ERROR", () => {
  const error = (body: number[] | Uint8Array) =>
    afterGreeting(command("ERROR", Uint8Array.from(body))).failures[0]!;

  it("SHALL be final: the peer would refuse us again", () => {
    const failure = error(join([2], octets("no")));
    assertEquals([failure.code, failure.final, failure.status], ["ERR_ZMTP_UNSPECIFIED", true, undefined]);
    assert(failure.message.includes('"no"'), failure.message);
  });

  it("carries the status of RFC 27 as reason", () => {
    for (const status of [300, 400, 500]) assertEquals(error(join([3], octets(`${status}`))).status, status);
    assertEquals(error(join([3], octets("200"))).status, undefined);
    assertEquals(error(join([4], octets("4000"))).status, undefined);
  });

  it("with an empty reason is an ERROR all the same", () => {
    assertEquals(error([0]).final, true);
  });

  it("without a reason, or with one longer than itself, is malformed", () => {
    for (const body of [[], [1], [5, 0x61]]) {
      const failure = error(body);
      assertEquals([failure.code, failure.final], ["ERR_ZMTP_MALFORMED_COMMAND_ERROR", false]);
    }
  });

  it("in traffic is an unknown command", () => {
    const end = connected({ type: "PULL" }, "PUSH");
    end.hear(join(command("ERROR", join([2], octets("no"))), message("a")));
    assertEquals([end.failures.length, end.messages.length], [0, 1]);
  });
});

describe("ZmtpEngine: the time for the handshake (ZMQ_HANDSHAKE_IVL)", () => {
  it("counts from the beginning to the end and is not restarted by input", () => {
    const wire = join(greeting(), ready("PUSH"));
    for (const heard of [0, 1, 11, 63, 64, 70, wire.length - 1]) {
      const end = new End({ type: "PULL", handshakeInterval: 400 }, 1000);
      for (let i = 0; i < heard; i++) end.engine.receive(wire.slice(i, i + 1), 1000 + i);
      assertEquals(end.engine.deadline(), 1400, `${heard} octets`);
      end.engine.tick(1399);
      assertEquals(end.failures, []);
      end.engine.tick(1400);
      assertEquals(end.failure, "ERR_ZMTP_HANDSHAKE_TIMEOUT", `${heard} octets`);
      assertEquals(end.engine.deadline(), undefined);
    }
  });

  it("does not run on after the handshake; 0 is no limit", () => {
    const end = connected({ type: "PULL", handshakeInterval: 400 }, "PUSH");
    assertEquals(end.engine.deadline(), undefined);
    assertEquals(new End({ type: "PULL", handshakeInterval: 0 }).engine.deadline(), undefined);
  });

  it("a READY that comes after the time is over is not heard", () => {
    const end = new End({ type: "PULL", handshakeInterval: 400 });
    end.hear(greeting());
    end.engine.tick(400);
    end.hear(join(ready("PUSH"), message("a")), 401);
    assertEquals([end.failures.length, end.readies, end.messages.length], [1, 0, 0]);
    assertEquals(end.engine.ready, false);
  });
});

describe("ZmtpEngine: PING and PONG (RFC 37, heartbeating)", () => {
  it("a PING is answered by a PONG with its context, of which no more than 16 octets come back", () => {
    for (const length of [0, 1, 15, 16, 17, 200]) {
      const end = connected({ type: "PULL" }, "PUSH");
      end.hear(ping(0, pattern(length)));
      assertBytes(end.output(), command("PONG", pattern(length).slice(0, 16)), `${length}`);
    }
  });

  it("a PING without its TTL is malformed", () => {
    for (const body of ["", "x"]) {
      const end = connected({ type: "PULL" }, "PUSH");
      end.hear(command("PING", body));
      assertEquals(end.failure, "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED");
    }
  });

  it("PINGs that came together are answered one by one, in their order", () => {
    const end = connected({ type: "PULL" }, "PUSH");
    end.hear(join(ping(0, "a"), ping(0), frame("x"), ping(0, "b")));
    assertBytes(end.output(), join(command("PONG", "a"), command("PONG"), command("PONG", "b")));
    assertEquals(end.engine.talks, false);
  });

  it("a flood of PINGs leaves the latest 64 PONGs to send", () => {
    const end = connected({ type: "PULL" }, "PUSH");
    for (let i = 0; i < 1000; i++) end.hear(ping(0, `${i}`));
    assertBytes(end.output(), join(...Array.from({ length: 64 }, (_, i) => command("PONG", `${936 + i}`))));
  });

  it("a PONG that nobody asked for is ignored, and so is a PING's in the middle of a message", () => {
    const end = connected({ type: "PULL" }, "PUSH");
    end.hear(join(command("PONG"), frame("a", 1), ping(0, "c"), command("PONG", "x"), frame("b")));
    assertEquals(end.failures, []);
    assertFrames(end.messages[0]!, ["a", "b"]);
    assertBytes(end.output(), command("PONG", "c"));
  });

  it("the PING that we send carries our TTL in tenths of a second, rounded down", () => {
    for (
      const [timeToLive, tenths] of [[0, 0], [99, 0], [100, 1], [1999, 19], [6_553_599, 65_535]] as const
    ) {
      const end = connected({ type: "PULL", heartbeat: { interval: 50, timeout: 0, timeToLive } }, "PUSH");
      assertEquals(end.engine.deadline(), 50);
      end.engine.tick(50);
      assertBytes(end.output(), ping(tenths));
    }
  });

  it("none is sent before the handshake, and peers of 3.0 get it too, as libzmq does", () => {
    const silent = new End({ type: "PULL", heartbeat: { interval: 50, timeout: 50 } });
    silent.hear(greeting());
    assertEquals(silent.engine.deadline(), undefined);
    const old = connected({ type: "PULL", heartbeat: { interval: 50 } }, "PUSH", 0);
    old.engine.tick(50);
    assertBytes(old.output(), ping(0));
  });

  it("two engines keep each other alive for as long as octets go both ways", () => {
    const heartbeat = { interval: 100, timeout: 150, timeToLive: 300 };
    const link = new Link({ type: "PUSH", heartbeat }, { type: "PULL", heartbeat }, new Random(3), 3);
    link.advance(60_000);
    assertEquals([link.a.failures, link.b.failures], [[], []]);
  });

  it("a peer that falls silent is dead after interval and timeout, and not before", () => {
    const heartbeat = { interval: 100, timeout: 150 };
    const link = new Link({ type: "PUSH", heartbeat }, { type: "PULL" });
    link.advance(1050);
    link.open.b = false;
    link.advance(1249);
    assertEquals(link.a.failures, []);
    link.advance(1300);
    assertEquals(link.a.failure, "ERR_ZMTP_HEARTBEAT_TIMEOUT");
    assertEquals(link.b.failures, []);
  });

  it("a peer that promised a TTL and falls silent is dead after it, though we send no PING", () => {
    const link = new Link({ type: "PUSH", heartbeat: { interval: 100, timeToLive: 500 } }, { type: "PULL" });
    link.advance(1050);
    link.open.a = false;
    link.advance(1499);
    assertEquals(link.b.failures, []);
    link.advance(1520);
    assertEquals(link.b.failure, "ERR_ZMTP_HEARTBEAT_TIMEOUT");
  });

  it("messages are a sign of life as good as any", () => {
    const end = connected({ type: "PULL" }, "PUSH");
    end.hear(ping(5), 0);
    for (let now = 400; now < 5000; now += 400) {
      end.engine.tick(now);
      end.hear(message("x"), now);
    }
    assertEquals(end.failures, []);
  });

  // The session reads nothing while the host is full, so silence then says nothing of the peer.
  it("a peer is not dead because our own host is full", () => {
    const end = connected({ type: "PULL", heartbeat: { interval: 100, timeout: 100 } }, "PUSH");
    end.room = () => false;
    end.hear(join(message("a"), message("b")), 90);
    assert(end.engine.stalled);
    for (let now = 100; now < 2000; now += 50) end.engine.tick(now);
    end.room = () => true;
    end.engine.resume();
    assertEquals([end.failures.length, end.messages.length], [0, 2]);
  });
});

describe("ZmtpEngine: commands in traffic", () => {
  it("SHALL be ignored when they are unknown", () => {
    const end = connected({ type: "PULL" }, "PUSH");
    end.hear(
      join(command("X"), command("subscribe", "a"), command("N".repeat(255), pattern(1000)), message("a")),
    );
    assertEquals([end.failures.length, end.messages.length], [0, 1]);
  });

  it("SUBSCRIBE and CANCEL reach publishers as messages 01 and 00", () => {
    for (const type of ["PUB", "XPUB"] as const) {
      const end = connected({ type }, "SUB");
      end.hear(join(command("SUBSCRIBE", "a"), command("CANCEL", "a"), command("SUBSCRIBE"), frame("\x01b")));
      assertEquals(end.messages.length, 4);
      [[1, 0x61], [0, 0x61], [1], [1, 0x62]].forEach((each, i) => assertFrames(end.messages[i]!, [each]));
    }
  });

  it("SUBSCRIBE and CANCEL never reach the program of any other type", () => {
    for (
      const [type, peer] of [["PULL", "PUSH"], ["DEALER", "DEALER"], ["PAIR", "PAIR"], [
        "SUB",
        "PUB",
      ]] as const
    ) {
      const end = connected({ type }, peer);
      end.hear(join(command("SUBSCRIBE", "a"), command("CANCEL", "a"), message("x")));
      assertEquals([end.messages.length, end.failures.length], [1, 0], type);
    }
  });

  it("a subscription outlives the chunk that it came in", () => {
    const end = connected({ type: "XPUB" }, "SUB");
    const chunk = command("SUBSCRIBE", "topic");
    end.engine.receive(chunk, 0);
    chunk.fill(0);
    assertFrames(end.messages[0]!, ["\x01topic"]);
  });

  it("a topic of a mebibyte still fits in a command", () => {
    const end = connected({ type: "XPUB" }, "SUB");
    end.hear(command("SUBSCRIBE", pattern(1024 * 1024)));
    assertEquals([end.failures.length, end.messages[0]?.[0]?.length], [0, 1024 * 1024 + 1]);
  });

  it("the limit of a frame refuses a message from its header", () => {
    const end = connected({ type: "PULL", limits: { frame: 1000 } }, "PUSH");
    end.hear(message(pattern(1000)));
    end.hear(message(pattern(1001)).slice(0, 9));
    assertEquals([end.messages.length, end.failure], [1, "ERR_ZMTP_MESSAGE_TOO_LONG"]);
  });
});

describe("ZmtpEngine: a host that is full", () => {
  it("stalls it, and resume goes on in order; commands behind wait too", () => {
    const end = connected({ type: "PULL" }, "PUSH");
    end.room = () => false;
    end.hear(join(message("a"), ping(0, "p"), message("b")));
    end.hear(message("c"));
    assertEquals([end.messages.length, end.engine.stalled], [1, true]);
    assertEquals(end.output().length, 0);
    end.engine.resume();
    assertEquals(end.messages.length, 2);
    assertBytes(end.output(), command("PONG", "p"));
    end.room = () => true;
    end.engine.resume();
    assertEquals(end.messages.map(([first]) => String(first)), ["a", "b", "c"]);
    assertEquals(end.engine.stalled, false);
  });
});
