/**
 * Messages as lines and lines as messages, in the four forms of `--format` and `--input-format`. All but text
 * can carry any octets; each form reads what it wrote. Pure.
 *
 * - text: the octets as they are, the parts joined by the separator
 * - hex: two digits an octet, the parts joined by the separator
 * - quoted: each part in quotes, what cannot be printed as `\n` or `\x00`, joined by the separator
 * - json: an array of parts; a part is its text, or `{"hex":"00ff"}` where the octets are not UTF-8
 *
 * @module
 */

import { concatBytes, encodeText } from "../base/bytes.ts";

/** A form by its name. */
export type Format = "text" | "hex" | "json" | "quoted";

/** Their names. */
export const FORMATS: readonly Format[] = ["text", "hex", "json", "quoted"];

/** How lines are written or read. */
export interface Style {
  readonly format: Format;
  /** What is between the parts; empty: a line is one part. Not for json. */
  readonly separator: string;
  /** Text is for a person to see: control characters must not reach the terminal. */
  readonly terminal?: boolean;
  /** The first part is a routing id: text writes one that cannot be printed as `0x` and its digits. */
  readonly routingId?: boolean;
}

/** A line that is not what its form wants. */
export class FormatError extends Error {}

/** The line of a message, without its end. */
export function formatMessage(parts: readonly Uint8Array[], style: Style): Uint8Array {
  const { format, separator } = style;
  if (format === "json") return encodeText(JSON.stringify(parts.map(toJson)));
  const pieces: Uint8Array[] = [];
  for (const [index, part] of parts.entries()) {
    if (index > 0) pieces.push(encodeText(separator));
    pieces.push(formatPart(part, style, index));
  }
  return concatBytes(...pieces);
}

/**
 * The message that a line stands for.
 *
 * @throws {FormatError} with what the line should be
 */
export function parseMessage(line: Uint8Array, style: Style): Uint8Array[] {
  const { format, separator } = style;
  if (format === "json") return parseJson(line);
  if (format === "quoted") return parseQuoted(decodeText(line), separator);
  const pieces = split(line, encodeText(separator));
  if (format === "hex") return pieces.map((piece) => parseHex(decodeText(piece).trim()));
  const id = style.routingId ? decodeText(pieces[0]!) : "";
  if (id.startsWith("0x")) pieces[0] = parseHex(id.slice(2));
  return pieces;
}

/** A separator as it is typed: `\t`, `\n`, `\0`, `\\` and `\xNN` stand for what a shell makes hard to type. */
export function parseSeparator(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|.)/g, (whole, code: string) => {
    if (code.length === 3) return String.fromCharCode(parseInt(code.slice(1), 16));
    return NAMED[code] ?? whole;
  });
}

/** Octets as two digits each. */
export function toHex(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += octet.toString(16).padStart(2, "0");
  return text;
}

/** A routing id for a person: its text, or `0x` and its digits. */
export function showRoutingId(id: Uint8Array): string {
  const text = strictText(id);
  return text === undefined || text === "" || UNPRINTABLE.test(text) || text.startsWith("0x")
    ? `0x${toHex(id)}`
    : text;
}

/** C0, DEL and C1: what moves the cursor of a terminal, or worse. */
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f]/;

const NAMED: { readonly [code: string]: string } = { t: "\t", n: "\n", r: "\r", "0": "\0", "\\": "\\" };

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

function formatPart(part: Uint8Array, { format, terminal, routingId }: Style, index: number): Uint8Array {
  if (format === "hex") return encodeText(toHex(part));
  if (format === "quoted") return encodeText(`"${escape(part)}"`);
  if (routingId && index === 0) return encodeText(showRoutingId(part));
  if (!terminal) return part;
  // Tabs are harmless, and the usual separator.
  // deno-lint-ignore no-control-regex
  return encodeText(decodeText(part).replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, escapeUnit));
}

function decodeText(octets: Uint8Array): string {
  return lenient.decode(octets);
}

/** The octets as text, unless they are not UTF-8. */
function strictText(octets: Uint8Array): string | undefined {
  try {
    return strict.decode(octets);
  } catch {
    return undefined;
  }
}

function toJson(part: Uint8Array): string | { hex: string } {
  return strictText(part) ?? { hex: toHex(part) };
}

function escape(part: Uint8Array): string {
  const text = strictText(part);
  if (text !== undefined) {
    // C1 characters are two octets each, so they are written octet by octet, as they are read.
    // deno-lint-ignore no-control-regex
    return text.replace(/[\x00-\x1f\x7f-\x9f"\\]/g, escapeUnit);
  }
  return Array.from(
    part,
    (octet) => octet >= 0x80 ? `\\x${octet.toString(16)}` : escape(Uint8Array.of(octet)),
  ).join("");
}

function escapeUnit(unit: string): string {
  if (unit === '"' || unit === "\\") return `\\${unit}`;
  const name = { "\t": "t", "\n": "n", "\r": "r" }[unit];
  if (name !== undefined) return `\\${name}`;
  return Array.from(encodeText(unit), (octet) => `\\x${octet.toString(16).padStart(2, "0")}`).join("");
}

function split(line: Uint8Array, separator: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  if (separator.length > 0) {
    for (let at = line.indexOf(separator[0]!); at >= 0; at = line.indexOf(separator[0]!, at)) {
      if (separator.every((octet, i) => line[at + i] === octet)) {
        pieces.push(line.subarray(from, at));
        from = at += separator.length;
      } else at++;
    }
  }
  pieces.push(line.subarray(from));
  return pieces;
}

function parseHex(text: string): Uint8Array {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) {
    throw new FormatError(`"${text}" is not hex: two digits an octet, such as 00ff`);
  }
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

function parseQuoted(text: string, separator: string): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const wrong = () =>
    new FormatError(`not quoted: each part is "in quotes", with \\" \\\\ \\n \\t \\r \\xNN`);
  for (let at = 0;;) {
    const found = /^"((?:[^"\\]|\\(?:["\\ntr]|x[0-9a-fA-F]{2}))*)"/.exec(text.slice(at));
    if (found === null) throw wrong();
    parts.push(unescape(found[1]!));
    at += found[0].length;
    if (at === text.length) return parts;
    if (!text.startsWith(separator, at)) throw wrong();
    at += separator.length;
  }
}

function unescape(text: string): Uint8Array {
  const pieces = text.match(/\\x..|\\.|[^\\]+/g) ?? [];
  return concatBytes(...pieces.map((piece) => {
    if (!piece.startsWith("\\")) return encodeText(piece);
    if (piece.length === 4) return Uint8Array.of(parseInt(piece.slice(2), 16));
    return encodeText(NAMED[piece[1]!] ?? piece[1]!);
  }));
}

function parseJson(line: Uint8Array): Uint8Array[] {
  const wrong = () => new FormatError(`not a message: an array of parts such as ["text",{"hex":"00ff"}]`);
  let value: unknown;
  try {
    value = JSON.parse(decodeText(line));
  } catch {
    throw wrong();
  }
  if (!Array.isArray(value) || value.length === 0) throw wrong();
  return value.map((part: unknown) => {
    if (typeof part === "string") return encodeText(part);
    const hex = (part as { hex?: unknown } | null)?.hex;
    if (typeof hex !== "string") throw wrong();
    return parseHex(hex);
  });
}
