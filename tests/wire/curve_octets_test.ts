/**
 * CURVE under attack at every octet (RFC 26; ): each command of the handshake and each MESSAGE, header
 * included, changed, cut, repeated, out of order, sent back or taken from another connection. For the number of
 * runs the engines are driven without sockets, one end at a time: both ends draw from the same dice in each run,
 * so what one said in the recorded dialogue is right in every other up to the step under attack. What sockets make
 * of it is in `curve_handshake_test.ts` and `curve_traffic_test.ts`.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CurveClient } from "../../src/mechanism/curve_client.ts";
import { CurveServer } from "../../src/mechanism/curve_server.ts";
import { assertFrames } from "../support/bytes.ts";
import { dice, pairOf } from "../support/curve_by_hand.ts";
import { End } from "../support/link.ts";
import { command, frame, greeting, join, message, octets, ping, ready } from "../support/transcript.ts";

const SERVER = pairOf(dice(1)(32));
const CLIENT = pairOf(dice(2)(32));
const CLIENT_KEYS = { ...CLIENT, serverKey: SERVER.publicKey };
const DEADLINE = 30_000;
/** Small, so that a length that was made larger is not waited for. */
const LIMITS = { frame: 600 };

/** The commands in their order, and who hears them. */
const STEPS = {
  "HELLO": "server",
  "WELCOME": "client",
  "INITIATE": "server",
  "READY": "client",
  "MESSAGE to the server": "server",
  "MESSAGE to the client": "client",
} as const;
type Step = keyof typeof STEPS;
type Side = "client" | "server";
const NAMES = Object.keys(STEPS) as Step[];
const HANDSHAKE = NAMES.slice(0, 4);
const TRAFFIC = NAMES.slice(4);

/** What both sides said, frame by frame; the messages of each side are "0", "1" and so on. */
interface Dialogue {
  readonly said: { readonly [step in Step]: Uint8Array };
  readonly messages: { readonly [hearer in Side]: readonly Uint8Array[] };
}

/** One end behind its greeting. `seed`: which dice both ends of its dialogue have. */
function met(side: Side, seed: number): End {
  const random = dice(seed * 2 + (side === "client" ? 0 : 1));
  const end = new End({
    type: "DEALER",
    handshakeInterval: DEADLINE,
    limits: LIMITS,
    mechanism: {
      name: "CURVE",
      make: (properties) => {
        return side === "client"
          ? new CurveClient(CLIENT_KEYS, properties, random)
          : new CurveServer(SERVER, properties, random, false);
      },
    },
  });
  end.output();
  end.hear(greeting({ mechanism: "CURVE", asServer: side === "client" ? 1 : 0 }));
  return end;
}

/** A dialogue without any attack. */
function record(seed: number): Dialogue {
  const [client, server] = [met("client", seed), met("server", seed)];
  const rest = 53;
  const hello = client.output().slice(rest);
  server.hear(hello);
  const welcome = server.output().slice(rest);
  client.hear(welcome);
  const initiate = client.output();
  server.hear(initiate);
  const curveReady = server.output();
  client.hear(curveReady);
  assertEquals([client.readies, server.readies], [1, 1]);
  const seal = (end: End) =>
    Array.from({ length: 40 }, (_, i) => join(...end.engine.seal([message(String(i))])));
  const messages = { server: seal(client), client: seal(server) };
  const said = {
    "HELLO": hello,
    "WELCOME": welcome,
    "INITIATE": initiate,
    "READY": curveReady,
    "MESSAGE to the server": messages.server[0]!,
    "MESSAGE to the client": messages.client[0]!,
  };
  return { said, messages };
}

const RECORDED = record(1);
const OTHER = record(2);

/** The end that hears this step, with all before it behind it. */
function before(step: Step, { said }: Dialogue = RECORDED, seed = 1): End {
  const side = STEPS[step];
  const end = met(side, seed);
  for (const each of NAMES.slice(0, NAMES.indexOf(step))) {
    if (STEPS[each] === side && HANDSHAKE.includes(each)) end.hear(said[each]);
  }
  end.output();
  assertEquals(end.failures, []);
  assertEquals(end.engine.ready, TRAFFIC.includes(step));
  return end;
}

/** It failed once, with a code of the protocol, delivered nothing, and hears nothing any more. */
function assertDead(end: End, what: string, delivered: readonly string[] = []): void {
  assertEquals(end.failures.length, 1, what);
  assertMatch(end.failures[0]!.code, /^ERR_ZMTP_/, what);
  assertEquals(end.engine.ready, false, what);
  const side = end.readies;
  for (const wire of [...Object.values(RECORDED.said), ...RECORDED.messages.server]) end.hear(wire);
  end.engine.tick(DEADLINE * 2);
  assertEquals([end.failures.length, end.readies], [1, side], what);
  assertEquals(end.messages.length, delivered.length, what);
  delivered.forEach((text, i) => assertFrames(end.messages[i]!, [text], what));
}

