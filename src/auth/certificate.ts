/**
 * Certificates of CURVE as CZMQ keeps them: text in ZPL (RFC 4), with a section `metadata` about the owner and a
 * section `curve` with the keys. A public one goes to others as a file; beside it, with `_secret` at the end of its
 * name, lies the one with both keys. They are not signed: whoever hands one on vouches for it. Pure.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { octetsOfKey } from "../base/z85.ts";

/** What a certificate says. */
export interface CurveCertificate {
  /** 40 characters of Z85. */
  readonly publicKey: string;
  /** 40 characters of Z85; a public certificate has none. */
  readonly secretKey?: string | undefined;
  /** About the owner: `name`, `email` or whatever was agreed on. Default: nothing. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A file that somebody put there is read as a whole; a certificate has some hundred octets. */
const MOST_CHARACTERS = 65_536;
const MOST_LINES = 1000;

/** Spaces of one level (RFC 4). */
const INDENT = 4;
const NAME = "[A-Za-z0-9$\\-_@.&+/]+";
/**
 * Name, and if there is an equals sign a value in quotes of either kind, or up to a comment. No two neighbours match
 * the same character, so that the time stays proportional to the line's length.
 */
const LINE = new RegExp(
  `^( *)(${NAME})\\s*(?:=\\s*(?:"([^"]*)"\\s*|'([^']*)'\\s*|([^"'#\\s][^#]*))?)?(?:#.*)?$`,
);
// deno-lint-ignore no-control-regex -- that is what it is for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

const ABOUT_PUBLIC = [
  "CURVE certificate (RFC 26) with a public key, for others to have.",
  "Nothing signs it: hand it on by a way that nobody can tamper with.",
];
const ABOUT_SECRET = [
  "CURVE certificate (RFC 26) with a SECRET key.",
  "Nobody else may read it: show it to no one, and leave its permissions alone.",
];

/**
 * Reads a certificate, public or secret, as CZMQ's `zcert_save`, pyzmq's `create_certificates` and
 * {@linkcode formatCertificate} write it.
 *
 * @example
 * ```ts
 * import { curveKeyPair, formatCertificate, parseCertificate } from "@puremq/zmq";
 *
 * const text = formatCertificate({ ...curveKeyPair(), metadata: { name: "Alice" } });
 * const { publicKey, secretKey, metadata } = parseCertificate(text);
 * console.log(publicKey.length, secretKey?.length, metadata.name); // 40 40 "Alice"
 * ```
 *
 * @param text The file's text, at most 65536 characters and 1000 lines.
 * @returns Its keys as Z85, and what it says of the owner.
 * @throws {ZmqError} EINVAL if it is no certificate: no ZPL, no public key, a key that is no Z85, a name given twice
 */
export function parseCertificate(
  text: string,
): CurveCertificate & { readonly metadata: Readonly<Record<string, string>> } {
  const { curve, metadata } = readSections(text);
  const publicKey = curve.get("public-key");
  if (publicKey === undefined) throw refuse("there is no public-key in a section curve");
  const secretKey = curve.get("secret-key");
  for (const key of [publicKey, secretKey]) {
    // The sentence must not show it, for it may be a secret one.
    if (key !== undefined && !octetsOfKey(key)) throw refuse("a key has 40 characters of Z85");
  }
  return {
    publicKey,
    ...secretKey === undefined ? {} : { secretKey },
    metadata: Object.fromEntries(metadata),
  };
}

/**
 * Writes a certificate: a secret one if it is given a secret key, otherwise a public one.
 *
 * @example See {@linkcode parseCertificate}.
 *
 * @returns The text of a file. One with a secret key must be created so that nobody else can read it.
 * @throws {ZmqError} EINVAL for a key that is no Z85, and for metadata that ZPL cannot carry: names of other characters
 * than letters, digits and `$-_@.&+/`; values with control characters, or with both kinds of quotes
 */
export function formatCertificate(certificate: CurveCertificate): string {
  const { publicKey, secretKey, metadata = {} } = certificate;
  for (const key of [publicKey, ...secretKey === undefined ? [] : [secretKey]]) {
    if (typeof key !== "string" || !octetsOfKey(key)) throw cannot("a key has 40 characters of Z85");
  }
  const lines = [
    ...(secretKey === undefined ? ABOUT_PUBLIC : ABOUT_SECRET).map((line) => `#   ${line}`),
    "",
    "metadata",
    ...Object.entries(metadata).map(([name, value]) => property(name, value)),
    "curve",
    property("public-key", publicKey),
    ...secretKey === undefined ? [] : [property("secret-key", secretKey)],
    "",
  ];
  return lines.join("\n");
}

interface Sections {
  readonly curve: ReadonlyMap<string, string>;
  readonly metadata: ReadonlyMap<string, string>;
}

function readSections(text: string): Sections {
  if (text.length > MOST_CHARACTERS) throw refuse(`${text.length} characters are too many`);
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  if (lines.length > MOST_LINES) throw refuse(`${lines.length} lines are too many`);
  const sections = { curve: new Map<string, string>(), metadata: new Map<string, string>() };
  let section: Map<string, string> | undefined;
  // Nothing is deeper than one below the line before.
  let deepest = 0;
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const found = LINE.exec(line);
    const level = found ? found[1]!.length / INDENT : -1;
    if (!found || !Number.isInteger(level) || level > deepest || CONTROL.test(line)) {
      throw refuse(`line ${index + 1} is no ZPL (RFC 4)`);
    }
    const name = found[2]!;
    deepest = level + 1;
    if (level === 0) section = name === "curve" || name === "metadata" ? sections[name] : undefined;
    // What is deeper, or in other sections, is of no concern.
    if (level !== 1 || section === undefined) continue;
    if (section.has(name)) throw refuse(`line ${index + 1}: ${name} is given twice`);
    section.set(name, found[3] ?? found[4] ?? found[5]?.trimEnd() ?? "");
  }
  return sections;
}

function property(name: string, value: string): string {
  if (!new RegExp(`^${NAME}$`).test(name)) throw cannot(`${JSON.stringify(name)} is no name of ZPL (RFC 4)`);
  const quote = value.includes('"') ? "'" : '"';
  if (value.includes(quote) || CONTROL.test(value)) {
    throw cannot(`ZPL cannot carry the value of ${name} (RFC 4)`);
  }
  return `${" ".repeat(INDENT)}${name} = ${quote}${value}${quote}`;
}

function refuse(reason: string): ZmqError {
  return new ZmqError("EINVAL", `Not a certificate: ${reason}`);
}

function cannot(reason: string): ZmqError {
  return new ZmqError("EINVAL", `Cannot write a certificate: ${reason}`);
}
