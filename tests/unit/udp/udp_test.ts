/**
 * RADIO, DISH and DGRAM in datagrams: the octets that libzmq 4.3.5 was seen to send and to take, its limits checked
 * in place of overrun, and everything else dropped and told.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { encodeText as bytes } from "../../../src/base/bytes.ts";
import { ZmqError } from "../../../src/base/errors.ts";
import type { DatagramEngineHost } from "../../../src/io/engine.ts";
import type { Message } from "../../../src/message/frame.ts";
import {
  checkDgramMessage,
  checkRadioMessage,
  decodeRadioMessage,
  encodeAddress,
  encodeRadioMessage,
  parseAddress,
} from "../../../src/udp/codec.ts";
import { DgramEngine } from "../../../src/udp/dgram.ts";
import { DishEngine } from "../../../src/udp/dish.ts";
import { RadioEngine } from "../../../src/udp/radio.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { Random } from "../../support/reference.ts";

const FROM = { host: "127.0.0.1", port: 5678 };

/** Seen on the wire: group, body, payload. */
const SEEN: readonly (readonly [group: string, body: string, payload: string])[] = [
  ["g", "hello", "01 67 68656c6c6f"],
  ["news", "world", "04 6e657773 776f726c64"],
  ["g", "", "01 67"],
  ["", "emptygroup", "00 656d70747967726f7570"],
];

class Host implements DatagramEngineHost {
  readonly messages: Message[] = [];
  readonly waiting: (readonly Uint8Array[])[] = [];
  readonly reasons: string[] = [];
  dropped = 0;
  room = Infinity;

  push(message: Message): boolean {
    this.messages.push(message);
    return this.messages.length < this.room;
  }
  pull(): readonly Uint8Array[] | undefined {
    return this.waiting.shift();
  }
  lost(): void {
    throw new Error("plain UDP knows of no loss");
  }
  malformed(_from: unknown, reason: string): void {
    this.reasons.push(reason);
  }
  readonly drop = (): void => {
    this.dropped++;
  };
}

describe("a RADIO's datagram", () => {
  for (const [group, body, payload] of SEEN) {
    const octets = Uint8Array.from(payload.match(/[0-9a-f]{2}/g)!, (pair) => parseInt(pair, 16));
    it(`of group "${group}" and body "${body}" is that of libzmq (DR-10)`, () => {
      assertBytes(encodeRadioMessage([bytes(group), bytes(body)]), octets);
      assertFrames(decodeRadioMessage(octets) as Message, [group, body]);
    });
  }

  it("has at most 8192 octets, where libzmq writes past its buffer: EMSGSIZE", () => {
    checkRadioMessage([bytes("g"), new Uint8Array(8190)]);
    assertEquals(codeOf(() => checkRadioMessage([bytes("g"), new Uint8Array(8191)])), "EMSGSIZE");
    assertEquals(codeOf(() => checkRadioMessage([new Uint8Array(0), new Uint8Array(8192)])), "EMSGSIZE");
    const whole = encodeRadioMessage([bytes("g"), new Uint8Array(8190)]);
    assertEquals((decodeRadioMessage(whole) as Message)[1]!.length, 8190);
  });

  it("has a group of at most 127 octets, for libzmq reads its length as signed: EINVAL", () => {
    checkRadioMessage([new Uint8Array(127).fill(1), bytes("x")]);
    assertEquals(codeOf(() => checkRadioMessage([new Uint8Array(128).fill(1), bytes("x")])), "EINVAL");
    assertEquals(codeOf(() => checkRadioMessage([bytes("g\0h"), bytes("x")])), "EINVAL");
  });

  it("with a NUL in its group belongs to the group before it", () => {
    assertFrames(decodeRadioMessage(bytes("\x03g\0hbody")) as Message, ["g", "body"]);
  });

  it("is none when it is empty, too long, or its group is longer than it or than 127 (V-16)", () => {
    for (
      const octets of [[], [1], [5, 1, 2, 3, 4], [128, ...new Array(200).fill(65)], new Array(8193).fill(0)]
    ) {
      assertEquals(typeof decodeRadioMessage(Uint8Array.from(octets)), "string", `${octets.length} octets`);
    }
  });

  it("of any octets at all is a message or a reason, and a message is what it says", () => {
    const random = new Random(7);
    let messages = 0;
    for (let i = 0; i < 20_000; i++) {
      const datagram = random.octets(random.below(random.pick([4, 40, 300])));
      const message = decodeRadioMessage(datagram);
      if (typeof message === "string") continue;
      messages++;
      const group = message[0]!;
      const body = message[1]!;
      const length = datagram[0]!;
      assertBytes(body, datagram.subarray(1 + length));
      assert(group.length <= length && !group.includes(0));
    }
    assert(messages > 1000, `${messages} messages`);
  });
});

