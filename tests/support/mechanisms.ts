/**
 * Two mechanisms that speak with each other without a wire, command by command, so that a test can look at each
 * and put another in its place.
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import type { ProtocolErrorCode } from "../../src/base/errors.ts";
import type { Mechanism } from "../../src/mechanism/mechanism.ts";
import { readCommand } from "../../src/zmtp/commands.ts";
import { join, octets } from "./transcript.ts";

/** The whole next command; fails if there is none. */
export function say(mechanism: Mechanism): Uint8Array {
  const command = mechanism.nextCommand();
  assert(command !== undefined, "nothing to say");
  return join([command.name.length], octets(command.name), command.data);
}

/** Gives a command to a mechanism, in memory that is overwritten afterwards: nothing of it may be kept. */
export function hear(mechanism: Mechanism, body: Uint8Array): void {
  const lent = body.slice();
  const { name, data } = readCommand(lent);
  try {
    mechanism.processCommand(name, data);
  } finally {
    lent.fill(0xee);
  }
}

/** Fails unless the command is refused with one of these codes, and the handshake is over with that. */
export function assertRefused(
  mechanism: Mechanism,
  body: Uint8Array,
  codes: readonly ProtocolErrorCode[] | ProtocolErrorCode | undefined,
  what = "",
): void {
  const error = caught(() => hear(mechanism, body));
  assertInstanceOf(error, ProtocolError, what);
  if (codes !== undefined) {
    assert([codes].flat().includes(error.code), `${what}: ${error.code} ${error.message}`);
  }
  assertEquals(mechanism.done, false, what);
  assertEquals(mechanism.peer, undefined, what);
  assertEquals(mechanism.traffic, undefined, what);
  assertEquals(mechanism.inquiry?.(), undefined, what);
}

/** What a call throws. */
export function caught(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
