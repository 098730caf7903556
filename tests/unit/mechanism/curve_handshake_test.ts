import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ProtocolErrorCode } from "../../../src/base/errors.ts";
import { CurveClient } from "../../../src/mechanism/curve_client.ts";
import { CurveServer } from "../../../src/mechanism/curve_server.ts";
import type { Mechanism } from "../../../src/mechanism/mechanism.ts";
import { assertBytes } from "../../support/bytes.ts";
import { dice, pairOf } from "../../support/curve_by_hand.ts";
import { assertRefused, hear, say } from "../../support/mechanisms.ts";
import { join, octets, property } from "../../support/transcript.ts";
import { INPUT, TRANSCRIPT } from "../../vectors/curve/transcript.ts";

const UNEXPECTED = "ERR_ZMTP_UNEXPECTED_COMMAND";
const CRYPTOGRAPHIC = "ERR_ZMTP_CRYPTOGRAPHIC";

const keys = dice(2);
const C = pairOf(keys(32));
const S = pairOf(keys(32));
type Properties = readonly (readonly [string, Uint8Array])[];
const DEALER: Properties = [["Socket-Type", octets("DEALER")], ["Identity", octets("me")]];
const ROUTER: Properties = [["Socket-Type", octets("ROUTER")]];

/** What one side is made with, if not with the usual. */
interface Setting {
  readonly seed?: number;
  readonly random?: (length: number) => Uint8Array;
  readonly properties?: Properties;
}

function client({ seed = 3, random = dice(seed), properties = DEALER }: Setting = {}): CurveClient {
  return new CurveClient({ ...C, serverKey: S.publicKey }, properties, random);
}

function server(
  { seed = 4, random = dice(seed), properties = ROUTER }: Setting = {},
  asks = false,
): CurveServer {
  return new CurveServer({ secretKey: S.secretKey }, properties, random, asks);
}

/** The four commands of one handshake, as they were. */
function recorded(seed: number): { readonly [name: string]: Uint8Array } {
  const [c, s] = [client({ seed }), server({ seed: seed + 100 })];
  const HELLO = say(c);
  hear(s, HELLO);
  const WELCOME = say(s);
  hear(c, WELCOME);
  const INITIATE = say(c);
  hear(s, INITIATE);
  const READY = say(s);
  hear(c, READY);
  return { HELLO, WELCOME, INITIATE, READY };
}

/** The same two, as far as they are when the command is due; they say the same each time. */
function until(
  due: "HELLO" | "WELCOME" | "INITIATE" | "READY",
  seed = 3,
): { c: CurveClient; s: CurveServer } {
  const [c, s] = [client({ seed }), server({ seed: seed + 100 })];
  const commands = ["HELLO", "WELCOME", "INITIATE", "READY"];
  for (let i = 0; i < commands.indexOf(due); i++) {
    if (i % 2 === 0) hear(s, say(c));
    else hear(c, say(s));
  }
  return { c, s };
}

/** Who has to hear a command. */
function hearer(due: "HELLO" | "WELCOME" | "INITIATE" | "READY"): Mechanism {
  const sides = until(due);
  if (due === "HELLO" || due === "INITIATE") {
    // What the client says is made before, so that it is the one of the record.
    say(sides.c);
    return sides.s;
  }
  say(sides.s);
  return sides.c;
}

