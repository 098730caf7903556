/**
 * The options of security, as rows of the options' table. Which mechanism a socket uses is a side effect of them, as
 * in libzmq's `options.cpp`: whichever of `plain…` and `curve…` was set last has chosen it, and with it whether the
 * socket is the server or the client of the handshake.
 *
 * A password or key is never shown in an error.
 *
 * @module
 */

import { octetsOfKey, z85Encode } from "../base/z85.ts";
import {
  booleanOption,
  INT32_MAX,
  integerOption,
  invalid,
  type Option,
  requireBoolean,
  requireOctets,
  row,
} from "./option_kinds.ts";
import type { SocketOptionValues } from "./option_values.ts";

type SecurityOption = Option<SocketOptionValues, never>;
type Mechanism = SocketOptionValues["mechanism"];

/** The mechanisms by their numbers in `zmq.h`. */
const MECHANISMS: readonly Mechanism[] = ["NULL", "PLAIN", "CURVE"];

/** Of every socket. */
export const SECURITY_OPTIONS: readonly SecurityOption[] = [
  // The number comes first, for access by number takes the first row that has it.
  readOnly("int32", true, (values) => MECHANISMS.indexOf(values.mechanism)),
  readOnly("enum", false, (values) => values.mechanism === "NULL" ? null : values.mechanism.toLowerCase()),
  server("plainServer", 44, "PLAIN"),
  credential("plainUsername", 45),
  credential("plainPassword", 46),
  server("curveServer", 47, "CURVE"),
  key("curvePublicKey", 48),
  key("curveSecretKey", 49),
  key("curveServerKey", 50),
  zapDomain(),
  booleanOption("zapEnforceDomain", 93),
  integerOption("maxHandshakes", undefined, "int32", 0, INT32_MAX),
  integerOption("maxConnectionsPerAddress", undefined, "int32", 0, INT32_MAX),
  integerOption("maxDepartedPeers", undefined, "int32", 0, INT32_MAX),
];

/** libzmq gives the mechanism no setter either. */
function readOnly(
  kind: "int32" | "enum",
  hidden: boolean,
  read: (values: SocketOptionValues) => unknown,
): SecurityOption {
  return row("securityMechanism", 43, kind, "", { readOnly: true, hidden }, read, () => {
    throw invalid("securityMechanism", "a value", "it can only be read");
  });
}

/** `true` chooses the mechanism and its server's side, `false` NULL, whatever was chosen before. */
function server(name: "plainServer" | "curveServer", id: number, mechanism: Mechanism): SecurityOption {
  return row(name, id, "bool", "true or false", {}, (values) => {
    return values.asServer && values.mechanism === mechanism;
  }, (values, value) => {
    values.asServer = requireBoolean(value);
    values.mechanism = values.asServer ? mechanism : "NULL";
  });
}

/** Text that chooses PLAIN and its client's side; `null` chooses NULL, and the text stays. */
function credential(name: "plainUsername" | "plainPassword", id: number): SecurityOption {
  const range = "1 to 255 octets of text, or null";
  return row(name, id, "string", range, {}, (values) => values[name], (values, value) => {
    const octets = requireOctets(value);
    if (octets) {
      values[name] = requireText(name, octets, 255, range);
      values.asServer = false;
    }
    values.mechanism = octets ? "PLAIN" : "NULL";
  });
}

/** A key, which chooses CURVE, the server's key also the client's side; it reads as Z85. */
function key(name: "curvePublicKey" | "curveSecretKey" | "curveServerKey", id: number): SecurityOption {
  const range = "40 characters of Z85, 32 octets, or null";
  return row(name, id, "bytes", range, {}, (values) => {
    const octets = values[name];
    return octets && z85Encode(octets);
  }, (values, value) => {
    const octets = requireOctets(value);
    if (octets === undefined) {
      // Where there was none nothing is cleared, so no slip in a configuration turns CURVE off.
      if (values[name] && values.mechanism === "CURVE") values.mechanism = "NULL";
      values[name] = null;
      return;
    }
    const given = octetsOfKey(typeof value === "string" ? value : octets);
    if (given === undefined) throw invalid(name, `${octets.length} octets`, `it must be ${range}`);
    values[name] = given;
    values.mechanism = "CURVE";
    if (name === "curveServerKey") values.asServer = false;
  });
}

/** The domain of ZAP (RFC 27), which libzmq cannot clear either. */
function zapDomain(): SecurityOption {
  const range = "1 to 255 octets of text";
  return row("zapDomain", 55, "string", range, {}, (values) => values.zapDomain || null, (values, value) => {
    const octets = requireOctets(value);
    if (octets === undefined) throw invalid("zapDomain", "null", `it must be ${range}`);
    values.zapDomain = requireText("zapDomain", octets, 255, range);
  });
}

function requireText(name: string, octets: Uint8Array, most: number, range: string): string {
  const fits = octets.length > 0 && octets.length <= most;
  try {
    // A mark at the beginning is text here: nothing may become something else than the peer compares.
    if (fits) return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    // No UTF-8, which is no text.
  }
  throw invalid(name, `${octets.length} octets`, `it must be ${range}`);
}
