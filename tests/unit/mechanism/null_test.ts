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

  it("is done when READY went both ways, in either order", () => {
    const first = new NullMechanism([]);
    first.processCommand("READY", property("A", "1"));
    assertEquals(first.peer, undefined);
    first.nextCommand();
    assertBytes(first.peer!.get("a")!, "1");
    const second = new NullMechanism([]);
    second.nextCommand();
    assertEquals(second.peer, undefined);
    second.processCommand("READY", octets(""));
    assertEquals(second.peer!.size, 0);
  });

  it("refuses every other command and malformed metadata", () => {
    for (const [name, data] of [["HELLO", ""], ["ready", ""], ["READY", "\x01"]] as const) {
      assertThrows(() => new NullMechanism([]).processCommand(name, octets(data)), ProtocolError);
    }
  });
});