describe("an address of DGRAM", () => {
  it("is text with a NUL behind it, as libzmq gives it, and is read with the NUL or without", () => {
    assertBytes(encodeAddress(FROM), "127.0.0.1:5678\0");
    assertEquals(parseAddress(encodeAddress(FROM)), FROM);
    assertEquals(parseAddress(bytes("127.0.0.1:5678")), FROM);
    const local = { host: "fe80::1%eth0", port: 1 };
    assertEquals(parseAddress(encodeAddress(local)), local);
  });

  it("that is none is EINVAL, and a body above 8192 octets EMSGSIZE", () => {
    for (
      const text of [
        "",
        "\0",
        "127.0.0.1",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "1.2.3.256:1",
        "host:1",
        "1.2.3:4",
      ]
    ) {
      assertEquals(codeOf(() => checkDgramMessage([bytes(text), bytes("x")])), "EINVAL", text);
    }
    assertEquals(codeOf(() => checkDgramMessage([new Uint8Array(1e6).fill(49), bytes("x")])), "EINVAL");
    checkDgramMessage([encodeAddress(FROM), new Uint8Array(8192)]);
    assertEquals(codeOf(() => checkDgramMessage([encodeAddress(FROM), new Uint8Array(8193)])), "EMSGSIZE");
  });
});

describe("the engines of udp", () => {
  it("RADIO sends all that waits to its one address, and is finished when nothing does", () => {
    const host = new Host();
    const engine = new RadioEngine(FROM, host);
    host.waiting.push([bytes("a"), bytes("1")], [bytes("b"), bytes("2")]);
    assertEquals(engine.deadline(), undefined);
    assertEquals(plain(engine.transmit(0)), { datagram: [1, 97, 49], to: FROM });
    engine.finish(0);
    assertEquals(engine.finished, false);
    assertEquals(plain(engine.transmit(0)), { datagram: [1, 98, 50], to: FROM });
    assertEquals(engine.transmit(0), undefined);
    assertEquals(engine.finished, true);
    engine.receive(bytes("x"), FROM, 0);
    assertEquals(host.reasons.length, 1);
  });

  it("DISH hands up messages of every group, drops what the host has no room for, and goes on when it has", () => {
    const host = new Host();
    host.room = 2;
    const engine = new DishEngine(host.drop, host);
    for (const body of ["1", "2", "3", "4"]) {
      engine.receive(encodeRadioMessage([bytes("g"), bytes(body)]), FROM, 0);
    }
    assertEquals([host.messages.length, host.dropped], [2, 2]);
    host.room = Infinity;
    engine.resume(0);
    engine.receive(encodeRadioMessage([bytes("h"), bytes("5")]), FROM, 0);
    assertFrames(host.messages[2]!, ["h", "5"]);
    engine.receive(new Uint8Array(0), FROM, 0);
    assertEquals([host.messages.length, host.reasons.length], [3, 1]);
    assertEquals(engine.transmit(0), undefined);
    engine.finish(0);
    assertEquals(engine.finished, true);
  });

  it("DGRAM puts the sender's address in front, and an answer to it goes there", () => {
    const host = new Host();
    const engine = new DgramEngine(host.drop, host);
    engine.receive(bytes("ping"), FROM, 0);
    assertFrames(host.messages[0]!, ["127.0.0.1:5678\0", "ping"]);
    host.waiting.push([host.messages[0]![0]!, bytes("pong")]);
    assertEquals(plain(engine.transmit(0)), { datagram: [...bytes("pong")], to: FROM });
    engine.receive(new Uint8Array(8193), FROM, 0);
    assertEquals(host.reasons.length, 1);
    host.room = 0;
    engine.receive(bytes(""), FROM, 0);
    engine.receive(bytes("late"), FROM, 0);
    assertEquals([host.messages.length, host.dropped], [2, 1]);
  });
});

function codeOf(act: () => unknown): string {
  return (assertThrows(act, ZmqError) as ZmqError).code;
}

function plain(outgoing: { readonly datagram: Uint8Array; readonly to: unknown } | undefined): unknown {
  return outgoing && { datagram: [...outgoing.datagram], to: outgoing.to };
}
