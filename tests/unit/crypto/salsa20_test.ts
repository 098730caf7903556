import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { kernel } from "../../../src/crypto/kernel.ts";
import { hsalsa20, KeyStream, salsa20 } from "../../../src/crypto/salsa20.ts";
import { octets } from "../../support/transcript.ts";
import { hex, unhex } from "./implementations.ts";

const FIRST_KEY = unhex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
const PREFIX = unhex("69696ee955b62b73cd62bda875fc73d6");
const SECOND_KEY = unhex("dc908dda0b9344a953629b733820778880f3ceb421bb61b91cbd4c3e66256ce4");
const SUFFIX = unhex("8219e0036b7a0b37");
/** Cryptography in NaCl, section 9: the first 32 octets of the stream. */
const MAC_KEY = "eea6a7251c1e72916d11c2cb214d3c252539121d8e234e652d651fa4c8cff880";

describe("Salsa20", () => {
  it("takes zeros to zeros (The Salsa20 family, section 8)", () => {
    assertEquals(core(new Uint8Array(64)), "00".repeat(64));
  });

  it("has the values of the specification, section 8", () => {
    const input = unhex(`
      d39f0d73 4c3752b7 0375de25 bfbbea88 31edb330 016ab2db afc7a630 5610b3cf
      1ff0203f 0f535da1 74933071 ee37cc24 4fc9eb4f 03519c2f cb1af4f3 58766836`);
    assertEquals(
      core(input),
      "6d2ab2a89cf0f8eea8c4becb1a6eaa9a1d1d961a961eebf9bea3fb3045903339" +
        "7628989db4391b5e6b2aec231b6f7272dbece8876f9b6e1218e85f9eb31330ca",
    );
  });

  it("makes a stream of blocks that it counts (section 10)", () => {
    const stream = new KeyStream(SECOND_KEY);
    stream.start(0x01020304, 0x05060708);
    const text = new Uint8Array(192);
    stream.xor(text, 0, text.length);
    for (const block of [0, 1, 2]) {
      const state = new Uint8Array(64);
      const sigma = octets("expand 32-byte k");
      for (let i = 0; i < 4; i++) state.set(sigma.subarray(4 * i, 4 * i + 4), 20 * i);
      state.set(SECOND_KEY.subarray(0, 16), 4);
      state.set(SECOND_KEY.subarray(16), 44);
      state.set([4, 3, 2, 1, 8, 7, 6, 5, block], 24);
      assertEquals(hex(text.subarray(64 * block, 64 * block + 64)), core(state), `block ${block}`);
    }
  });
});

describe("HSalsa20", () => {
  it("makes the first key of the shared secret (Cryptography in NaCl, section 8)", () => {
    const shared = unhex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assertEquals(hex(hsalsa20(shared, new Uint8Array(16))), hex(FIRST_KEY));
  });

  it("makes the second key of the first (section 8)", () => {
    assertEquals(hex(hsalsa20(FIRST_KEY, PREFIX)), hex(SECOND_KEY));
  });
});

describe("XSalsa20", () => {
  for (const [name, stream] of [["the twin", twinStream], ["the kernel", kernelStream]] as const) {
    it(`has the stream of Cryptography in NaCl, section 8: ${name}`, async () => {
      const made = stream(4_194_304);
      assertEquals(hex(made.subarray(0, 32)), MAC_KEY);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", made));
      assertEquals(hex(digest), "662b9d0e3463029156069b12f918691a98f7dfb2ca0393c96bbfc6b1fbd630a2");
    });
  }

  it("is the same in pieces of any size: the twin", () => {
    const whole = twinStream(2000);
    for (const piece of [1, 31, 63, 64, 65, 200]) {
      const stream = new KeyStream(SECOND_KEY);
      stream.start(word(SUFFIX, 0), word(SUFFIX, 4));
      const text = new Uint8Array(2000);
      for (let at = 0; at < 2000; at += piece) stream.xor(text, at, Math.min(piece, 2000 - at));
      assertEquals(hex(text), hex(whole), `pieces of ${piece}`);
    }
  });

  it("is the same in pieces of any size: the kernel", () => {
    const whole = twinStream(2032).subarray(32);
    const { code, octets, window } = needed();
    for (const piece of [1, 31, 64, 223, 224, 225, 255, 256, 257, 700]) {
      octets.set(SECOND_KEY, 0);
      code.start(word(SUFFIX, 0), word(SUFFIX, 4));
      window.fill(0, 0, 2000);
      for (let at = 0; at < 2000; at += piece) {
        code.cipher(window.byteOffset + at, Math.min(piece, 2000 - at));
      }
      assertEquals(hex(window.subarray(0, 2000)), hex(whole), `pieces of ${piece}`);
    }
    code.wipe();
  });
});

function core(state: Uint8Array): string {
  const input = Uint32Array.from({ length: 16 }, (_, i) => word(state, 4 * i));
  const output = new Uint32Array(16);
  salsa20(input, output);
  const view = new DataView(new ArrayBuffer(64));
  for (let i = 0; i < 16; i++) view.setUint32(4 * i, output[i]!, true);
  return hex(new Uint8Array(view.buffer));
}

function twinStream(length: number): Uint8Array<ArrayBuffer> {
  const stream = new KeyStream(SECOND_KEY);
  stream.start(word(SUFFIX, 0), word(SUFFIX, 4));
  const text = new Uint8Array(length);
  stream.xor(text, 0, length);
  return text;
}

/** Its first 32 octets, which are the key of a MAC, lie in the kernel's memory. */
function kernelStream(length: number): Uint8Array<ArrayBuffer> {
  const { code, octets, window } = needed();
  octets.set(SECOND_KEY, 0);
  code.start(word(SUFFIX, 0), word(SUFFIX, 4));
  const all = new Uint8Array(length);
  all.set(octets.subarray(64, 96));
  for (let at = 32; at < length; at += window.length) {
    const size = Math.min(window.length, length - at);
    window.fill(0);
    code.cipher(window.byteOffset, size);
    all.set(window.subarray(0, size), at);
  }
  code.wipe();
  return all;
}

function needed() {
  const found = kernel();
  if (found === undefined) throw new Error("this runtime does not run the kernel");
  return found;
}

function word(octets: Uint8Array, at: number): number {
  return new DataView(octets.buffer, octets.byteOffset).getUint32(at, true);
}
