/**
 * Comparing and forgetting secrets, and what this folder promises about side channels.
 *
 * Constant in time, as far as the language lets a program say so: no branch, no index and no loop bound in
 * Salsa20, Poly1305, X25519 and the comparison here depends on a key, on a text or on a MAC; only lengths and
 * counters steer. Additions, multiplications, shifts and masks are all that touches a secret.
 *
 * Not promised: what the engine makes of it. JavaScript's compilers may choose other instructions for small
 * numbers than for large ones, multiplication takes its time by the operands on some (mostly embedded) CPUs, and
 * the collector may have moved a copy of a key before it was wiped. WebAssembly's numbers have one form only, so
 * the kernel is the closer of both to the promise. That a box was refused is no secret.
 *
 * @module
 */

/** Whether both hold the same octets, in a time that depends on the lengths alone. */
export function equalSecrets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/** Overwrites secrets with zeros. */
export function wipe(...memory: Uint8Array[]): void {
  for (const octets of memory) octets.fill(0);
}
