/**
 * Random cases until there are enough: boxes against the twin, tweetnacl and libsodium, products against the twin and
 * libsodium, and RFC 7748's million iterations. Not a test of the suite; minutes.
 *
 * ```sh
 * deno run -A tests/unit/crypto/long_run.ts [boxes, default 2000000] [products, default 20000] [seed]
 * ```
 *
 * @module
 */

import process from "node:process";
import { fileURLToPath } from "node:url";
import { montgomeryLadder } from "../../../src/crypto/curve25519.ts";
import { x25519 } from "../../../src/crypto/x25519.ts";
import { cryptography, sodium } from "../../runner/tools.ts";
import { Random } from "../../support/reference.ts";
import { assertSame, boxCase, hex, randomSize, TWIN, unhex } from "./implementations.ts";
import { askSodium, npmRivals } from "./rivals.ts";

const [boxes = 2_000_000, products = 20_000, seed = Date.now() % 2 ** 32] = process.argv.slice(2).map(Number);
const random = new Random(seed);
console.log(`seed ${seed}`);

const npm = await cryptography();
if (npm.path === undefined) console.log(`without tweetnacl and noble: ${npm.missing}`);
const [tweetnacl, noble] = npm.path === undefined ? [] : npmRivals(npm.path);
const rivals = tweetnacl === undefined ? [TWIN] : [TWIN, tweetnacl];
for (let i = 1; i <= boxes; i++) {
  boxCase(random, randomSize(random), i % 20 === 0 && noble !== undefined ? [...rivals, noble] : rivals);
  if (i % 250_000 === 0 || i === boxes) console.log(`${i} boxes agree`);
}

for (let i = 1; i <= products; i++) {
  const secretKey = random.octets(32), publicKey = random.octets(32);
  assertSame(x25519(secretKey, publicKey), montgomeryLadder(secretKey, publicKey), `case ${i}`);
  if (i === products) console.log(`${i} products agree`);
}

const python = await sodium();
if (python.path === undefined) {
  console.log(`without libsodium: ${python.missing}`);
} else {
  const program = fileURLToPath(new URL("./sodium_peer.py", import.meta.url));
  for (let done = 0; done < boxes; done += 50_000) {
    const counts = [Math.min(50_000, boxes - done), Math.round(products / 40), 100] as const;
    const found = askSodium(python.path, program, random, counts);
    if (found !== `${counts.join(" ")} wrong:`) throw new Error(`libsodium: ${found}`);
    if (done % 250_000 === 0) {
      console.log(`libsodium: ${done + counts[0]} boxes agree, +${counts[1]} products`);
    }
  }
}

let k: Uint8Array = unhex("09" + "00".repeat(31)), u: Uint8Array = k;
for (let i = 0; i < 1_000_000; i++) [k, u] = [x25519(k, u), k];
const expected = "7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424";
if (hex(k) !== expected) throw new Error(`after a million iterations: ${hex(k)}`);
console.log("RFC 7748's million iterations agree");