/**
 * It heard something that is none of what was due, at the latest when more has come or the time is over: a length
 * that was made larger waits for octets.
 */
function assertRefuses(end: End, step: Step, what: string): void {
  const inTraffic = TRAFFIC.includes(step);
  for (const wire of RECORDED.messages[STEPS[step]].slice(1)) {
    if (end.failures.length > 0) break;
    assertEquals([end.messages.length, end.engine.ready], [0, inTraffic], what);
    end.hear(wire);
  }
  if (!inTraffic) end.engine.tick(DEADLINE);
  assertDead(end, what);
  assertEquals(end.readies, inTraffic ? 1 : 0, what);
}

/** The frame of a body; `flags` as they were. */
function framed(wire: Uint8Array, body: Uint8Array): Uint8Array {
  return frame(body, wire[0]! & ~2);
}

function bodyOf(wire: Uint8Array): Uint8Array {
  return wire.subarray(headerOf(wire));
}

function headerOf(wire: Uint8Array): number {
  return wire[0]! & 2 ? 9 : 2;
}

describe("CURVE octet by octet", () => {
  it("the dialogue that is recorded is in order, and the same in each run", () => {
    for (const step of NAMES) {
      const end = before(step);
      end.hear(RECORDED.said[step]);
      assertEquals(end.failures, [], step);
      if (TRAFFIC.includes(step)) assertFrames(end.messages[0]!, ["0"]);
    }
    assertEquals(record(1), RECORDED);
    for (const [step, size] of [["HELLO", 200], ["WELCOME", 168]] as const) {
      assertEquals(bodyOf(RECORDED.said[step]).length, size, step);
    }
  });

  for (const step of NAMES) {
    it(`${step}: one bit of any octet of the body ends the connection (CU-2, CU-6, CU-9, CU-17, X-86)`, () => {
      const wire = RECORDED.said[step];
      for (let at = headerOf(wire); at < wire.length; at++) {
        const changed = wire.slice();
        // The highest bit of a public key says nothing (RFC 7748, section 5): that one has a test of its own.
        const bit = at % 7;
        changed[at]! ^= 1 << bit;
        const end = before(step);
        end.hear(changed);
        assertEquals(end.failures.length, 1, `octet ${at}, bit ${bit}: no failure at once`);
        assertRefuses(end, step, `octet ${at}, bit ${bit}`);
      }
    });

    it(`${step}: any bit of the header ends the connection, but COMMAND of a MESSAGE (CU-23)`, () => {
      const wire = RECORDED.said[step];
      for (let at = 0; at < headerOf(wire); at++) {
        for (let bit = 0; bit < 8; bit++) {
          const changed = wire.slice();
          changed[at]! ^= 1 << bit;
          const end = before(step);
          end.hear(changed);
          const what = `octet ${at}, bit ${bit}`;
          if (at === 0 && bit === 2 && TRAFFIC.includes(step)) {
            assertEquals(end.failures, [], what);
            assertFrames(end.messages[0]!, ["0"], what);
          } else assertRefuses(end, step, what);
        }
      }
    });

    it(`${step}: a body of any other length ends the connection at once`, () => {
      const wire = RECORDED.said[step];
      const body = bodyOf(wire);
      const bodies = [join(body, [0]), join(body, [1]), join(body, body)];
      for (let length = 0; length < body.length; length++) bodies.push(body.slice(0, length));
      for (const other of bodies) {
        const end = before(step);
        end.hear(framed(wire, other));
        assertEquals(end.failures.length, 1, `${other.length} octets: no failure at once`);
        assertRefuses(end, step, `${other.length} octets`);
      }
    });

    it(`${step}: a stream that ends anywhere in it has said nothing`, () => {
      const wire = RECORDED.said[step];
      const end = before(step);
      const readies = end.readies;
      for (let at = 0; at < wire.length; at++) {
        const state = [end.failures.length, end.messages.length, end.readies, end.output().length];
        assertEquals(state, [0, 0, readies, 0], `after ${at} octets`);
        end.hear(wire.slice(at, at + 1));
      }
      assertEquals(end.failures, []);
      const went = end.messages.length + end.readies - readies + end.output().length;
      assert(went > 0, "the last octet makes it whole");
    });
  }

  it("the highest bit of C' in HELLO, which X25519 ignores, does not survive INITIATE: the vouch names C'", () => {
    const [client, server] = [met("client", 1), met("server", 1)];
    const hello = client.output().slice(53);
    hello[2 + 6 + 74 + 31]! ^= 0x80;
    server.hear(hello);
    const welcome = server.output().slice(53);
    assertEquals(server.failures, []);
    client.hear(welcome);
    server.hear(client.output());
    assertDead(server, "C' of INITIATE");
    assertEquals([server.failure, server.readies], ["ERR_ZMTP_KEY_EXCHANGE", 0]);
  });
});