describe("CURVE: the handshake (RFC 25, RFC 26)", () => {
  it("is HELLO, WELCOME, INITIATE, READY, each in its turn, and then both sides are content", () => {
    const [c, s] = [client(), server()];
    assertEquals([c.name, s.name], ["CURVE", "CURVE"]);
    assertEquals([c.refuses, s.refuses], [false, true]);
    assertEquals(s.nextCommand(), undefined);
    const hello = say(c);
    assertEquals(hello.length, 200);
    assertBytes(hello.subarray(0, 80), join(octets("\x05HELLO\x01\0"), new Uint8Array(72)));
    assertBytes(hello.subarray(112, 120), [0, 0, 0, 0, 0, 0, 0, 1]);
    assertEquals(c.nextCommand(), undefined);
    hear(s, hello);
    const welcome = say(s);
    assertEquals(welcome.length, 168);
    assertEquals(s.nextCommand(), undefined);
    hear(c, welcome);
    const initiate = say(c);
    assertBytes(initiate.subarray(105, 113), [0, 0, 0, 0, 0, 0, 0, 2]);
    assertEquals(c.nextCommand(), undefined);
    assertEquals(s.peer, undefined);
    hear(s, initiate);
    assertBytes(s.peer!.get("socket-type")!, "DEALER");
    assertBytes(s.peer!.get("identity")!, "me");
    assertEquals([s.done, s.traffic], [false, undefined]);
    assertEquals(s.inquiry(), undefined);
    const ready = say(s);
    assertEquals(ready.length, 30 + property("Socket-Type", "ROUTER").length);
    assertEquals(s.done, true);
    assertEquals([c.done, c.peer, c.traffic], [false, undefined, undefined]);
    hear(c, ready);
    assertBytes(c.peer!.get("socket-type")!, "ROUTER");
    assertEquals(c.done, true);
    assertEquals([c.nextCommand(), s.nextCommand()], [undefined, undefined]);
    assertEquals(exchanged(c, s, "up"), "up");
    assertEquals(exchanged(s, c, "down"), "down");
  });

  it("says octet for octet what an independent library makes of the same keys and dice", () => {
    const c = new CurveClient(INPUT.client, INPUT.clientProperties, scripted(INPUT.clientRandom));
    const s = new CurveServer(INPUT.server, INPUT.serverProperties, scripted(INPUT.serverRandom), false);
    const said: Uint8Array[] = [];
    for (const [from, to] of [[c, s], [s, c], [c, s], [s, c]] as const) {
      said.push(say(from));
      hear(to, said.at(-1)!);
    }
    assertBytes(said[0]!, TRANSCRIPT.hello);
    assertBytes(said[1]!, TRANSCRIPT.welcome);
    assertBytes(said[2]!, TRANSCRIPT.initiate);
    assertBytes(said[3]!, TRANSCRIPT.ready);
    assertBytes(sealed(c, INPUT.clientMessage), TRANSCRIPT.clientMessage);
    assertBytes(sealed(s, INPUT.serverMessage), TRANSCRIPT.serverMessage);
  });

  it("counts messages on from INITIATE and READY", () => {
    const { c, s } = until("READY");
    hear(c, say(s));
    assertBytes(sealed(c, octets("x")).subarray(8, 16), [0, 0, 0, 0, 0, 0, 0, 3]);
    assertBytes(sealed(s, octets("x")).subarray(8, 16), [0, 0, 0, 0, 0, 0, 0, 2]);
  });

  it("is as long as RFC 26 says at the least, without any metadata", () => {
    const [c, s] = [client({ properties: [] }), server({ properties: [] })];
    hear(s, say(c));
    hear(c, say(s));
    const initiate = say(c);
    assertEquals(initiate.length, 257);
    hear(s, initiate);
    const ready = say(s);
    assertEquals(ready.length, 30);
    hear(c, ready);
    assertEquals([c.peer!.size, s.peer!.size], [0, 0]);
  });

  it("carries 64 KiB of metadata both ways", () => {
    const much: Properties = [["X-Much", new Uint8Array(65_536).fill(1)]];
    const [c, s] = [client({ properties: much }), server({ properties: much })];
    for (const [from, to] of [[c, s], [s, c], [c, s], [s, c]] as const) hear(to, say(from));
    assertEquals([c.peer!.get("x-much")!.length, s.peer!.get("x-much")!.length], [65_536, 65_536]);
  });

  it("is new in every key, cookie and nonce each time", () => {
    const said = [recorded(10), recorded(11)];
    for (const [name, from, to] of [["HELLO", 80, 112], ["WELCOME", 8, 24], ["INITIATE", 9, 105]] as const) {
      assertNotEquals(said[0]![name]!.slice(from, to), said[1]![name]!.slice(from, to), name);
    }
  });

  it("works with the server's public key given or not", () => {
    const c = client();
    const s = new CurveServer(S, ROUTER, dice(4), false);
    for (const [from, to] of [[c, s], [s, c], [c, s], [s, c]] as const) hear(to, say(from));
    assert(c.done && s.done);
  });
});

