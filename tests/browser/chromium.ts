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
import { createServer, type Server } from "node:http";
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

/** How a page is opened. */
export interface PageOptions {
  /** Whether it is isolated from other origins. */
  readonly isolated?: boolean;
  readonly errors?: unknown[];
  readonly script?: string;
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

/** Beside what playwright says for tests: no sandbox (root has none), nothing in the background, no slow timers. */
const FLAGS = ["--disable-gpu", "--disable-quic"];

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** By the name of the file, or folder and name. */
type Scripts = Map<string, string>;

/** One running browser, and where its pages come from. */
export class Chromium {
  readonly #browser: Browser;
  readonly #server: Server;
  readonly #scripts: Scripts;
  readonly #contexts = new Set<BrowserContext>();

  private constructor(browser: Browser, server: Server, scripts: Scripts) {
    this.#browser = browser;
    this.#server = server;
    this.#scripts = scripts;
  }

  /** Starts it. */
  static async start(): Promise<Chromium> {
    const { PUREMQ_CHROMIUM: path, PUREMQ_PLAYWRIGHT: folder } = process.env;
    if (!path || !folder) throw new Error("The runner tells where the browser is: --leg chromium");
    const { chromium } = await import(pathToFileURL(join(folder, "index.mjs")).href) as Playwright;
    // In this order: a server would keep the process alive if there is no browser.
    const browser = await chromium.launch({ executablePath: path, headless: true, args: FLAGS });
    const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    const [page, worker] = await Promise.all([bundle(here("page.ts")), bundle(here("worker.ts"))]);
    const scripts = new Map([["page.js", page], ["worker.js", worker]]);
    return new Chromium(browser, await servePages(scripts), scripts);
  }

  /**
   * Opens a page that has the global `zmq`; with a `script` an isolated one that has that script and nothing else.
   * An error that nobody catches in it is added to `errors`.
   */
  async page({ isolated = false, errors, script }: PageOptions = {}): Promise<Page> {
    // A context of its own: nothing of one page is known to another, and `closeAll` ends them all.
    const context = await this.#browser.newContext({ ignoreHTTPSErrors: true });
    this.#contexts.add(context);
    const page = await context.newPage();
    if (errors !== undefined) page.on("pageerror", (error: unknown) => void errors.push(error));
    if (script !== undefined) this.#scripts.set("own/page.js", script);
    const folder = script !== undefined ? "own" : isolated ? "isolated" : "plain";
    await page.goto(`${this.origin}/${folder}/`);
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

/** A page and its scripts, under `/plain/`, `/isolated/` and, with a script of its own, `/own/`. */
async function servePages(scripts: Scripts): Promise<Server> {
  const server = createServer((request, response) => {
    const [, isolation, file] = request.url!.split("/");
    const headers = isolation === "plain" ? {} : ISOLATED;
    const script = scripts.get(`${isolation}/${file}`) ?? scripts.get(file ?? "");
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

/** Bundles a program for browsers, by esbuild; with more of its options if need be. */
export async function bundle(program: string, ...more: readonly string[]): Promise<string> {
  const options = ["--bundle", "--platform=browser", "--format=esm", "--log-level=warning", ...more];
  const { stdout, stderr } = await promisify(execFile)(process.env.PUREMQ_ESBUILD!, [program, ...options], {
    maxBuffer: 1 << 26,
  });
  if (stderr !== "") throw new Error(stderr);
  return stdout;
}
