/**
 * The opening handshake of WebSocket (RFC 9112, RFC 6455): heads of requests and of responses, in pieces.
 */

import { ProtocolError } from "../../../src/base/errors.ts";
import { formatHead, HEAD_MAX, HeadReader, HttpError, pathOf } from "../../../src/ws/http.ts";
import { acceptOf, answerUpgrade, checkResponse, formatRequest } from "../../../src/ws/upgrade.ts";
import { join } from "../../support/transcript.ts";
import { toldInAnyPieces } from "../feeding.ts";
import { must, refused } from "../holds.ts";
import { cuts, type Edit, edited, edits, textOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly first: string;
  readonly fields: { readonly name: string; readonly value: string; readonly times: number }[];
  readonly sound: "request" | "response" | "neither";
  readonly edits: Edit[];
  readonly behind: Uint8Array;
  readonly cuts: number[];
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const PROTOCOLS = ["ZWS2.0/NULL", "ZWS2.0"];
const NAMES = [
  "Host",
  "Upgrade",
  "Connection",
  "Sec-WebSocket-Key",
  "Sec-WebSocket-Protocol",
  "Sec-WebSocket-Version",
  "Sec-WebSocket-Accept",
  "Sec-WebSocket-Extensions",
  "Content-Length",
  "Transfer-Encoding",
  "__proto__",
  "X Y",
  "",
];
const VALUES = [
  "websocket",
  "Upgrade",
  "13",
  "0",
  KEY,
  acceptOf(KEY),
  ...PROTOCOLS,
  ",",
  " ",
  "\t",
  "h:1",
  "\x01",
  "é",
];
const FIRST = [
  "GET",
  " ",
  "/",
  "/p?q#f",
  "HTTP/1.1",
  "HTTP/1.0",
  "101",
  "200",
  "http://h",
  "*",
  "\xff",
  "\n",
];

export const http: AnyTarget = target<Input>({
  name: "http",
  promise:
    "is a head or an HttpError of a few kilobytes at most, the same in any pieces, and is answered or refused",
  input: (fc) =>
    fc.record<Input>({
      first: fc.oneof(
        fc.constantFrom("GET / HTTP/1.1", "HTTP/1.1 101 Switching Protocols", "HTTP/1.1 404 "),
        textOf(fc, FIRST, 6),
      ),
      fields: fc.array(
        fc.record({
          name: fc.constantFrom(...NAMES),
          value: textOf(fc, VALUES, 4),
          times: fc.constantFrom(1, 1, 1, 1, 2, 60, 300),
        }),
        { maxLength: 5 },
      ),
      sound: fc.constantFrom("request", "response", "neither"),
      edits: edits(fc),
      behind: fc.uint8Array({ maxLength: 6 }),
      cuts: cuts(fc),
    }),
  check(input) {
    const wire = edited(join(headOf(input), input.behind), input.edits);
    const whole = toldInAnyPieces(wire, input.cuts, read);
    if (input.edits.length === 0 && input.sound === "request" && input.fields.length === 0) {
      must(whole.includes(`101 ${PROTOCOLS[0]}`), "our own request is not answered");
    }
    pathOf(input.first);
  },
});

function headOf({ first, fields, sound }: Input): Uint8Array {
  const more = fields.flatMap(({ name, value, times }) =>
    new Array<[string, string]>(times).fill([name, value])
  );
  if (sound === "neither") return formatHead(first, more);
  const start = sound === "request"
    ? formatRequest({ host: "h:1", path: "/p", protocols: PROTOCOLS }, KEY)
    : formatHead("HTTP/1.1 101 Switching Protocols", [
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Accept", acceptOf(KEY)],
      ["Sec-WebSocket-Protocol", PROTOCOLS[0]!],
    ]);
  return join(start.subarray(0, -2), formatHead("", more).subarray(2));
}

function read(chunks: readonly Uint8Array[]): string[] {
  const reader = new HeadReader();
  let taken = 0;
  for (const chunk of chunks) {
    const error = refused(HttpError, () => taken += reader.read(chunk));
    if (error !== undefined) return [`${error.status} ${error.message}`];
    must(taken <= HEAD_MAX, `a head of ${taken} octets`);
  }
  if (!reader.complete) return [`${taken} and more`];
  return [`${taken}`, ...answered(reader), ...accepted(reader)];
}

function answered(reader: HeadReader): string[] {
  const told: string[] = [];
  const error = refused(HttpError, () => {
    const answer = answerUpgrade(reader.request(), PROTOCOLS);
    must(
      /^HTTP\/1\.1 \d{3} [\s\S]*\r\n\r\n/.test(String.fromCharCode(...answer.response)),
      "an answer that is none",
    );
    told.push("protocol" in answer ? `101 ${answer.protocol}` : answer.reason);
  });
  if (error !== undefined) told.push(`${error.status} ${error.message}`);
  return told;
}

function accepted(reader: HeadReader): string[] {
  const told: string[] = [];
  const error = refused(HttpError, () => {
    const head = reader.response();
    const refusal = refused(ProtocolError, () => told.push(checkResponse(head, KEY, PROTOCOLS)));
    if (refusal !== undefined) {
      must(refusal.message.length < 300, "a refusal as long as its head");
      told.push(refusal.message);
    }
  });
  if (error !== undefined) told.push(`${error.status} ${error.message}`);
  return told;
}
