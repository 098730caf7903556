/**
 * `describe` and `it` over `Deno.test`, for machines that cannot reach the package of that name. A group at
 * the top is one `Deno.test` and what is in it are steps, as there: so the leak checks of `--sanitize-ops`
 * and `--sanitize-resources` see hooks and tests of a group together.
 */

import type { Body, Host } from "./bdd.ts";

interface Group {
  readonly name: string;
  readonly steps: (Group | Test)[];
  readonly beforeAll: Body[];
  readonly afterAll: Body[];
  readonly beforeEach: Body[];
  readonly afterEach: Body[];
}

interface Test {
  readonly name: string;
  /** Absent: skipped. */
  readonly body?: () => Promise<void>;
}

let current: Group | undefined;

/** Deno's own test runner as a host. */
export const denoHost: Host = {
  describe(name: string, body: () => void): void {
    const outer = current;
    const group: Group = {
      name,
      steps: [],
      beforeAll: [],
      afterAll: [],
      beforeEach: [],
      afterEach: [],
    };
    current = group;
    try {
      body();
    } finally {
      current = outer;
    }
    if (outer) outer.steps.push(group);
    else Deno.test(name, (context) => runGroup(context, group, []));
  },
  it(name: string, body: () => Promise<void>): void {
    if (current) current.steps.push({ name, body });
    else Deno.test(name, body);
  },
  skip(name: string): void {
    if (current) current.steps.push({ name });
    else Deno.test.ignore(name, () => {});
  },
  beforeAll: (body: Body): void => void inGroup("beforeAll").beforeAll.push(body),
  afterAll: (body: Body): void => void inGroup("afterAll").afterAll.push(body),
  beforeEach: (body: Body): void => void inGroup("beforeEach").beforeEach.push(body),
  afterEach: (body: Body): void => void inGroup("afterEach").afterEach.push(body),
};

function inGroup(hook: string): Group {
  if (!current) throw new Error(`${hook} belongs into a describe`);
  return current;
}

async function runGroup(context: Deno.TestContext, group: Group, outer: readonly Group[]): Promise<void> {
  const groups = [...outer, group];
  try {
    for (const hook of group.beforeAll) await hook();
    for (const step of group.steps) {
      if ("steps" in step) {
        await context.step(step.name, (inner) => runGroup(inner, step, groups));
      } else {
        const { name, body } = step;
        await context.step({ name, ignore: body === undefined, fn: () => runTest(body!, groups) });
      }
    }
  } finally {
    for (const hook of group.afterAll) await hook();
  }
}

/** Hooks run from the outermost group inwards before the test, and inwards out after it. */
async function runTest(body: () => Promise<void>, groups: readonly Group[]): Promise<void> {
  const opened: Group[] = [];
  try {
    for (const group of groups) {
      opened.unshift(group);
      for (const hook of group.beforeEach) await hook();
    }
    await body();
  } finally {
    for (const group of opened) {
      for (const hook of group.afterEach) await hook();
    }
  }
}
