/**
 * The client's side of SOCKS 5 (RFC 1928) with user and password (RFC 1929), as pure state: what the proxy says goes
 * in, in pieces of any size, what to say to it comes out. What comes behind its last reply is the other protocol's.
 *
 * One method is offered, as libzmq does: that with a user and a password if there is a user, else that without. Names
 * go to the proxy as they are.
 *
 * @module
 */

import { concatBytes, EMPTY, encodeText } from "../base/bytes.ts";
import { parseIpAddress } from "../base/ip_address.ts";

/** What the proxy is to do, and for whom. */
export interface SocksRequest {
  /** Name or numeric address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** At most 255 octets in UTF-8, and so the password; empty: none. */
  readonly username: string;
  readonly password: string;
}

/** Why a proxy is of no use, with an error's code. */
export class SocksError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const VERSION = 5;
/** RFC 1929, 2: the version of the exchange of user and password. */
const USER_VERSION = 1;
const CONNECT = 1;

/** RFC 1928, 3: methods. */
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;

/** RFC 1928, 5: kinds of addresses. */
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

/** RFC 1928, 6: replies other than success. */
const REPLIES: { readonly [reply: number]: readonly [code: string, words: string] } = {
  1: ["ECONNABORTED", "it has failed"],
  2: ["EACCES", "its rules do not allow it"],
  3: ["ENETUNREACH", "the network is unreachable"],
  4: ["EHOSTUNREACH", "the host is unreachable"],
  5: ["ECONNREFUSED", "the connection was refused"],
  6: ["ETIMEDOUT", "the time to live has run out"],
  7: ["EOPNOTSUPP", "it does not connect"],
  8: ["EAFNOSUPPORT", "it does not know this kind of address"],
};

/** One conversation with a proxy. */
export class SocksClient {
  readonly #request: SocksRequest;
  readonly #method: number;
  /** What is read next: the choice of the method, the word on the user, the reply; or nothing any more. */
  #next: "method" | "user" | "reply" | "over" = "method";
  #pending: Uint8Array = EMPTY;

  constructor(request: SocksRequest) {
    if (encodeText(request.host).length > 255) {
      throw new SocksError("EINVAL", "The host is too long for a proxy");
    }
    this.#request = request;
    this.#method = request.username === "" ? NO_AUTHENTICATION : USER_AND_PASSWORD;
  }

  /** What is said first. */
  get greeting(): Uint8Array {
    return Uint8Array.of(VERSION, 1, this.#method);
  }

  /** Whether the proxy has connected us. */
  get connected(): boolean {
    return this.#next === "over";
  }

  /** What came behind its reply. */
  get rest(): Uint8Array {
    return this.#pending;
  }

  /**
   * Takes octets of the proxy; answers what to say to it now, which may be nothing. To be called until `connected`.
   *
   * @throws {SocksError} The proxy refuses, or it is none; it is not to be called again
   */
  receive(chunk: Uint8Array): Uint8Array {
    this.#pending = this.#pending.length === 0 ? chunk : concatBytes(this.#pending, chunk);
    const said: Uint8Array[] = [];
    for (;;) {
      const length = this.#read(said);
      if (length === 0) return concatBytes(...said);
      this.#pending = this.#pending.subarray(length);
    }
  }

  /** Reads one thing if it is there whole; answers how long it was. */
  #read(said: Uint8Array[]): number {
    const octets = this.#pending;
    switch (this.#next) {
      case "method":
        if (octets.length > 0) requireVersion(octets[0]!, VERSION);
        if (octets.length < 2) return 0;
        this.#chosen(octets[1]!, said);
        return 2;
      case "user":
        if (octets.length > 0) requireVersion(octets[0]!, USER_VERSION);
        if (octets.length < 2) return 0;
        if (octets[1] !== 0) throw new SocksError("EACCES", "The proxy refuses the user or the password");
        this.#ask(said);
        return 2;
      case "reply":
        return this.#reply(octets);
      case "over":
        return 0;
    }
  }

  #chosen(method: number, said: Uint8Array[]): void {
    if (method !== this.#method) {
      throw new SocksError(
        "EACCES",
        `The proxy takes no method that was offered: ${method} and not ${this.#method}`,
      );
    }
    if (method === NO_AUTHENTICATION) return this.#ask(said);
    const { username, password } = this.#request;
    said.push(concatBytes(Uint8Array.of(USER_VERSION), counted(username), counted(password)));
    this.#next = "user";
  }

  #ask(said: Uint8Array[]): void {
    const { host, port } = this.#request;
    const numeric = parseIpAddress(host);
    const kind = numeric === undefined ? NAME : numeric.length === 4 ? IPV4 : IPV6;
    const head = Uint8Array.of(VERSION, CONNECT, 0, kind);
    const address = numeric === undefined ? counted(host) : Uint8Array.from(numeric);
    said.push(concatBytes(head, address, Uint8Array.of(port >> 8, port & 0xff)));
    this.#next = "reply";
  }

  #reply(octets: Uint8Array): number {
    if (octets.length > 0) requireVersion(octets[0]!, VERSION);
    if (octets.length < 2) return 0;
    // A refusal needs no address behind it.
    if (octets[1] !== 0) throw refused(octets[1]!);
    if (octets.length > 2 && octets[2] !== 0) throw broken("its reply's reserved octet is not 0");
    if (octets.length < 5) return 0;
    const length = 4 + addressLength(octets[3]!, octets[4]!) + 2;
    if (octets.length < length) return 0;
    this.#next = "over";
    return length;
  }
}

function requireVersion(found: number, wanted: number): void {
  if (found !== wanted) throw broken(`it speaks version ${found} where it must be ${wanted}`);
}

/** Of a name, with the octet that counts it. */
function addressLength(kind: number, first: number): number {
  if (kind === IPV4) return 4;
  if (kind === IPV6) return 16;
  if (kind === NAME) return 1 + first;
  throw broken(`its reply has an address of the kind ${kind}`);
}

/** Text with its length in front. */
function counted(text: string): Uint8Array {
  const octets = encodeText(text);
  return concatBytes(Uint8Array.of(octets.length), octets);
}

function refused(reply: number): SocksError {
  const [code, words] = REPLIES[reply] ??
    ["EPROTO", `it has the reply ${reply}, which RFC 1928 does not know`];
  return new SocksError(code, `The proxy does not connect: ${words}`);
}

function broken(words: string): SocksError {
  return new SocksError("EPROTO", `The proxy breaks SOCKS 5: ${words}`);
}
