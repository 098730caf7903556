import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { borrowSlab, returnSlab } from "../../../src/base/slabs.ts";

describe("A slab", () => {
  it("has the next size that is enough, or exactly as much outside of all sizes", () => {
    for (
      const [atLeast, size] of [
        [0, 0],
        [100, 100],
        [16_383, 16_383],
        [16_384, 16_384],
        [16_385, 65_536],
        [65_537, 262_144],
        [262_144, 262_144],
        [262_145, 262_145],
      ] as const
    ) assertEquals(borrowSlab(atLeast).length, size);
  });

  it("is used again when it was returned, and by one at a time", () => {
    const slab = borrowSlab(50_000);
    returnSlab(slab);
    assert(borrowSlab(50_000) === slab);
    assert(borrowSlab(50_000) !== slab);
  });

  it("of no usual size is not kept", () => {
    const odd = borrowSlab(300_000);
    returnSlab(odd);
    assert(borrowSlab(300_000) !== odd);
  });

  it("is not kept beyond 16 MiB in all", () => {
    const before = Array.from({ length: 100 }, () => borrowSlab(262_144));
    for (const slab of before) returnSlab(slab);
    const kept = new Set(before);
    const again = Array.from({ length: 100 }, () => borrowSlab(262_144));
    const used = again.filter((slab) => kept.has(slab)).length;
    assert(used <= 64, `${used} of 256 KiB each`);
    assert(used >= 60, `${used} of 256 KiB each`);
    for (const slab of again.slice(0, 4)) returnSlab(slab);
  });
});
