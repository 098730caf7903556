/**
 * Keys for CURVE: `zmq_curve_keypair(3)` and `zmq_curve_public(3)` by libzmq's test_sodium, RFC 7748's vectors for the
 * public key, our own X25519, and pyzmq where it is there.
 */

import { assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import * as zmq from "../../../mod.ts";
import { publicKeyOf } from "../../../src/crypto/x25519.ts";
import * as ofPages from "../../../src/socket/curve_keys_web.ts";
import { itNeeds, toolPath } from "../../support/legs.ts";
import { Random } from "../../support/reference.ts";

const { curveKeyPair, curvePublicKey, z85Decode, z85Encode, ZmqError } = zmq;

describe("curveKeyPair", () => {
  it("makes two keys of 40 characters of Z85 that belong together (LT-57)", () => {
    const { publicKey, secretKey, ...more } = curveKeyPair();
    assertEquals([z85Decode(publicKey).length, z85Decode(secretKey).length, more], [32, 32, {}]);
    assertEquals(z85Encode(publicKeyOf(z85Decode(secretKey))), publicKey);
  });

  it("makes another pair each time", () => {
    const made = Array.from({ length: 20 }, () => curveKeyPair());
    assertEquals(new Set(made.flatMap(({ publicKey, secretKey }) => [publicKey, secretKey])).size, 40);
  });

  it("is told by capability", () => {
    assertEquals([zmq.capability.curve, zmq.capability.gssapi], [true, false]);
  });
});

describe("curvePublicKey", () => {
  it("is X25519 of the secret key and 9 (RFC 7748 section 6.1)", () => {
    const vectors: [secretKey: string, publicKey: string][] = [
      [
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
      ],
      [
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
      ],
    ];
    for (const [secretKey, publicKey] of vectors) {
      assertEquals(z85Decode(curvePublicKey(bytes(secretKey))), bytes(publicKey));
    }
  });

  it("agrees with our own X25519, for text and for octets, whatever bits are set", () => {
    const random = new Random(25519);
    const secrets: Uint8Array[] = [new Uint8Array(32), new Uint8Array(32).fill(255)];
    for (let round = 0; round < 20; round++) secrets.push(random.octets(32));
    for (const secret of secrets) {
      const expected = z85Encode(publicKeyOf(secret));
      assertEquals(curvePublicKey(z85Encode(secret)), expected);
      assertEquals(curvePublicKey(secret), expected);
    }
  });

  it("leaves the secret that it is given as it is", () => {
    const secret = new Random(1).octets(32);
    const before = secret.slice();
    curvePublicKey(secret);
    assertEquals(secret, before);
  });

  it("takes no secret of another length and none that is no Z85: EINVAL, without showing it (CU-21, LT-59, LT-60)", () => {
    const { secretKey } = curveKeyPair();
    const wrong = ["", "42", secretKey.slice(1), `${secretKey}0`, `${secretKey.slice(1)}~`, "#".repeat(40)];
    for (const secret of [...wrong, new Uint8Array(0), new Uint8Array(31), new Uint8Array(33)]) {
      const error = assertThrows(() => curvePublicKey(secret), ZmqError) as InstanceType<typeof ZmqError>;
      assertEquals([error.code, error.message], [
        "EINVAL",
        "A secret key is 40 characters of Z85, or 32 octets",
      ]);
    }
    assertEquals(assertThrows(() => curvePublicKey(5 as unknown as string), ZmqError).name, "ZmqError");
  });

  itNeeds(["python"], "is what pyzmq says, and its pairs are pairs here", () => {
    const { publicKey, secretKey } = curveKeyPair();
    const program = "import sys, zmq\n" +
      "print(zmq.curve_public(sys.argv[1].encode()).decode())\n" +
      "print(*[key.decode() for key in zmq.curve_keypair()])";
    const said = execFileSync(toolPath("python")!, ["-c", program, secretKey], { encoding: "utf8" });
    const [ours, pair] = said.trim().split("\n");
    assertEquals(ours, publicKey);
    const [theirPublic, theirSecret] = pair!.split(" ");
    assertNotEquals(theirPublic, theirSecret);
    assertEquals(curvePublicKey(theirSecret!), theirPublic);
  });
});

describe("keys and certificates in a page", () => {
  it("are ENOTSUP, and capability says so", () => {
    for (
      const make of [
        ofPages.curveKeyPair,
        ofPages.curvePublicKey,
        ofPages.formatCertificate,
        ofPages.parseCertificate,
      ]
    ) {
      const error = assertThrows(make, ZmqError) as InstanceType<typeof ZmqError>;
      assertEquals(error.code, "ENOTSUP");
      assertMatch(error.message, /page/);
    }
    assertEquals(ofPages.CURVE, false);
  });
});

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (digits) => parseInt(digits, 16));
}
