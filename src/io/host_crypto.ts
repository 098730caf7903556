/**
 * The host's own cryptography, as far as something is wanted of it at once and without our own: random octets, and
 * the public key that goes with a secret one. Node's module `crypto`, which Deno and Bun have too, is taken with
 * `process.getBuiltinModule`, so that no bundler meets it.
 *
 * @module
 */

interface KeyObject {
  export(form: { readonly format: "der"; readonly type: "spki" }): Uint8Array;
}

interface CryptoModule {
  createPrivateKey(
    key: { readonly key: Uint8Array; readonly format: "der"; readonly type: "pkcs8" },
  ): KeyObject;
  createPublicKey(privateKey: KeyObject): KeyObject;
}

declare const process: { getBuiltinModule?(name: string): unknown } | undefined;
declare const crypto: { getRandomValues(octets: Uint8Array): Uint8Array };

/** PKCS #8 (RFC 5958) around a secret key of X25519 (RFC 8410 section 7), which follows it. */
const PKCS8 = [
  0x30,
  0x2e,
  0x02,
  0x01,
  0x00,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x6e,
  0x04,
  0x22,
  0x04,
  0x20,
];

/** So many octets that nobody can foretell; at most 65536. */
export function randomOctets(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** The public key of X25519 (RFC 7748) for a secret key of 32 octets; `undefined` if the host has no such thing. */
export function x25519PublicKey(secretKey: Uint8Array): Uint8Array | undefined {
  const host = typeof process === "object" ? process.getBuiltinModule?.("crypto") : undefined;
  if (!host) return undefined;
  const { createPrivateKey, createPublicKey } = host as CryptoModule;
  const key = new Uint8Array(PKCS8.length + 32);
  key.set(PKCS8);
  key.set(secretKey, PKCS8.length);
  try {
    const privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
    // The key is the end of its SubjectPublicKeyInfo (RFC 8410 section 4).
    return new Uint8Array(createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32));
  } finally {
    key.fill(0);
  }
}
