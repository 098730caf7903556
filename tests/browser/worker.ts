/**
 * The script of a page's Worker: shares the page's inproc names, and runs the function whose text it is sent.
 *
 * @module
 */

import * as zmq from "../../mod.ts";

Object.assign(globalThis, { zmq });
const joined = zmq.context.join();

const port = globalThis as unknown as {
  addEventListener(type: "message", listener: (event: MessageEvent) => void, options: { once: true }): void;
  postMessage(message: unknown): void;
};

// Later messages are those of inproc.
port.addEventListener("message", run, { once: true });

async function run({ data: { body, argument } }: MessageEvent): Promise<void> {
  try {
    await joined;
    const work = (0, eval)(`(${body})`) as (argument: unknown) => unknown;
    port.postMessage({ result: await work(argument) });
  } catch (error) {
    port.postMessage({ error: (error as Error).stack ?? String(error) });
  }
}
