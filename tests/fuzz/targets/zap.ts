/**
 * What authentication handlers are asked and what they answer (RFC 27), as frames.
 */

import { ProtocolError } from "../../../src/base/errors.ts";
import {
  decodeZapReply,
  decodeZapRequest,
  encodeZapReply,
  encodeZapRequest,
  zapAddress,
  type ZapReply,
} from "../../../src/mechanism/zap.ts";
import { parseIpAddress } from "../../../src/base/ip_address.ts";
import { octets } from "../../support/transcript.ts";
import { must, mustEqual, refused, show, showAll } from "../holds.ts";
import { type Body, body, type Edit, edited, edits, octetsOf, textOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import { type Property, property } from "./metadata.ts";

interface Input {
  readonly status: ZapReply["status"];
  readonly text: string;
  readonly userId: Body;
  readonly properties: Property[];
  readonly domain: string;
  readonly mechanism: string;
  readonly credentials: Body[];
  readonly remote: string;
  /** Which frame is changed, how, and whether one is taken out or put in. */
  readonly frame: number;
  readonly edits: Edit[];
  readonly more: "as it is" | "one less" | "one more";
}

export const zap: AnyTarget = target<Input>({
  name: "zap",
  promise: "is read or refused in words, and what both sides encode the other reads as it was meant",
  input: (fc) =>
    fc.record<Input>({
      status: fc.constantFrom(200, 300, 400, 500),
      text: fc.string({ maxLength: 12, unit: "binary" }),
      userId: body(fc),
      properties: fc.array(property(fc), { maxLength: 3 }),
      domain: fc.string({ maxLength: 8 }),
      mechanism: fc.constantFrom("NULL", "PLAIN", "CURVE", ""),
      credentials: fc.array(body(fc), { maxLength: 3 }),
      remote: textOf(fc, [
        "127.0.0.1",
        "[",
        "]",
        "::1",
        ":",
        "fe80::",
        "%eth0",
        "::ffff:1.2.3.4",
        "80",
        "/",
        "@",
      ], 6),
      frame: fc.nat(8),
      edits: edits(fc),
      more: fc.constantFrom("as it is", "as it is", "one less", "one more"),
    }),
  check(input) {
    checkReply(input);
    checkRequest(input);
    const address = zapAddress(input.remote);
    must(address === "" || parseIpAddress(address) !== undefined, `the address ${JSON.stringify(address)}`);
  },
});

const ID = octets("17");

function checkReply(input: Input): void {
  const { status, text, properties, edits, more } = input;
  const userId = octetsOf(input.userId);
  const names = new Map(properties.map(({ name, value }) => [name.toLowerCase(), octetsOf(value)] as const));
  const frames = changed(
    [octets(""), ...encodeZapReply(ID, { status, text, userId, metadata: names })],
    input,
  );
  let reply: ZapReply | undefined;
  const error = refused(ProtocolError, () => reply = decodeZapReply(frames, ID));
  if (error !== undefined) {
    must(/^ERR_ZAP_/.test(error.code), `the code ${error.code}`);
    return;
  }
  must(reply!.text.length <= 255 && reply!.userId.length <= 255, "more than 255 characters");
  if (edits.length > 0 || more !== "as it is") return;
  must(reply!.status === status, `the status ${reply!.status}`);
  must(show(reply!.userId) === show(status === 200 ? userId : octets("")), "another user id");
}

function checkRequest(input: Input): void {
  const { domain, mechanism, edits, more } = input;
  const credentials = input.credentials.map(octetsOf);
  const origin = { domain, address: zapAddress(input.remote), identity: octetsOf(input.userId) };
  const sent = encodeZapRequest(ID, origin, { mechanism, credentials });
  const read = decodeZapRequest(changed(sent.slice(1), input));
  if (typeof read === "string" || edits.length > 0 || more !== "as it is") return;
  mustEqual(
    [read.domain, read.address, show(read.identity), read.mechanism, showAll(read.credentials)],
    [domain, origin.address, show(origin.identity), mechanism, showAll(credentials)],
    "What was asked",
  );
}

function changed(frames: readonly Uint8Array[], { frame, edits, more }: Input): Uint8Array[] {
  const at = frame % frames.length;
  const all = frames.map((octets, i) => i === at ? edited(octets, edits) : octets);
  if (more === "one less") all.splice(at, 1);
  if (more === "one more") all.splice(at, 0, all[at]!);
  return all;
}