describe("CURVE: the authentication handler (RFC 27)", () => {
  it("is asked for C once it is proved, once, and READY waits for its word", () => {
    const [c, s] = [client(), server({}, true)];
    s.authenticated();
    hear(s, say(c));
    assertEquals(s.inquiry(), undefined);
    hear(c, say(s));
    hear(s, say(c));
    assertBytes(s.peer!.get("socket-type")!, "DEALER");
    assertEquals(s.nextCommand(), undefined);
    s.authenticated();
    assertEquals(s.nextCommand(), undefined, "a word before the question");
    const { mechanism, credentials } = s.inquiry()!;
    assertEquals([mechanism, credentials.length], ["CURVE", 1]);
    assertBytes(credentials[0]!, C.publicKey);
    assertEquals(s.inquiry(), undefined);
    assertEquals([s.nextCommand(), s.done], [undefined, false]);
    s.authenticated();
    hear(c, say(s));
    assert(c.done && s.done);
    assertEquals(exchanged(c, s, "in"), "in");
  });

  it("opens no door by a word that comes after the end", () => {
    const [c, s] = [client(), server({}, true)];
    hear(s, say(c));
    hear(c, say(s));
    hear(s, say(c));
    s.inquiry();
    s.end();
    s.authenticated();
    assertEquals([s.nextCommand(), s.done, s.peer, s.traffic], [undefined, false, undefined, undefined]);
  });
});

describe("CURVE: order", () => {
  const said = recorded(3);
  const others = ["MESSAGE", "ERROR", "PING", "hello", "HELLO ", "INITIATE2"];

  for (const due of ["HELLO", "WELCOME", "INITIATE", "READY"] as const) {
    it(`nothing but ${due} is heard when it is due`, () => {
      for (const [name, body] of Object.entries(said)) {
        if (name !== due) assertRefused(hearer(due), body, UNEXPECTED, name);
      }
      for (const name of others) {
        assertRefused(hearer(due), join([name.length], octets(name), new Uint8Array(200)), UNEXPECTED, name);
      }
    });
  }

  it("nothing is heard while it is our turn", () => {
    for (const body of Object.values(said)) {
      assertRefused(client(), body, UNEXPECTED);
      const { s } = until("WELCOME");
      assertRefused(s, body, UNEXPECTED);
      const { c } = until("INITIATE");
      assertRefused(c, body, UNEXPECTED);
      const asked = server({ seed: 103 }, true);
      const other = client();
      hear(asked, say(other));
      hear(other, say(asked));
      hear(asked, say(other));
      assertRefused(asked, body, UNEXPECTED, "the handler was asked");
    }
  });

  it("nothing of the handshake is heard after it, and what was agreed stays", () => {
    const { c, s } = until("READY");
    hear(c, say(s));
    for (const side of [c, s]) {
      for (const body of Object.values(said)) {
        let refused = "";
        try {
          hear(side, body);
        } catch (error) {
          refused = (error as { code: string }).code;
        }
        assertEquals(refused, UNEXPECTED);
      }
      side.end();
      assert(side.done && side.peer !== undefined);
    }
    assertEquals(exchanged(c, s, "still"), "still");
  });

  it("nothing is said or heard after a refusal, or after the end", () => {
    for (const due of ["HELLO", "WELCOME", "INITIATE", "READY"] as const) {
      const refusing = hearer(due);
      const changed = said[due]!.slice();
      changed[changed.length - 1]! ^= 1;
      assertRefused(refusing, changed, CRYPTOGRAPHIC, due);
      assertEquals(refusing.nextCommand(), undefined);
      assertRefused(refusing, said[due]!, UNEXPECTED, `${due} after it`);
      const ended = hearer(due);
      ended.end!();
      assertEquals(ended.nextCommand(), undefined);
      assertRefused(ended, said[due]!, UNEXPECTED, `${due} after the end`);
    }
  });

  it("two servers say nothing, two clients refuse each other", () => {
    assertEquals([server().nextCommand(), server().nextCommand()], [undefined, undefined]);
    const one = client();
    say(one);
    assertRefused(one, said.HELLO!, UNEXPECTED);
  });
});

