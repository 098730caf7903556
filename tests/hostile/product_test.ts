/**
 * Each attack on a socket of each type, listening and connecting, over tcp, ipc and WebSocket: the connection ends
 * with the right event, or goes on where nothing was broken; nothing of it reaches the program; and the good peer of
 * each socket is served throughout, over one and the same connection.
 */

import { assertLess } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, test } from "../interop/scope.ts";
import {
  BAD_COMMANDS,
  BAD_READY,
  badReady,
  BEFORE_READY,
  ENDLESS,
  FRAMES,
  HARMLESS,
  HUGE_READY,
  LARGE_READY,
  LEFT,
  LIMITS,
  mechanism,
  SECOND_READY,
  stranger,
  STRANGERS,
  UNFINISHED,
} from "./attacks.ts";
import { heldMemory } from "../support/garbage.ts";
import { Field, KINDS, TRANSPORTS } from "./field.ts";

describe("on every type, listening and connecting, over every transport", () => {
  const mates = (own: string) => {
    const [, , mate] = KINDS.find(([name]) => name === own)!;
    return KINDS.find(([name]) => name === mate)![1];
  };

  test("another protocol is closed at once, with an event (X-04, X-05, X-06, V-12, V-28)", async (scope) => {
    const field = await made(scope);
    for (const [, says] of STRANGERS) await field.suffer(stranger(says));
  });

  test("random octets are closed (X-06, V-12)", async (scope) => {
    const field = await made(scope);
    for (let i = 0; i < 2; i++) {
      // A first octet of 0xFF would be the beginning of a signature, which waits for its rest.
      const says = crypto.getRandomValues(new Uint8Array(300)).fill(0x11, 0, 1);
      await field.suffer(stranger(says));
    }
  });

  test("another mechanism is closed without a READY (X-07)", async (scope) => {
    const field = await made(scope);
    for (const name of ["PLAIN", "CURVE", "null", "NULLX"]) await field.suffer(mechanism(name));
  });

  test("what comes in place of READY ends the connection (X-10, X-11, X-12, H-12)", async (scope) => {
    const field = await made(scope);
    for (const [, attack] of BEFORE_READY) await field.suffer(attack);
  });

  test("broken metadata end it (X-14, X-16, X-17, X-18, H-03, H-11)", async (scope) => {
    const field = await made(scope);
    for (const [name] of BAD_READY) {
      for (const attack of badReady(name, mates)) await field.suffer(attack);
    }
  });

  test("a READY larger than a handshake needs is refused from its header (X-13, H-13)", async (scope) => {
    const field = await made(scope);
    await field.suffer(HUGE_READY);
    await field.suffer(LARGE_READY);
  });

  test("a second READY is passed over (X-20)", async (scope) => {
    const field = await made(scope);
    await field.suffer(SECOND_READY);
  });

  test("frames that no standard has end it, sizes from their header (X-30, X-32, X-33, X-34, X-35, V-04)", async (scope) => {
    const field = await made(scope);
    for (const attack of Object.values(FRAMES)) await field.suffer(attack);
  });

  test("a message without end is refused by its parts and by its octets (H-14, X-36, X-38)", async (scope) => {
    const field = await made(scope);
    for (const attack of ENDLESS) await field.suffer(attack);
  });

  test("a message that is begun and left is freed, and never delivered (X-37, V-07)", async (scope) => {
    const field = await made(scope);
    await field.suffer(UNFINISHED);
    for (const attack of LEFT) await field.suffer(attack);
  });

  test("broken commands end it, groups of 256 octets too (H-01, H-04, X-12, X-51, X-62)", async (scope) => {
    const field = await made(scope);
    for (const [name, attack] of Object.entries(BAD_COMMANDS)) {
      if (!name.startsWith("more")) await field.suffer(attack);
    }
  });

  test("more subscriptions or groups than maxSubscriptions end it (X-60)", async (scope) => {
    const field = await made(scope);
    for (const [name, attack] of Object.entries(BAD_COMMANDS)) {
      if (name.startsWith("more")) await field.suffer(attack);
    }
  });

  test("commands that mean nothing here are passed over (H-02, H-07, X-42, X-50, X-52, X-54)", async (scope) => {
    const field = await made(scope);
    for (const [name, attack] of Object.entries(HARMLESS)) {
      if (!/subscription|CANCELs|messages|reque|repl/.test(name)) await field.suffer(attack);
    }
  });

  test("subscriptions that change nothing are passed over, empty ones too (X-61, X-63, V-15)", async (scope) => {
    const field = await made(scope);
    for (const [name, attack] of Object.entries(HARMLESS)) {
      if (/subscription|CANCELs/.test(name)) await field.suffer(attack);
    }
  });

  test("messages that a type does not take are dropped (H-06, X-67, X-74, V-10)", async (scope) => {
    const field = await made(scope);
    for (const [name, attack] of Object.entries(HARMLESS)) {
      if (/messages|reque|repl/.test(name)) await field.suffer(attack);
    }
  });

  test("a hundred times the worst of it, and the memory is where it was (V-13, X-23)", async (scope) => {
    const field = await made(scope, ["tcp"]);
    const round = async () => {
      await field.suffer(ENDLESS[1]!);
      await field.suffer(LEFT[2]!);
      await field.suffer(LARGE_READY);
    };
    await round();
    const before = await heldMemory();
    for (let i = 0; i < 5; i++) await round();
    assertLess(await heldMemory() - before, 20 * 1024 * 1024);
  });
});

/** Sockets of all types. */
function made(scope: Scope, transports = TRANSPORTS): Promise<Field> {
  return Field.make(scope, transports, LIMITS);
}
