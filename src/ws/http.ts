/**
 * The head of an HTTP/1.1 message (RFC 9112), as much of it as an upgrade needs: octets in, a request or a
 * response with its fields out, and how a response is written. What a peer can make us keep is bounded: 8 KiB
 * and a hundred fields.
 *
 * Strict where RFC 9112 allows either: a bare LF ends no line (section 2.2 says MAY), for a proxy in front of us
 * might see the end of the head elsewhere. Folded lines and blanks before a colon are refused (section 5).
 *
 * @module
 */

import { encodeText, latin1 } from "../base/bytes.ts";

/** Most octets of a head. libzmq's limit is the same. */
export const HEAD_MAX: number = 8192;
/** Most fields of a head; browsers send about 20. */
const FIELDS_MAX = 100;

const CR = 13;
const LF = 10;
const TAB = 9;

/** RFC 9110, section 5.6.2: token = 1*tchar. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!-~]+) HTTP\/(\d\.\d)$/;
const STATUS_LINE = /^HTTP\/(\d\.\d) (\d{3}) ?(.*)$/;

/** A head that is refused. */
export class HttpError extends Error {
  /** The status to answer a request with. */
  readonly status: number;

  /** Makes an error with its status and one sentence with the clause. */
  constructor(status: number, message: string) {
    super(message);
    this.name = "HttpError";
    this.status = status;
  }
}

/** The fields of a head: all values of a name, in order, by its lower-case form. */
export type Fields = ReadonlyMap<string, readonly string[]>;

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  /** The target as it came. */
  readonly target: string;
  readonly fields: Fields;
}

/** The head of a response. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
}

/** Gathers a head, in any pieces. */
export class HeadReader {
  #octets = new Uint8Array(1024);
  #length = 0;
  #complete = false;

  /** Whether all of it is there, up to and with the empty line. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Takes what belongs to the head, answers how many octets that was. Throws an `HttpError`. */
  read(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && !this.#complete) this.#take(chunk[at++]!);
    return at;
  }

  /** The whole head as a request. Throws an `HttpError`. */
  request(): RequestHead {
    const [first, lines] = this.#lines();
    const match = REQUEST_LINE.exec(first);
    if (match === null) throw new HttpError(400, "No request line (RFC 9112, section 3)");
    if (match[3] !== "1.1") throw new HttpError(505, `HTTP/${match[3]} is not spoken here, HTTP/1.1 is`);
    return { method: match[1]!, target: match[2]!, fields: readFields(lines) };
  }

  /** The whole head as a response. Throws an `HttpError`. */
  response(): ResponseHead {
    const [first, lines] = this.#lines();
    const match = STATUS_LINE.exec(first);
    if (match === null) {
      throw new HttpError(400, `No status line (RFC 9112, section 4) but ${quote(first)}`);
    }
    if (match[1] !== "1.1") throw new HttpError(505, `An answer in HTTP/${match[1]}, not HTTP/1.1`);
    return { status: Number(match[2]), reason: match[3]!, fields: readFields(lines) };
  }

  /** As early as possible: what speaks another protocol is gone after a few octets. */
  #take(octet: number): void {
    if (octet < 0x20 && octet !== CR && octet !== LF && octet !== TAB || octet === 0x7f) {
      throw new HttpError(400, "A control character in the head (RFC 9112, section 2.2)");
    }
    const length = this.#length;
    const afterCr = length > 0 && this.#octets[length - 1] === CR;
    if (afterCr !== (octet === LF)) {
      throw new HttpError(400, "A CR or an LF that stands alone (RFC 9112, section 2.2)");
    }
    // The first line begins with a method or a version: anything else is no HTTP, such as a ZMTP greeting.
    if (length === 0 && !/[!-~]/.test(String.fromCharCode(octet))) {
      throw new HttpError(400, "No HTTP: the first octet is no character of a method or version");
    }
    if (length === HEAD_MAX) throw new HttpError(431, `A head of more than ${HEAD_MAX} octets`);
    if (length === this.#octets.length) this.#grow();
    this.#octets[this.#length++] = octet;
    this.#complete = octet === LF && length >= 3 && this.#octets[length - 2] === LF;
  }

  #grow(): void {
    const octets = new Uint8Array(Math.min(HEAD_MAX, 2 * this.#length));
    octets.set(this.#octets);
    this.#octets = octets;
  }

  #lines(): [first: string, rest: string[]] {
    const [first, ...rest] = latin1(this.#octets.subarray(0, this.#length - 4)).split("\r\n");
    return [first!, rest];
  }
}

/** The one value of a field; `undefined` if it is not there, or more than once. */
export function onlyValue(fields: Fields, name: string): string | undefined {
  const values = fields.get(name);
  return values?.length === 1 ? values[0] : undefined;
}

/** The elements of a field that is a list, of all its lines (RFC 9110, section 5.6.1). */
export function listOf(fields: Fields, name: string): string[] {
  const elements = (fields.get(name) ?? []).join(",").split(",");
  return elements.map((element) => trim(element)).filter((element) => element !== "");
}

/** Whether a list has this element, in upper or lower case. */
export function lists(fields: Fields, name: string, element: string): boolean {
  return listOf(fields, name).some((each) => each.toLowerCase() === element);
}

/** Whether this is a token (RFC 9110, section 5.6.2). */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * The path of a request, without its query: the key by which one port serves several. `undefined` for a target
 * that is none, such as `*`. RFC 9112, section 3.2.2: the absolute form is understood, too.
 */
export function pathOf(target: string): string | undefined {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/, "");
  if (path === "" && target !== "" && /^https?:/i.test(target)) return "/";
  return path.startsWith("/") ? path : undefined;
}

/** The octets of a head: its first line, and its fields in order. */
export function formatHead(first: string, fields: readonly (readonly [string, string])[]): Uint8Array {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return encodeText(`${first}\r\n${lines.join("")}\r\n`);
}

/** The octets of a response that refuses, and says why in plain text. The connection ends with it. */
export function formatRefusal(
  status: number,
  reason: string,
  fields: readonly (readonly [string, string])[] = [],
): Uint8Array {
  const body = `${reason}\n`;
  const head = `HTTP/1.1 ${status} ${PHRASES[status] ?? "Refused"}`;
  const all: (readonly [string, string])[] = [
    ...fields,
    ["Connection", "close"],
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Length", String(encodeText(body).length)],
  ];
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`);
  return encodeText(`${head}\r\n${lines.join("")}\r\n${body}`);
}

/** What a peer said, for an error's text: short and without control characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

const PHRASES: { readonly [status: number]: string } = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

function readFields(lines: readonly string[]): Fields {
  if (lines.length > FIELDS_MAX) throw new HttpError(431, `More than ${FIELDS_MAX} header fields`);
  const fields = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    if (!isToken(name)) {
      // A folded line, a blank before the colon, an empty name, no colon at all.
      throw new HttpError(400, `A header line without a proper name (RFC 9112, section 5): ${quote(line)}`);
    }
    const key = name.toLowerCase();
    const values = fields.get(key);
    const value = trim(line.slice(colon + 1));
    if (values === undefined) fields.set(key, [value]);
    else values.push(value);
  }
  return fields;
}

/** RFC 9110, section 5.6.3: blanks and tabs around a value are no part of it. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === TAB;
}