describe("CURVE: tampering", () => {
  const said = recorded(3);

  for (const due of ["HELLO", "WELCOME", "INITIATE", "READY"] as const) {
    it(`${due} is refused with any single octet changed`, () => {
      const body = said[due]!;
      for (let i = 0; i < body.length; i++) {
        const changed = body.slice();
        // Never the top bit, which X25519 ignores: see below.
        changed[i]! ^= 1 << (i % 7);
        const side = hearer(due);
        assertRefused(side, changed, undefined, `${due}, octet ${i}`);
        assertEquals(side.nextCommand(), undefined, `${due}, octet ${i}`);
      }
      hear(hearer(due), body);
    });
  }

  it("C' changed in the bit that X25519 ignores does not get past the vouch", () => {
    const { c, s } = until("HELLO");
    const hello = say(c);
    hello[111]! ^= 0x80;
    hear(s, hello);
    hear(c, say(s));
    assertRefused(s, say(c), "ERR_ZMTP_KEY_EXCHANGE");
  });

  const sizes: readonly (readonly ["HELLO" | "WELCOME" | "INITIATE" | "READY", number, ProtocolErrorCode])[] =
    [
      ["HELLO", 0, "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
      ["HELLO", 199, "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
      ["HELLO", 201, "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
      ["HELLO", 65_536, "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
      ["WELCOME", 0, "ERR_ZMTP_MALFORMED_COMMAND_WELCOME"],
      ["WELCOME", 167, "ERR_ZMTP_MALFORMED_COMMAND_WELCOME"],
      ["WELCOME", 169, "ERR_ZMTP_MALFORMED_COMMAND_WELCOME"],
      ["INITIATE", 0, "ERR_ZMTP_MALFORMED_COMMAND_INITIATE"],
      ["INITIATE", 256, "ERR_ZMTP_MALFORMED_COMMAND_INITIATE"],
      ["INITIATE", 257, CRYPTOGRAPHIC],
      ["INITIATE", -1, CRYPTOGRAPHIC],
      ["INITIATE", 65_536, CRYPTOGRAPHIC],
      ["READY", 0, "ERR_ZMTP_MALFORMED_COMMAND_READY"],
      ["READY", 29, "ERR_ZMTP_MALFORMED_COMMAND_READY"],
      ["READY", 30, CRYPTOGRAPHIC],
      ["READY", -1, CRYPTOGRAPHIC],
      ["READY", 65_536, CRYPTOGRAPHIC],
    ];
  for (const [due, size, code] of sizes) {
    it(`${due} of ${size === -1 ? "an octet less than it was" : `${size || "no data's"} octets`} is refused`, () => {
      const whole = said[due]!;
      const length = size === -1 ? whole.length - 1 : size || 1 + due.length;
      const body = new Uint8Array(length);
      body.set(whole.subarray(0, length));
      assertRefused(hearer(due), body, code);
    });
  }

  it("an octet more is refused in each command", () => {
    for (const due of ["HELLO", "WELCOME", "INITIATE", "READY"] as const) {
      assertRefused(hearer(due), join(said[due]!, [0]), undefined, due);
    }
  });
});

describe("CURVE: replay", () => {
  const said = recorded(3);

  it("a recorded session does not get past INITIATE: the key of its cookie is gone", () => {
    const s = server({ seed: 77 });
    hear(s, said.HELLO!);
    say(s);
    assertRefused(s, said.INITIATE!, CRYPTOGRAPHIC);
  });

  it("what a server said to one connection is refused by another", () => {
    const c = client({ seed: 78 });
    say(c);
    assertRefused(c, said.WELCOME!, CRYPTOGRAPHIC);
    const other = client({ seed: 79 });
    const s = server();
    hear(s, say(other));
    hear(other, say(s));
    say(other);
    assertRefused(other, said.READY!, CRYPTOGRAPHIC);
  });

  it("the cookie of another connection is refused, though all else is in order", () => {
    const { c, s } = until("INITIATE");
    const initiate = say(c);
    initiate.set(said.INITIATE!.subarray(9, 105), 9);
    hear(s, initiate);
    const second = until("INITIATE");
    const theirs = say(second.c);
    theirs.set(recorded(5).INITIATE!.subarray(9, 105), 9);
    assertRefused(second.s, theirs, CRYPTOGRAPHIC);
  });
});

describe("CURVE: what is kept of secrets", () => {
  /** Dice that remember what they gave away, in the memory that they gave. */
  function watched(seed: number): { random: (length: number) => Uint8Array; given: Uint8Array[] } {
    const given: Uint8Array[] = [];
    const throws = dice(seed);
    const random = (length: number) => {
      const octets = throws(length);
      given.push(octets);
      return octets;
    };
    return { random, given };
  }
  const zero = (octets: Uint8Array) => octets.every((octet) => octet === 0);

  it("the client wipes its short-term secret as soon as it knows S'", () => {
    const { random, given } = watched(3);
    const [c, s] = [client({ random }), server()];
    hear(s, say(c));
    assertEquals(given.map((octets) => octets.length), [32]);
    assertEquals(zero(given[0]!), false);
    hear(c, say(s));
    assertEquals(zero(given[0]!), true);
  });

  it("the server keeps K alone after HELLO, and wipes it at INITIATE", () => {
    const { random, given } = watched(4);
    const [c, s] = [client(), server({ random })];
    hear(s, say(c));
    const [secret, cookieKey] = given.filter((octets) => octets.length === 32);
    assertEquals([zero(secret!), zero(cookieKey!)], [true, false]);
    hear(c, say(s));
    hear(s, say(c));
    assertEquals(zero(cookieKey!), true);
  });

  it("a handshake that ends, or is refused, wipes what it has", () => {
    for (const end of ["end", "refusal"] as const) {
      const one = watched(3);
      const c = client({ random: one.random });
      const hello = say(c);
      const two = watched(4);
      const s = server({ random: two.random });
      hear(s, hello);
      say(s);
      for (const side of [c, s]) {
        if (end === "end") side.end();
        else assertRefused(side, octets("\x04PING"), UNEXPECTED);
      }
      for (const secret of [...one.given, ...two.given].filter((octets) => octets.length === 32)) {
        assertEquals(zero(secret), true, end);
      }
    }
  });

  it("long-term keys belong to the socket and are left alone", () => {
    const before = [C.publicKey, C.secretKey, S.publicKey, S.secretKey].map((key) => key.slice());
    const { c, s } = until("READY");
    hear(c, say(s));
    c.end();
    s.end();
    assertEquals([C.publicKey, C.secretKey, S.publicKey, S.secretKey], before);
  });
});

/** What a MESSAGE of one side says at the other. */
function exchanged(from: Mechanism, to: Mechanism, text: string): string {
  const body = sealed(from, octets(text));
  assertEquals(to.traffic!.open(body), 0);
  return new TextDecoder().decode(body.subarray(33));
}

function sealed(side: Mechanism, data: Uint8Array): Uint8Array {
  const { traffic } = side;
  const body = new Uint8Array(traffic!.overhead + data.length);
  body.set(data, traffic!.overhead);
  traffic!.seal(body, 0, data.length, 0);
  return body;
}

/** Dice with given throws; fails if another length is asked for. */
function scripted(throws: readonly Uint8Array[]): (length: number) => Uint8Array {
  const left = throws.map((octets) => octets.slice());
  return (length) => {
    const next = left.shift();
    assertEquals(next?.length, length);
    return next!;
  };
}
