import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { montgomeryLadder } from "../../../src/crypto/curve25519.ts";
import { x25519 } from "../../../src/crypto/x25519.ts";
import { itNeeds, toolPath } from "../../support/legs.ts";
import { Random } from "../../support/reference.ts";
import { assertSame, boxCase, EDGES, randomSize } from "./implementations.ts";
import { askSodium, npmRivals } from "./rivals.ts";

describe("the cryptography of others", () => {
  itNeeds(["cryptography"], "makes the same boxes: tweetnacl and noble", () => {
    const rivals = npmRivals(toolPath("cryptography")!);
    const random = new Random(2008);
    for (let size = 0; size <= 300; size++) boxCase(random, size, rivals);
    for (const edge of EDGES) boxCase(random, edge + random.between(-1, 1), rivals);
    for (let i = 0; i < 500; i++) boxCase(random, randomSize(random, 70_000), rivals);
  });

  itNeeds(["cryptography"], "makes the same products: tweetnacl and noble", () => {
    const rivals = npmRivals(toolPath("cryptography")!);
    const random = new Random(25519);
    for (let i = 0; i < 100; i++) {
      const secretKey = random.octets(32), publicKey = random.octets(32);
      const product = x25519(secretKey, publicKey);
      assertSame(montgomeryLadder(secretKey, publicKey), product, `twin, case ${i}`);
      for (const { name, multiply } of rivals) {
        assertSame(multiply(secretKey, publicKey), product, `${name}, case ${i}`);
      }
    }
  });

  itNeeds(["sodium"], "makes the same of both, and of shared keys: libsodium", () => {
    const program = fileURLToPath(new URL("./sodium_peer.py", import.meta.url));
    const found = askSodium(toolPath("sodium")!, program, new Random(1970), [800, 100, 50]);
    assertEquals(found, "800 100 50 wrong:");
  });
});