describe("CURVE: commands that are right, but not here", () => {
  /** What an attacker can say without a key, or has heard. */
  const clear: [string, Uint8Array][] = [
    ["READY in the clear", ready("DEALER")],
    ["PING in the clear", ping(0, "x")],
    ["SUBSCRIBE in the clear", command("SUBSCRIBE", "x")],
    ["ERROR", command("ERROR", "\x03400")],
    ["libzmq's misspelt ERROR", frame("^RROR\x03400", 4)],
    ["an unknown command", command("NOVEL", "x")],
    ["an empty command", frame("", 4)],
    ["a command without a name", frame("\0", 4)],
    ["an empty message", frame("")],
    ["a message in the clear", message("never")],
    ["a message of two parts in the clear", message("never", "ever")],
    ["MESSAGE as a message of two parts", join([1, 8], octets("\x07MESSAGE"), frame(new Uint8Array(32)))],
    ["HELLO of PLAIN", command("HELLO", "\x05admin\x06secret")],
  ];

  for (const step of NAMES) {
    it(`in place of ${step}: any other command of this connection or another, or clear text (CU-17, X-84, X-87, X-88)`, () => {
      const all = [...clear];
      for (const name of NAMES) {
        if (name !== step) all.push([name, RECORDED.said[name]]);
        // A HELLO is right for every connection to this server; the next test has what follows.
        if (name !== "HELLO" || step !== "HELLO") {
          all.push([`${name} of another connection`, OTHER.said[name]]);
        }
      }
      for (const [what, wire] of all) {
        const end = before(step);
        end.hear(wire);
        assertEquals(end.failures.length, 1, `${what}: no failure at once`);
        assertRefuses(end, step, what);
      }
    });

    it(`${step} twice: the second ends the connection`, () => {
      const end = before(step);
      end.hear(join(RECORDED.said[step], RECORDED.said[step]));
      assertDead(end, "twice", TRAFFIC.includes(step) ? ["0"] : []);
    });
  }

  it("a whole recorded client, said again to the same server, gets no further than WELCOME (X-84)", () => {
    const server = met("server", 3);
    server.hear(RECORDED.said.HELLO);
    assertEquals([server.failures.length, server.output().length], [0, 53 + 170]);
    server.hear(join(RECORDED.said.INITIATE, ...RECORDED.messages.server));
    assertDead(server, "INITIATE");
    assertEquals([server.failure, server.readies], ["ERR_ZMTP_CRYPTOGRAPHIC", 0]);
  });

  it("a whole recorded server, said again to the same client, gets no further than HELLO", () => {
    const client = met("client", 3);
    client.hear(join(RECORDED.said.WELCOME, RECORDED.said.READY, ...RECORDED.messages.client));
    assertDead(client, "WELCOME");
    assertEquals([client.failure, client.readies], ["ERR_ZMTP_CRYPTOGRAPHIC", 0]);
  });

  for (const step of TRAFFIC) {
    it(`${step}: the same or an earlier one ends the connection, after what came in order (CU-14, X-83)`, () => {
      const wires = RECORDED.messages[STEPS[step]];
      const orders: [given: number[], delivered: number[]][] = [
        [[0, 0], [0]],
        [[0, 1, 0], [0, 1]],
        [[0, 1, 1], [0, 1]],
        [[1, 0], [1]],
        [[0, 2, 1], [0, 2]],
        [[39, 38], [39]],
      ];
      for (const [given, delivered] of orders) {
        for (const split of [false, true]) {
          const end = before(step);
          const wire = join(...given.map((i) => wires[i]!));
          if (split) { for (const octet of wire) end.hear(Uint8Array.of(octet)); }
          else end.hear(wire);
          assertDead(end, `${given}`, delivered.map(String));
          assertEquals(end.failure, "ERR_ZMTP_INVALID_SEQUENCE");
        }
      }
    });

    it(`${step}: one that was lost is not missed (RFC 26 wants nonces to rise, no more)`, () => {
      const end = before(step);
      for (const i of [1, 5, 39]) end.hear(RECORDED.messages[STEPS[step]][i]!);
      assertEquals(end.failures, []);
      assertEquals(end.messages.length, 3);
    });
  }
});
