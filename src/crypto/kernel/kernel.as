/*
 * The WebAssembly kernel: Salsa20, Poly1305 and X25519 where JavaScript's numbers would cost too much. It is
 * written in AssemblyScript (npm: assemblyscript), TypeScript's syntax over WebAssembly's types; the files
 * end in .as so that the tools for TypeScript leave them alone. ../kernel_code.ts holds what the compiler
 * made of them: tests/unit/crypto/compile_kernel.ts writes it, kernel_code_test.ts there compiles them again
 * and compares.
 *
 * No allocation, no import, no branch or address that depends on a secret. The program over it is
 * ../kernel.ts.
 */

import { KEY, MAC, STREAM } from "./layout";
import { absorb, finishMac, startMac, wipeMac } from "./poly1305";
import { cipher, startStream } from "./salsa20";

// By itself for its test alone: products hardly ever come near 2^255 - 19.
export { encode, ladder } from "./curve25519";
export { absorb, startMac } from "./poly1305";
export { cipher } from "./salsa20";

/** A box begins: the first 32 octets of the key stream are the key of its MAC. The nonce is in words. */
export function start(nonce0: u32, nonce1: u32): void {
  startStream(nonce0, nonce1, 32);
  startMac(STREAM);
}

/** Writes the MAC of what was absorbed. */
export function finish(to: usize): void {
  finishMac(to);
}

/** Whether the MAC there is that of what was absorbed. */
export function verify(mac: usize): bool {
  finishMac(MAC);
  return (load<u64>(mac) ^ load<u64>(MAC) | load<u64>(mac, 8) ^ load<u64>(MAC, 8)) === 0;
}

/** A box whose text is all in the window, in place; its MAC goes before it. */
export function seal(nonce0: u32, nonce1: u32, at: usize, length: u32): void {
  start(nonce0, nonce1);
  cipher(at, length);
  absorb(at, length);
  finishMac(at - 16);
}

/** The way back; false, and nothing changed, if the MAC is another. */
export function open(nonce0: u32, nonce1: u32, at: usize, length: u32): bool {
  start(nonce0, nonce1);
  absorb(at, length);
  const valid = verify(at - 16);
  if (valid) cipher(at, length);
  return valid;
}

/** Forgets the key, and what was made of it. */
export function wipe(): void {
  memory.fill(KEY, 0, STREAM + 256 - KEY);
  wipeMac();
}
