import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProtocolError } from "../../../src/base/errors.ts";
import { NullMechanism } from "../../../src/mechanism/null.ts";
import { assertBytes } from "../../support/bytes.ts";
import { octets, property } from "../../support/transcript.ts";

describe("NullMechanism (RFC 37)", () => {
  it("sends READY at once and once, without waiting for the peer", () => {
    const mechanism = new NullMechanism([["Socket-Type", octets("PULL")]]);
    const first = mechanism.nextCommand()!;
    assertEquals(first.name, "READY");
    assertBytes(first.data, property("Socket-Type", "PULL"));
    assertEquals(mechanism.nextCommand(), undefined);
  });

  it("knows its peer from READY on, and is done when READY went both ways, in either order", () => {
    const first = new NullMechanism([]);
    first.processCommand("READY", property("A", "1"));
    assertBytes(first.peer!.get("a")!, "1");
    assertEquals(first.done, false);
    first.nextCommand();
    assertEquals(first.done, true);
    const second = new NullMechanism([]);
    second.nextCommand();
    assertEquals(second.peer, undefined);
    assertEquals(second.done, false);
    second.processCommand("READY", octets(""));
    assertEquals(second.peer!.size, 0);
    assertEquals(second.done, true);
  });

  it("asks nobody by default, and may say ERROR", () => {
    const mechanism = new NullMechanism([]);
    assertEquals(mechanism.inquiry(), undefined);
    assertEquals(mechanism.refuses, true);
  });

  it("with a handler asks once, without credentials, and says nothing before it is answered (RFC 27)", () => {
    const mechanism = new NullMechanism([], true);
    assertEquals(mechanism.nextCommand(), undefined);
    assertEquals(mechanism.inquiry(), { mechanism: "NULL", credentials: [] });
    assertEquals(mechanism.inquiry(), undefined);
    assertEquals(mechanism.nextCommand(), undefined);
    mechanism.processCommand("READY", property("A", "1"));
    assertEquals(mechanism.nextCommand(), undefined);
    assertEquals(mechanism.done, false);
    mechanism.authenticated();
    assertEquals(mechanism.done, false);
    assertEquals(mechanism.nextCommand()!.name, "READY");
    assertEquals(mechanism.done, true);
    assertEquals(mechanism.inquiry(), undefined);
  });

  it("refuses a second READY", () => {
    const mechanism = new NullMechanism([]);
    mechanism.processCommand("READY", octets(""));
    assertThrows(() => mechanism.processCommand("READY", octets("")), ProtocolError);
  });

  it("refuses every other command and malformed metadata", () => {
    for (const [name, data] of [["HELLO", ""], ["ready", ""], ["READY", "\x01"]] as const) {
      assertThrows(() => new NullMechanism([]).processCommand(name, octets(data)), ProtocolError);
    }
  });
});
