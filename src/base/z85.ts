/**
 * Z85 (RFC 32): octets as text that is safe in source code, on command lines and in files: four octets are five of
 * 85 printable characters, base 85, highest digit first. A CURVE key of 32 octets has 40 characters.
 *
 * @module
 */

import { ZmqError } from "./errors.ts";

/** The characters for the digits 0 to 84, RFC 32 "Formal Specification". */
const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/**
 * Octets as Z85 text: `zmq_z85_encode(3)`, RFC 32.
 *
 * @example
 * ```ts
 * import { z85Encode } from "@puremq/zmq";
 *
 * const octets = Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b);
 * console.log(z85Encode(octets)); // "HelloWorld"
 * ```
 *
 * @param octets Any number of octets that is a multiple of four, none included.
 * @returns Five characters for four octets.
 * @throws {ZmqError} EINVAL if the number of octets is no multiple of four
 */
export function z85Encode(octets: Uint8Array): string {
  const { length } = octets;
  if (length % 4 !== 0) {
    throw new ZmqError("EINVAL", `Z85 takes octets by fours, not ${length} (RFC 32)`);
  }
  let text = "";
  for (let at = 0; at < length; at += 4) {
    let rest = 0;
    for (let i = 0; i < 4; i++) rest = rest * 256 + octets[at + i]!;
    let group = "";
    for (let digit = 0; digit < 5; digit++) {
      group = ALPHABET[rest % 85] + group;
      rest = Math.floor(rest / 85);
    }
    text += group;
  }
  return text;
}

/**
 * The octets that Z85 text stands for: `zmq_z85_decode(3)`, RFC 32.
 *
 * @example
 * ```ts
 * import { z85Decode } from "@puremq/zmq";
 *
 * console.log(z85Decode("HelloWorld").length); // 8
 * ```
 *
 * @param text Any number of Z85's 85 characters that is a multiple of five, none included.
 * @returns Four octets for five characters.
 * @throws {ZmqError} EINVAL if the length is no multiple of five, a character is not one of Z85's, or five
 * characters stand for more than 2^32 - 1
 */
export function z85Decode(text: string): Uint8Array {
  const octets = octetsOfZ85(text);
  // The text may be a secret key: the sentence must not show it.
  if (!octets) {
    throw new ZmqError("EINVAL", `Not Z85 (RFC 32): ${text.length} characters`);
  }
  return octets;
}

/** The same, with `undefined` for what is no Z85. */
export function octetsOfZ85(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length % 5 !== 0) return undefined;
  const octets = new Uint8Array(length / 5 * 4);
  const view = new DataView(octets.buffer);
  for (let from = 0, to = 0; from < length; to += 4) {
    let value = 0;
    for (const end = from + 5; from < end; from++) {
      const digit = ALPHABET.indexOf(text[from]!);
      if (digit < 0) return undefined;
      value = value * 85 + digit;
    }
    if (value > 0xffffffff) return undefined;
    view.setUint32(to, value);
  }
  return octets;
}

/**
 * A CURVE key as its 32 octets, given as that or as the 40 characters of its Z85, which may be octets themselves;
 * `undefined` for anything else. Text of 32 characters is no key: it was meant to be Z85, and is too short.
 */
export function octetsOfKey(key: string | Uint8Array): Uint8Array | undefined {
  if (typeof key === "string") return key.length === 40 ? octetsOfZ85(key) : undefined;
  if (key.length === 32) return key;
  return key.length === 40 ? octetsOfZ85(String.fromCharCode(...key)) : undefined;
}
