/**
 * Endpoints as text, of every transport.
 */

import { ZmqError } from "../../../src/base/errors.ts";
import { formatIpc, formatTcp, parseIpc, parseTcp } from "../../../src/socket/endpoint.ts";
import type { Given } from "../../../src/socket/endpoint_text.ts";
import { parseEpgm, parseUdp } from "../../../src/socket/multicast_endpoint.ts";
import { parseWs } from "../../../src/socket/ws_address.ts";
import { hostField, normalWs } from "../../../src/socket/ws_endpoint.ts";
import { must, refused } from "../holds.ts";
import { textOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly text: string;
  readonly purpose: "bind" | "connect";
  readonly type: string;
}

const TOKENS = [
  "*",
  ":",
  ";",
  ",",
  "/",
  "@",
  "[",
  "]",
  "%",
  "127.0.0.1",
  "::1",
  "fe80::1",
  "eth0",
  "localhost",
  "80",
  "0",
  "65535",
  "65536",
  "239.0.0.1",
  "ff08::1",
  "?a=b",
  "\0",
  " ",
  "é",
  "10.0.0.0/8",
  "a".repeat(260),
];

const TYPES = ["DEALER", "STREAM", "DGRAM", "RADIO", "DISH", "PUB", "SUB", "__proto__", "constructor"];

export const endpoint: AnyTarget = target<Input>({
  name: "endpoint",
  promise:
    "is read or refused with a ZmqError that says so in a few words, and is the same written and read again",
  input: (fc) =>
    fc.record<Input>({
      text: textOf(fc, TOKENS, 9),
      purpose: fc.constantFrom("bind", "connect"),
      type: fc.constantFrom(...TYPES),
    }),
  check({ text, purpose, type }) {
    const given: Given = { address: `x://${text}`, purpose };
    read(() => {
      const { host, port, zone } = parseTcp(text, given);
      const again = parseTcp(formatTcp(zone === undefined ? host : `${host}%${zone}`, port).slice(6), given);
      must(again.host === host && again.port === port && again.zone === zone, "another tcp endpoint");
      must(Number.isInteger(port) && port >= 0 && port <= 65_535, `the port ${port}`);
    });
    read(() => {
      const { path, wildcard } = parseIpc(text, given);
      if (!wildcard) must(parseIpc(formatIpc(path).slice(6), given).path === path, "another path");
    });
    for (const scheme of ["ws", "wss"] as const) {
      read(() => {
        const found = parseWs(scheme, text, given, type);
        const again = parseWs(scheme, normalWs(found).slice(scheme.length + 3), given, type);
        must(normalWs(again) === normalWs(found) && again.path === found.path, "another ws endpoint");
        // Who binds asks for nothing, and may name an interface, whatever is in its name.
        const asked = given.purpose === "connect" ? hostField(found) : "";
        must(!/[\r\n\0 ]/.test(asked + found.path), "what would end a line of a request");
      });
    }
    read(() => parseUdp(text, given, type));
    read(() => must(parseEpgm(text, given, type).groups.length > 0, "no group"));
  },
});

function read(parse: () => void): void {
  const error = refused(ZmqError, parse);
  if (error === undefined) return;
  must(["EINVAL", "ENOCOMPATPROTO", "ENAMETOOLONG"].includes(error.code), `the code ${error.code}`);
  must(error.message.length < 400, `an error of ${error.message.length} characters`);
}
