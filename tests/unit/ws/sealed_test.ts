/**
 * ZWS under a mechanism that seals (RFC 45, RFC 25), without sockets: what waits in ZMTP's framing becomes one ZWS
 * message a frame, and comes out on the other side as it went in, whatever carries it.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { equalBytes } from "../../../src/base/bytes.ts";
import { CurveClient } from "../../../src/mechanism/curve_client.ts";
import { CurveServer } from "../../../src/mechanism/curve_server.ts";
import { encodeCommand, FanOut, WireQueue } from "../../../src/zmtp/wire_queue.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { dice, pairOf } from "../../support/curve_by_hand.ts";
import { Random } from "../../support/reference.ts";
import { join, octets, pattern } from "../../support/transcript.ts";
import { End, Link } from "./link.ts";
import type { EndOptions } from "./link.ts";
import { readFrames } from "./wire.ts";

const SERVER = pairOf(dice(1)(32));
const CLIENT = pairOf(dice(2)(32));
const PROTOCOL = "ZWS2.0/CURVE";
/** What MESSAGE puts around a frame (RFC 26), and the flag octet of ZWS. */
const AROUND = 34;

function client(options: EndOptions = { type: "DEALER" }): EndOptions {
  const keys = { ...CLIENT, serverKey: SERVER.publicKey };
  const makeMechanism: EndOptions["makeMechanism"] = (properties) =>
    new CurveClient(keys, properties, dice(3));
  return { ...options, protocol: PROTOCOL, protocols: [PROTOCOL], makeMechanism };
}

function server(options: EndOptions = { type: "DEALER" }): EndOptions {
  const makeMechanism: EndOptions["makeMechanism"] = (properties) => {
    return new CurveServer(SERVER, properties, dice(4), false);
  };
  return { ...options, protocol: PROTOCOL, makeMechanism };
}

/** A client and a server that know each other. */
function met(random?: Random, most?: number, options?: EndOptions): Link {
  const link = new Link(client(), server(options), random, most);
  link.settle();
  assertEquals([link.a.failures, link.b.failures], [[], []]);
  assertEquals([link.a.readies, link.b.readies, link.a.engine.seals, link.b.engine.seals], [
    1,
    1,
    true,
    true,
  ]);
  return link;
}

/** Lengths around the forms of RFC 6455 (125, 65535) with what is put around, references and copies. */
const LENGTHS = [0, 1, 47, 48, 90, 91, 92, 125, 126, 255, 256, 5000, 16_384, 16_385, 65_501, 65_502, 65_536];

function randomMessage(random: Random): Uint8Array[] {
  const count = random.chance(0.5) ? 1 : random.between(2, 5);
  return Array.from({ length: count }, (_, i) => pattern(random.pick(LENGTHS), random.below(99) + i));
}

function batchOf(messages: readonly Uint8Array[][], random: Random): Uint8Array[] {
  const queue = new WireQueue(1 << 20);
  const shared = new FanOut();
  for (const parts of messages) {
    if (random.chance(0.3)) shared.append(parts, queue);
    else queue.append(parts);
  }
  return queue.take()!;
}

function assertHeard(end: End, messages: readonly Uint8Array[][], note: string): void {
  assertEquals(end.failures, [], note);
  assertEquals(end.messages.length, messages.length, note);
  end.messages.forEach((heard, i) => {
    const expected = messages[i]!;
    const same = heard.length === expected.length && heard.every((body, k) => equalBytes(body, expected[k]!));
    if (!same) assertFrames(heard, expected, `${note}: message ${i}`);
  });
}

