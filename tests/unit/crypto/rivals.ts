/**
 * tweetnacl, noble and libsodium, as tests and the long run ask them.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { seal, sharedKey } from "../../../src/crypto/box.ts";
import { x25519 } from "../../../src/crypto/x25519.ts";
import type { Random } from "../../support/reference.ts";
import { type Implementation, randomSize } from "./implementations.ts";

/** Those of npm; `folder`: where they are installed. */
export function npmRivals(folder: string): Implementation[] {
  const load = createRequire(join(folder, "/"));
  const nacl = load("tweetnacl");
  const { xsalsa20poly1305 } = load("@noble/ciphers/salsa");
  const { x25519: noble } = load("@noble/curves/ed25519");
  return [
    {
      name: "tweetnacl",
      box: (text, nonce, key) => nacl.secretbox(text, nonce, key),
      multiply: (secretKey, publicKey) => nacl.scalarMult(secretKey, publicKey),
    },
    {
      name: "noble",
      box: (text, nonce, key) => xsalsa20poly1305(key, nonce).encrypt(text),
      multiply: (secretKey, publicKey) => noble.scalarMult(secretKey, publicKey),
    },
  ];
}

/** Ours of random cases, checked by libsodium; what its program says. Counts are boxes, products, shared keys. */
export function askSodium(
  python: string,
  program: string,
  random: Random,
  counts: readonly [number, number, number],
): string {
  const pieces: Uint8Array[] = [];
  const record = (kind: string, ...parts: Uint8Array[]) => {
    pieces.push(Uint8Array.of(kind.charCodeAt(0)), ...parts);
  };
  for (let i = 0; i < counts[0]; i++) {
    const key = random.octets(32),
      nonce = random.octets(24),
      text = random.octets(randomSize(random, 70_000));
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, text.length, true);
    record("B", key, nonce, length, text, seal(text, nonce, key));
  }
  for (let i = 0; i < counts[1]; i++) {
    const secretKey = random.octets(32), publicKey = random.octets(32);
    record("X", secretKey, publicKey, x25519(secretKey, publicKey));
  }
  for (let i = 0; i < counts[2]; i++) {
    const publicKey = random.octets(32), secretKey = random.octets(32);
    record("K", publicKey, secretKey, sharedKey(publicKey, secretKey)!);
  }
  const input = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    input.set(piece, at);
    at += piece.length;
  }
  const { stdout, stderr, error } = spawnSync(python, [program], { input, encoding: "utf8" });
  return String(error ?? stdout.trim() + stderr.trim());
}
