/**
 * The boxes of CURVE's handshake (RFC 26, "curvezmq commands"), and how each is refused. A box that does not open
 * says the same whatever is wrong with it: who changed it, or who has the wrong key, cannot be known.
 *
 * @module
 */

import { concatBytes } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { ProtocolErrorCode } from "../base/errors.ts";
import { open, seal, sharedKey } from "../crypto/box.ts";
import { equalSecrets, wipe } from "../crypto/secrets.ts";
import { decodeMetadata } from "../message/metadata.ts";
import type { Metadata } from "../message/metadata.ts";
import { fullNonce } from "./curve_nonce.ts";

/** Octets of a vouch and of a cookie alike: a long nonce, and a box of two keys. */
export const VOUCH_SIZE = 96;
/** Octets of a long nonce: random, for the keys that outlive a connection. */
export const LONG_NONCE_SIZE = 16;

/** Text and a nonce, in a box. */
export function sealBox(text: Uint8Array, prefix: string, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  return seal(text, fullNonce(prefix, nonce), key);
}

/** The text of a box, in new memory. Throws a `ProtocolError`. */
export function openBox(
  box: Uint8Array,
  prefix: string,
  nonce: Uint8Array,
  key: Uint8Array,
  what: string,
): Uint8Array {
  const text = open(box, fullNonce(prefix, nonce), key);
  if (text === undefined) throw cryptographic(`${what} does not open`);
  return text;
}

/** Two keys under a long nonce, which is put before the box: a vouch, or a cookie. */
export function sealPair(
  first: Uint8Array,
  second: Uint8Array,
  prefix: string,
  nonce: Uint8Array,
  key: Uint8Array,
): Uint8Array {
  const pair = concatBytes(first, second);
  const sealed = concatBytes(nonce, sealBox(pair, prefix, nonce, key));
  wipe(pair);
  return sealed;
}

/** What `sealPair` has put together, in new memory. Throws a `ProtocolError`. */
export function openPair(sealed: Uint8Array, prefix: string, key: Uint8Array, what: string): Uint8Array {
  return openBox(sealed.subarray(LONG_NONCE_SIZE), prefix, sealed.subarray(0, LONG_NONCE_SIZE), key, what);
}

/**
 * The key between two owners. Throws a `ProtocolError` if the public key is a point of small order: the boxes
 * under what comes out of it could be opened and made by anybody.
 */
export function agree(
  publicKey: Uint8Array,
  secretKey: Uint8Array,
  code: ProtocolErrorCode,
  whose: string,
): Uint8Array {
  const key = sharedKey(publicKey, secretKey);
  if (key !== undefined) return key;
  throw new ProtocolError(code, `${whose} is a point of small order (RFC 7748, section 6.1)`);
}

/**
 * RFC 26, "the INITIATE command": the vouch proves that the client has the secret of the key C that it claims. It
 * names C' and S, so that it serves this connection only, and this server. Throws a `ProtocolError`.
 */
export function checkVouch(
  vouch: Uint8Array,
  key: Uint8Array,
  shortClientKey: Uint8Array,
  serverKey: Uint8Array,
): void {
  const pair = openPair(vouch, "VOUCH---", key, "The vouch of INITIATE");
  // Both are compared, always: that one is wrong must not show in how long it takes.
  const connection = equalSecrets(pair.subarray(0, 32), shortClientKey);
  const server = equalSecrets(pair.subarray(32), serverKey);
  wipe(pair);
  if (connection && server) return;
  throw new ProtocolError(
    "ERR_ZMTP_KEY_EXCHANGE",
    `A vouch for another ${connection ? "server" : "connection"} (RFC 26)`,
  );
}

/** The properties in a box that was opened. Throws a `ProtocolError`. */
export function boxedMetadata(octets: Uint8Array, command: "INITIATE" | "READY"): Metadata {
  const metadata = decodeMetadata(octets);
  if (metadata !== undefined) return metadata;
  throw new ProtocolError(
    `ERR_ZMTP_MALFORMED_COMMAND_${command}`,
    `${command} with malformed metadata (RFC 26)`,
  );
}

/** The refusal of a nonce that is not above the one before. */
export function outOfSequence(command: string): ProtocolError {
  return new ProtocolError(
    "ERR_ZMTP_INVALID_SEQUENCE",
    `${command} with a nonce that is not above the one before (RFC 26)`,
  );
}

/** The refusal of a box. */
export function cryptographic(what: string): ProtocolError {
  return new ProtocolError("ERR_ZMTP_CRYPTOGRAPHIC", `${what} (RFC 26)`);
}
