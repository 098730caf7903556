/**
 * The engines of ZWS (RFC 45, RFC 6455): a server's, a client's and that of a page's own WebSocket, and a made-up
 * peer.
 */

import type { ZapReply } from "../../../src/mechanism/zap.ts";
import { encodeMetadata } from "../../../src/message/metadata.ts";
import type { SocketTypeName } from "../../../src/pattern/types.ts";
import { WsEngine } from "../../../src/ws/engine.ts";
import { encodeFrame, encodeZws, encodeZwsCommand } from "../../../src/ws/frame.ts";
import { SecuredMessageEngine } from "../../../src/ws/secured_message_engine.ts";
import { acceptOf, makeKey } from "../../../src/ws/upgrade.ts";
import { dice } from "../../support/curve_by_hand.ts";
import { join, octets } from "../../support/transcript.ts";
import { EngineEnd, LIMITS, optionsOf } from "../engine_end.ts";
import { toldInAnyPieces } from "../feeding.ts";
import { type Body, body, cuts, type Edit, edited, edits, octetsOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import type { Arbitrary, FastCheck } from "../fast_check.ts";
import { PAIRS } from "./zmtp_engine.ts";
import { encodeWsRaw, type WsRawFrame, wsRawFrame } from "./ws_decoder.ts";

interface Input {
  readonly role: "server" | "client" | "page";
  readonly protocol: "ZWS2.0" | "ZWS2.0/NULL";
  readonly type: SocketTypeName;
  readonly said: Said[];
  readonly edits: Edit[];
  readonly cuts: number[];
  readonly room: boolean[];
  readonly status: ZapReply["status"];
  readonly asks: boolean;
  readonly limits: number;
}

type Said =
  | WsRawFrame
  | { readonly flags: number; readonly data: Body }
  | { readonly command: string; readonly data: Body };

const COMMANDS = ["PING", "PONG", "SUBSCRIBE", "CANCEL", "JOIN", "LEAVE", "ERROR", "READY", "NEW"];

export const wsEngine: AnyTarget = target<Input>({
  name: "ws_engine",
  promise: "fails or ends once whatever a peer says, tells the same in any pieces, and is silent afterwards",
  input: (fc) =>
    fc.record<Input>({
      role: fc.constantFrom("server", "client", "page"),
      protocol: fc.constantFrom("ZWS2.0", "ZWS2.0/NULL"),
      type: fc.constantFrom(...PAIRS.map(([type]) => type)),
      said: fc.array(saying(fc), { maxLength: 8 }),
      edits: edits(fc),
      cuts: cuts(fc),
      room: fc.array(fc.boolean(), { maxLength: 6 }),
      status: fc.constantFrom(200, 200, 300, 400, 500),
      asks: fc.boolean(),
      limits: fc.constantFrom(0, 0, 0, 1, 2),
    }),
  check(input) {
    if (input.role === "page") return checkPage(input);
    const masked = input.role === "server";
    const frames = [first(input)].concat(input.said.map((said) => encode(said)))
      .map((said) =>
        said instanceof Uint8Array
          ? encodeFrame(2, said, masked ? 0x01020304 : undefined)
          : said.frame(masked)
      );
    const head = masked ? octets("") : response(input.protocol);
    const wire = edited(join(head, ...frames), input.edits);
    toldInAnyPieces(wire, input.cuts, (chunks) => makeEnd(input).live(chunks));
  },
});

/** A page's WebSocket brings whole messages, whose octets are all that a peer can choose. */
function checkPage(input: Input): void {
  const messages = [first(input), ...input.said.map((said) => encode(said))];
  makeEnd(input).live(messages.map((said) => {
    return edited(said instanceof Uint8Array ? said : said.frame(false), input.edits);
  }));
}

function saying(fc: FastCheck): Arbitrary<Said> {
  return fc.oneof<Said>(
    wsRawFrame(fc),
    fc.record({ flags: fc.oneof(fc.constantFrom(0, 1, 2), fc.nat(4)), data: body(fc) }),
    fc.record({ command: fc.constantFrom(...COMMANDS), data: body(fc) }),
  );
}

/** What a peer of this sub-protocol says first. */
function first({ protocol, type }: Input): Uint8Array | { frame(masked: boolean): Uint8Array } {
  if (protocol === "ZWS2.0") return encodeZws(0, octets(""), octets("id"));
  const peer = PAIRS.find(([own]) => own === type)![1];
  return encodeZwsCommand("READY", encodeMetadata([["Socket-Type", octets(peer)]]));
}

/** A ZWS message, or a frame that may be anything. */
function encode(said: Said): Uint8Array | { frame(masked: boolean): Uint8Array } {
  if ("opcode" in said) return { frame: (masked) => encodeWsRaw(said, masked) };
  if ("command" in said) return encodeZwsCommand(said.command, octetsOf(said.data));
  return encodeZws(said.flags, octets(""), octetsOf(said.data));
}

function makeEnd(input: Input): EngineEnd {
  const { role, protocol } = input;
  // How far it reads while a handler decides depends on the pieces: the answer comes behind all of them.
  const settings = { ...input, limits: LIMITS[input.limits]!, late: input.role !== "page" };
  const zws = { ...optionsOf(settings), protocol };
  const request = { host: "h:1", path: "/", protocols: [protocol] };
  return new EngineEnd(
    settings,
    (host) =>
      role === "page"
        ? new SecuredMessageEngine(zws, host, 0)
        : new WsEngine({ ...zws, role, request, random: dice(6) }, host, 0),
  );
}

/** What our own request is answered with. */
function response(protocol: string): Uint8Array {
  const accept = acceptOf(makeKey(dice(6)(16)));
  return octets(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
  );
}
