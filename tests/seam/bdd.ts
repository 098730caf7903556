/**
 * What the tests import as `@std/testing/bdd`: `describe`, `it` and the four hooks, over what this runtime
 * has for it: `bun:test`, `node:test`, and on Deno the package of that name where its registry answers (the
 * runner finds out and says so by `PUREMQ_SEAM=jsr`), else `bdd_deno.ts` over `Deno.test`.
 *
 * Every test gets three things here, so that it behaves the same on all of them:
 * - a time limit, after which it fails by its name instead of hanging the whole file;
 * - a referenced timer while it runs: the streams under test never keep the process alive by themselves, and
 *   a runtime with nothing else to do would end in the middle of the test;
 * - the runner's `--filter`, matched against "suite > test".
 */

/** A body of a test or a hook. */
export type Body = () => unknown;

/** What an `it` can be told beside its body. */
export interface TestOptions {
  /** Registered, reported as skipped, not run. */
  readonly ignore?: boolean;
}

/** Registers one test. */
export interface It {
  (name: string, body: Body): void;
  (name: string, options: TestOptions, body: Body): void;
  /** Registers a test that is reported as skipped. */
  skip(name: string, body?: Body): void;
  /** The same. */
  ignore(name: string, body?: Body): void;
}

/** Groups tests under a name. */
export interface Describe {
  (name: string, body: () => void): void;
  /** Registers a group whose tests are all reported as skipped. */
  skip(name: string, body: () => void): void;
  /** The same. */
  ignore(name: string, body: () => void): void;
}

/** What a runtime's own test module has to offer. */
export interface Host {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
  skip(name: string): void;
  beforeAll(body: Body): void;
  afterAll(body: Body): void;
  beforeEach(body: Body): void;
  afterEach(body: Body): void;
}

/** Milliseconds after which a test has failed. */
export const TEST_LIMIT = 60_000;

const host: Host = await loadHost();
const filter = environment("PUREMQ_FILTER") ?? "";

/**
 * A group as it was declared. It goes to the host when it is complete and only if there is a test in it: some
 * hosts run the hooks of an empty group and count it as a test, and Bun runs a group's body later than others.
 */
interface Group {
  readonly name: string;
  readonly path: string;
  readonly skipped: boolean;
  readonly hooks: [Hook, Body][];
  readonly entries: (Group | Test)[];
}

interface Test {
  readonly name: string;
  /** Absent: skipped. */
  readonly body?: Body;
}

type Hook = "beforeAll" | "afterAll" | "beforeEach" | "afterEach";

let current: Group | undefined;

/** Groups tests under a name; groups may be nested. */
export const describe: Describe = Object.assign(group, { skip: skippedGroup, ignore: skippedGroup });

/** Registers one test. */
export const it: It = Object.assign(test, { skip: skippedTest, ignore: skippedTest });

/** Runs before the first test of the group. */
export function beforeAll(body: Body): void {
  hook("beforeAll", body);
}

/** Runs after the last test of the group. */
export function afterAll(body: Body): void {
  hook("afterAll", body);
}

/** Runs before each test of the group and of the groups in it. */
export function beforeEach(body: Body): void {
  hook("beforeEach", body);
}

/** Runs after each test of the group and of the groups in it, whatever came of it. */
export function afterEach(body: Body): void {
  hook("afterEach", body);
}

function group(name: string, body: () => void): void {
  declare(name, body, current?.skipped ?? false);
}

function skippedGroup(name: string, body: () => void): void {
  declare(name, body, true);
}

function declare(name: string, body: () => void, skipped: boolean): void {
  const outer = current;
  current = { name, path: `${outer?.path ?? ""}${name} > `, skipped, hooks: [], entries: [] };
  const inner = current;
  try {
    body();
  } finally {
    current = outer;
  }
  if (inner.entries.length > 0) add(inner);
}

function test(name: string, options: TestOptions | Body, body?: Body): void {
  const run = typeof options === "function" ? options : body;
  if (run === undefined) throw new TypeError(`the test "${name}" has no body`);
  const ignored = typeof options === "object" && options.ignore;
  if (wanted(name)) add(ignored || current?.skipped ? { name } : { name, body: run });
}

function skippedTest(name: string): void {
  if (wanted(name)) add({ name });
}

function hook(name: Hook, body: Body): void {
  if (current === undefined) throw new Error(`${name} belongs into a describe`);
  if (!current.skipped) current.hooks.push([name, body]);
}

function wanted(name: string): boolean {
  return `${current?.path ?? ""}${name}`.includes(filter);
}

function add(entry: Group | Test): void {
  if (current) current.entries.push(entry);
  else register(entry);
}

function register(entry: Group | Test): void {
  const { name } = entry;
  if ("entries" in entry) {
    host.describe(name, () => {
      for (const [hook, body] of entry.hooks) host[hook](body);
      for (const inner of entry.entries) register(inner);
    });
  } else if (entry.body) {
    const { body } = entry;
    host.it(name, () => limited(body));
  } else {
    host.skip(name);
  }
}

async function limited(body: Body): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still running after ${TEST_LIMIT / 1000} s`)), TEST_LIMIT);
  });
  try {
    await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The members in use of `bun:test`, `node:test` and the original. */
interface Foreign {
  describe(name: string, body: () => void): unknown;
  it: ((name: string, body: () => Promise<void>) => unknown) & {
    skip(name: string, body: () => void): unknown;
  };
  beforeEach(body: Body): unknown;
  afterEach(body: Body): unknown;
  readonly beforeAll?: (body: Body) => unknown;
  readonly afterAll?: (body: Body) => unknown;
  readonly before?: (body: Body) => unknown;
  readonly after?: (body: Body) => unknown;
}

async function loadHost(): Promise<Host> {
  if ("Deno" in globalThis) {
    if (environment("PUREMQ_SEAM") !== "jsr") return (await import("./bdd_deno.ts")).denoHost;
    return adapted(await load("jsr:@std/testing@1/bdd"));
  }
  return adapted(await load("Bun" in globalThis ? "bun:test" : "node:test"));
}

/** By a variable, so that no runtime looks for another's modules before it runs. */
function load(specifier: string): Promise<Foreign> {
  return import(specifier) as Promise<Foreign>;
}

function adapted(foreign: Foreign): Host {
  const { before, after } = foreign;
  const beforeAll = foreign.beforeAll ?? before!;
  const afterAll = foreign.afterAll ?? after!;
  return {
    describe: (name, body) => void foreign.describe(name, body),
    it: (name, body) => void foreign.it(name, body),
    skip: (name) => void foreign.it.skip(name, () => {}),
    beforeAll: (body) => void beforeAll(() => body()),
    afterAll: (body) => void afterAll(() => body()),
    beforeEach: (body) => void foreign.beforeEach(() => body()),
    afterEach: (body) => void foreign.afterEach(() => body()),
  };
}

function environment(name: string): string | undefined {
  return (globalThis as unknown as { process: { env: Record<string, string | undefined> } }).process
    .env[name];
}
