/**
 * A ZMTP engine that hears a made-up peer (RFC 37): a greeting, a READY, then frames of any kind.
 */

import type { SocketTypeName } from "../../../src/pattern/types.ts";
import type { ZapReply } from "../../../src/mechanism/zap.ts";
import { encodeMetadata } from "../../../src/message/metadata.ts";
import { ZmtpEngine } from "../../../src/zmtp/engine.ts";
import { encodeGreeting } from "../../../src/zmtp/greeting.ts";
import { encodeCommand } from "../../../src/zmtp/wire_queue.ts";
import { join, octets } from "../../support/transcript.ts";
import { EngineEnd, LIMITS, optionsOf } from "../engine_end.ts";
import { toldInAnyPieces } from "../feeding.ts";
import { type Body, body, cuts, type Edit, edited, edits, octetsOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import type { Arbitrary, FastCheck } from "../fast_check.ts";
import { encodeRaw, type RawFrame, rawFrame } from "./zmtp_decoder.ts";
import { type Property, property } from "./metadata.ts";

/** Something that a peer says. */
export type Said = RawFrame | { readonly command: string; readonly data: Body };

interface Input {
  readonly type: SocketTypeName;
  readonly peer: string;
  readonly properties: Property[];
  readonly said: Said[];
  readonly edits: Edit[];
  readonly cuts: number[];
  readonly room: boolean[];
  readonly status: ZapReply["status"];
  readonly asks: boolean;
  readonly limits: number;
}

/** Types that hear different things. */
export const PAIRS: readonly (readonly [SocketTypeName, string])[] = [
  ["DEALER", "ROUTER"],
  ["DEALER", "DEALER"],
  ["XPUB", "SUB"],
  ["SUB", "PUB"],
  ["RADIO", "DISH"],
  ["DISH", "RADIO"],
  ["REP", "REQ"],
  ["PULL", "PULL"],
];

const COMMANDS = ["PING", "PONG", "SUBSCRIBE", "CANCEL", "JOIN", "LEAVE", "ERROR", "READY", "NEW", "MESSAGE"];

export const zmtpEngine: AnyTarget = target<Input>({
  name: "zmtp_engine",
  promise:
    "fails once or not at all whatever a peer says, tells the same in any pieces, and is silent afterwards",
  input: (fc) =>
    fc.record<Input>({
      type: fc.constantFrom(...PAIRS.map(([type]) => type)),
      peer: fc.constantFrom("", "", "", "PUSH", "X"),
      properties: fc.array(property(fc), { maxLength: 2 }),
      said: fc.array(saying(fc), { maxLength: 8 }),
      edits: edits(fc),
      cuts: cuts(fc),
      room: fc.array(fc.boolean(), { maxLength: 6 }),
      status: fc.constantFrom(200, 200, 300, 400, 500),
      asks: fc.boolean(),
      limits: fc.constantFrom(0, 0, 0, 1, 2),
    }),
  check(input) {
    const fitting = PAIRS.find(([type]) => type === input.type)![1];
    const properties: [string, Uint8Array][] = [["Socket-Type", octets(input.peer || fitting)]];
    for (const { name, value } of input.properties) properties.push([name, octetsOf(value)]);
    const wire = edited(
      join(
        encodeGreeting("NULL"),
        encodeCommand("READY", encodeMetadata(properties)),
        ...input.said.map(encodeSaid),
      ),
      input.edits,
    );
    // How far it reads while a handler decides depends on the pieces: the answer comes behind all of them.
    const settings = { ...input, limits: LIMITS[input.limits]!, late: true };
    toldInAnyPieces(wire, input.cuts, (chunks) => {
      return new EngineEnd(settings, (host) => new ZmtpEngine(optionsOf(settings), host, 0)).live(chunks);
    });
  },
});

/** A frame or a command. */
export function saying(fc: FastCheck): Arbitrary<Said> {
  return fc.oneof<Said>(
    rawFrame(fc),
    fc.record({ command: fc.constantFrom(...COMMANDS), data: body(fc) }),
  );
}

/** Its octets. */
export function encodeSaid(said: Said): Uint8Array {
  return "command" in said ? encodeCommand(said.command, octetsOf(said.data)) : encodeRaw(said);
}
