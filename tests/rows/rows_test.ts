/**
 * Whether every row of the catalogue has a test or a reason why it has none, and the table in tests/README.md says so.
 * What fails here is said in words: which rows have nothing, which ids are no row's, what in the table is stale.
 */

import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { coverage, idsIn, problems } from "./coverage.ts";
import { staleRows } from "./table.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the rows", () => {
  it("are each in the name of a test or left out with a reason, never both, and no test names another", async () => {
    assertEquals(problems(await coverage(ROOT)), []);
  });

  it("are all in the table of tests/README.md, with the files that cover them", async () => {
    assertEquals(await staleRows(ROOT), []);
  });

  it("are found in names: of one letter within parentheses only, of two anywhere", () => {
    assertEquals(idsIn("GR-1 a greeting (FR-9, X-33; G1)"), ["FR-9", "X-33", "G1", "GR-1"]);
    assertEquals(idsIn("X-33 and G1 are no ids here, nor is (X-1x) or UTF-8"), []);
  });
});