describe("ZWS under CURVE", () => {
  it("messages come out as they went in, both ways, whatever the pieces", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed);
      const link = met(random, random.pick([50, 3000, 1_000_000]));
      const said = { a: [] as Uint8Array[][], b: [] as Uint8Array[][] };
      for (let round = 0; round < 3; round++) {
        for (const side of ["a", "b"] as const) {
          const messages = Array.from({ length: random.between(1, 5) }, () => randomMessage(random));
          said[side].push(...messages);
          link.send(side, link[side].engine.seal!(batchOf(messages, random)));
        }
        link.settle();
      }
      assertHeard(link.b, said.a, `seed ${seed}, to the server`);
      assertHeard(link.a, said.b, `seed ${seed}, to the client`);
    }
  });

  it("each frame is one binary message: flag octet 00, 07 MESSAGE, and nothing of it in the clear", () => {
    const link = met();
    const text = "a text that would be seen";
    const queue = new WireQueue(65_536);
    queue.append([octets(text), octets(""), octets(text)]);
    queue.appendCommand(encodeCommand("SUBSCRIBE", octets(text)));
    const wire = join(...link.b.engine.seal!(queue.take()!));
    const frames = readFrames(wire);
    assertEquals(frames.map(({ first, masked }) => [first, masked]), Array(4).fill([0x82, false]));
    const sizes = [text.length, 0, text.length, 10 + text.length];
    frames.forEach(({ payload }, i) => {
      assertEquals(payload.length, AROUND + sizes[i]!);
      assertBytes(payload.slice(0, 9), "\0\x07MESSAGE");
      // The server's READY was 1.
      assertBytes(payload.slice(9, 17), [0, 0, 0, 0, 0, 0, 0, 2 + i]);
    });
    assert(!new TextDecoder("latin1").decode(wire).includes("text"));
    const masked = readFrames(join(...link.a.engine.seal!([encodeCommand("X", octets(""))])));
    assertEquals(masked.map((frame) => frame.masked), [true]);
  });

  it("does not write to what it seals", () => {
    const link = met();
    const large = pattern(20_000);
    const queue = new WireQueue(65_536);
    queue.append([large, pattern(10)]);
    const batch = queue.take()!;
    const before = batch.map((chunk) => chunk.slice());
    link.send("b", link.b.engine.seal!(batch));
    link.send("b", link.b.engine.seal!(batch));
    batch.forEach((chunk, i) => assert(equalBytes(chunk, before[i]!)));
    link.settle();
    assertHeard(link.a, [[large, pattern(10)], [large, pattern(10)]], "twice");
  });

  it("a whole message that is changed in any octet behind the flag ends the connection, told once", () => {
    const size = AROUND + 5;
    for (let at = 1; at < size; at++) {
      const link = met();
      const queue = new WireQueue(65_536);
      queue.append([octets("never")]);
      const [wire] = [join(...link.b.engine.seal!(queue.take()!))];
      wire[2 + at]! ^= 1;
      link.a.hear(wire);
      assertEquals([link.a.failures.length, link.a.messages.length], [1, 0], `octet ${at}`);
      link.a.hear(wire);
      assertEquals([link.a.failures.length, link.a.messages.length], [1, 0], `octet ${at}, again`);
    }
  });

  it("limits are those of what is sealed", () => {
    // Large enough for HELLO and INITIATE, which have the limit of frames, too.
    const limits = { frame: 1000, message: 1500, parts: 3 };
    const cases: [sizes: number[], passes: boolean][] = [
      [[1000], true],
      [[1001], false],
      [[1000, 500], true],
      [[1000, 501], false],
      [[1, 1, 1], true],
      [[1, 1, 1, 1], false],
      [[2000], false],
    ];
    for (const [sizes, passes] of cases) {
      const link = met(undefined, undefined, { type: "DEALER", limits });
      const queue = new WireQueue(65_536);
      queue.append(sizes.map((size) => pattern(size)));
      link.send("a", link.a.engine.seal!(queue.take()!));
      link.settle();
      assertEquals(
        [link.b.messages.length, link.b.failure],
        passes ? [1, undefined] : [0, "ERR_ZMTP_MESSAGE_TOO_LONG"],
        `${sizes}`,
      );
    }
  });

  it("a PING that is sealed gets a sealed PONG, with the next nonce", () => {
    const link = met();
    link.send("a", link.a.engine.seal!([encodeCommand("PING", octets("\0\0x"))]));
    const sent: Uint8Array[] = [];
    const { engine } = link.b;
    const transmit = engine.transmit.bind(engine);
    engine.transmit = () => {
      const part = transmit();
      if (part !== undefined) sent.push(part.slice());
      return part;
    };
    link.settle();
    const [pong, ...more] = readFrames(join(...sent));
    assertEquals([more.length, link.a.failures.length], [0, 0]);
    assertEquals(pong!.payload.length, AROUND + "\x04PONGx".length);
    assertBytes(pong!.payload.slice(0, 17), "\0\x07MESSAGE\0\0\0\0\0\0\0\x02");
  });

  it("over a WebSocket of the host it is the same, message by message", () => {
    const ends = [new End("page", client()), new End("page", server())] as const;
    const carry = (): boolean => {
      let moved = false;
      for (const [from, to] of [ends, [ends[1], ends[0]]] as const) {
        for (let part = from.engine.transmit(); part !== undefined; part = from.engine.transmit()) {
          to.hear(part);
          moved = true;
        }
      }
      return moved;
    };
    while (carry());
    assertEquals(ends.map(({ readies, failures }) => [readies, failures.length]), [[1, 0], [1, 0]]);
    const random = new Random(3);
    const messages = Array.from({ length: 10 }, () => randomMessage(random));
    for (const [from, to] of [ends, [ends[1], ends[0]]] as const) {
      for (const chunk of from.engine.seal!(batchOf(messages, random))) to.hear(chunk);
      assertHeard(to, messages, "a host's WebSocket");
    }
    ends[1].hear(octets("\x01\x07MESSAGE"));
    assertEquals(ends[1].failures.length, 1);
  });
});
