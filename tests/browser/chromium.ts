/**
 * A real Chromium for tests: started headless by playwright-core, with pages that have the module, bundled by
 * esbuild for browsers, as the global `zmq`. A page comes from a server of ours on the loopback interface, either
 * isolated from other origins, so that it may share memory with its Workers, or not.
 *
 * What a test does in a page stands in the test: `page.evaluate(body, argument)` runs the function there, which
 * therefore sees nothing of its surroundings but its argument and `zmq`.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** A page of playwright's, as far as the tests use it. */
export interface Page {
  /** Runs the function in the page and answers with what it answers; what it throws is thrown here. */
  evaluate<A, R>(body: (argument: A) => R, argument: A): Promise<Awaited<R>>;
  goto(url: string): Promise<unknown>;
  close(options?: { readonly runBeforeUnload?: boolean }): Promise<void>;
  on(event: string, listener: (argument: never) => void): void;
}

interface Playwright {
  readonly chromium: { launch(options: object): Promise<Browser> };
}

interface Browser {
  newContext(options: object): Promise<BrowserContext>;
  close(): Promise<void>;
}

interface BrowserContext {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

const FLAGS = [
  // The tests may run as root, who has no sandbox.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  // A page in the background must not be slowed down: tests open several.
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
];

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** One running browser, and where its pages come from. */
export class Chromium {
  readonly #browser: Browser;
  readonly #server: Server;
  readonly #contexts = new Set<BrowserContext>();

  private constructor(browser: Browser, server: Server) {
    this.#browser = browser;
    this.#server = server;
  }

  /** Starts it. */
  static async start(): Promise<Chromium> {
    const { PUREMQ_CHROMIUM: path, PUREMQ_PLAYWRIGHT: folder } = process.env;
    if (!path || !folder) throw new Error("The runner tells where the browser is: --leg chromium");
    const [playwright, server] = await Promise.all([
      import(pathToFileURL(join(folder, "index.mjs")).href) as Promise<Playwright>,
      servePages(),
    ]);
    const browser = await playwright.chromium.launch({ executablePath: path, headless: true, args: FLAGS });
    return new Chromium(browser, server);
  }

  /** Opens a page that has the global `zmq`. An error that nobody catches in it is added to `errors`. */
  async page({ isolated = false, errors }: { isolated?: boolean; errors?: unknown[] } = {}): Promise<Page> {
    // A context of its own: nothing of one page is known to another, and `closeAll` ends them all.
    const context = await this.#browser.newContext({ ignoreHTTPSErrors: true });
    this.#contexts.add(context);
    const page = await context.newPage();
    if (errors !== undefined) page.on("pageerror", (error: unknown) => void errors.push(error));
    await page.goto(`${this.origin}/${isolated ? "isolated" : "plain"}/`);
    return page;
  }

  /** Where the pages come from. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Closes all pages. */
  async closePages(): Promise<void> {
    const contexts = [...this.#contexts];
    this.#contexts.clear();
    await Promise.all(contexts.map((context) => context.close()));
  }

  /** Ends the browser. */
  async stop(): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A page and its scripts, once under `/plain/` and once under `/isolated/`. */
async function servePages(): Promise<Server> {
  const scripts = await bundle(["page.ts", "worker.ts"]);
  const server = createServer((request, response) => {
    const [, isolation, file] = request.url!.split("/");
    const headers = isolation === "isolated" ? ISOLATED : {};
    const script = scripts.get(file ?? "");
    if (file === "") {
      response.writeHead(200, { "content-type": "text/html", ...headers });
      response.end(`<!doctype html><title>puremq</title><script type="module" src="page.js"></script>`);
    } else if (script !== undefined) {
      response.writeHead(200, { "content-type": "text/javascript", ...headers });
      response.end(script);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Bundles programs of this folder for browsers; their contents by name. */
async function bundle(programs: readonly string[]): Promise<Map<string, Uint8Array>> {
  const directory = mkdtempSync(join(tmpdir(), "puremq-page-"));
  try {
    const paths = programs.map((name) => fileURLToPath(new URL(name, import.meta.url)));
    const options = [
      "--bundle",
      "--platform=browser",
      "--format=esm",
      "--log-level=warning",
      "--sourcemap=inline",
    ];
    const { stdout, stderr } = await promisify(execFile)(
      process.env.PUREMQ_ESBUILD!,
      [...paths, ...options, `--outdir=${directory}`],
    );
    if (stdout + stderr !== "") throw new Error(stdout + stderr);
    const names = programs.map((name) => name.replace(/\.ts$/, ".js"));
    return new Map(names.map((name) => [name, readFileSync(join(directory, name))]));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
