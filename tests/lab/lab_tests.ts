/**
 * Tests in a lab of their own. Where a machine cannot have one, they are skipped by name, with the reason.
 *
 * @module
 */

import { it } from "@std/testing/bdd";
import { type Scope, test } from "../interop/scope.ts";
import { Lab, labMissing } from "./lab.ts";

/** What a lab is made with. */
export interface LabOptions {
  /** How many hosts; 2. */
  readonly hosts?: number;
  /** Seconds that the test may take; 30. */
  readonly seconds?: number;
  /** Why the test cannot run, if it cannot. */
  readonly missing?: string | undefined;
}

/** A test with a lab of its own. Skipped by name where there can be none, or if `missing` is a reason. */
export function labTest(
  name: string,
  { hosts = 2, seconds = 30, missing }: LabOptions,
  body: (scope: Scope, lab: Lab) => Promise<void>,
): void {
  const reason = labMissing ?? missing;
  if (reason !== undefined) it.skip(`${name} (skipped: ${reason})`, () => {});
  else test(name, async (scope) => await body(scope, await started(scope, hosts)), seconds);
}

async function started(scope: Scope, hosts: number): Promise<Lab> {
  const lab = await Lab.open(hosts);
  scope.atEnd(() => lab.close());
  return lab;
}
