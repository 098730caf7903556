import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { KEY_SIZE, MAC_SIZE, NONCE_SIZE, open, seal, sharedKey } from "../../../src/crypto/box.ts";
import { equalSecrets, wipe } from "../../../src/crypto/secrets.ts";
import { publicKeyOf } from "../../../src/crypto/x25519.ts";
import { Random } from "../../support/reference.ts";
import { hex, TWIN, unhex } from "./implementations.ts";

/** Cryptography in NaCl, sections 5 to 10. */
const ALICE = unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
const BOB = unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
const FIRST_KEY = "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389";
const NONCE = unhex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
const TEXT = unhex(`
  be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01
  233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd
  4924ca1c60902e52f0a089bc76897040e082f937763848645e0705`);
const BOX = `f3ffc7703f9400e52a7dfb4b3d3305d9
  8e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f
  9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de
  56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5`.replaceAll(/\s/g, "");

describe("crypto_box", () => {
  it("has the sizes of NaCl", () => assertEquals([KEY_SIZE, NONCE_SIZE, MAC_SIZE], [32, 24, 16]));

  it("gives both sides the first key of Cryptography in NaCl (section 8)", () => {
    assertEquals(hex(sharedKey(publicKeyOf(BOB), ALICE)!), FIRST_KEY);
    assertEquals(hex(sharedKey(publicKeyOf(ALICE), BOB)!), FIRST_KEY);
  });

  it("makes the box of Cryptography in NaCl (section 10), and opens it", () => {
    assertEquals(hex(seal(TEXT, NONCE, unhex(FIRST_KEY))), BOX);
    assertEquals(hex(TWIN.box(TEXT, NONCE, unhex(FIRST_KEY))), BOX);
    assertEquals(hex(open(unhex(BOX), NONCE, unhex(FIRST_KEY))!), hex(TEXT));
  });

  it("takes keys, nonces and texts that are views on larger memory, and changes none of them", () => {
    const view = (octets: Uint8Array) =>
      new Uint8Array([1, 2, 3, ...octets, 4]).subarray(3, 3 + octets.length);
    const text = view(TEXT), nonce = view(NONCE), key = view(unhex(FIRST_KEY)), box = view(unhex(BOX));
    assertEquals(hex(seal(text, nonce, key)), BOX);
    assertEquals(hex(open(box, nonce, key)!), hex(TEXT));
    assertEquals([hex(text), hex(nonce), hex(key), hex(box)], [hex(TEXT), hex(NONCE), FIRST_KEY, BOX]);
  });

  it("opens nothing with any bit of box, nonce or key turned, or cut short", () => {
    const random = new Random(10);
    const key = unhex(FIRST_KEY), box = seal(TEXT.subarray(0, 40), NONCE, key);
    for (const [part, octets] of Object.entries({ box, nonce: NONCE.slice(), key })) {
      for (let bit = 0; bit < 8 * octets.length; bit++) {
        const turned = octets.slice();
        turned[bit >>> 3]! ^= 1 << (bit & 7);
        const outcome = part === "box"
          ? open(turned, NONCE, key)
          : part === "nonce"
          ? open(box, turned, key)
          : open(box, NONCE, turned);
        assertEquals(outcome, undefined, `${part}, bit ${bit}`);
      }
    }
    for (let length = 0; length < box.length; length++) {
      assertEquals(open(box.subarray(0, length), NONCE, key), undefined, `${length} octets`);
    }
    assertEquals(open(new Uint8Array([...box, random.below(256)]), NONCE, key), undefined);
    assertEquals(hex(open(box, NONCE, key)!), hex(TEXT.subarray(0, 40)));
  });

  it("has a box for the empty text", () => {
    const box = seal(new Uint8Array(), NONCE, unhex(FIRST_KEY));
    assertEquals(box.length, MAC_SIZE);
    assertEquals(open(box, NONCE, unhex(FIRST_KEY)), new Uint8Array());
  });
});

describe("secrets", () => {
  it("are equal if all octets are, and as many", () => {
    const octets = (...values: number[]) => Uint8Array.from(values);
    assert(equalSecrets(octets(), octets()));
    assert(equalSecrets(octets(1, 2, 255), octets(1, 2, 255)));
    for (let bit = 0; bit < 256; bit++) {
      const other = unhex(FIRST_KEY);
      other[bit >>> 3]! ^= 1 << (bit & 7);
      assert(!equalSecrets(other, unhex(FIRST_KEY)), `bit ${bit}`);
    }
    assert(!equalSecrets(octets(1, 2), octets(1, 2, 0)));
    assert(!equalSecrets(octets(1, 2, 0), octets(1, 2)));
  });

  it("are wiped where they lie, and nothing beside", () => {
    const memory = new Uint8Array(8).fill(7), other = new Uint8Array(3).fill(7);
    wipe(memory.subarray(2, 5), other);
    assertEquals([...memory, ...other], [7, 7, 0, 0, 0, 7, 7, 7, 0, 0, 0]);
  });
});
