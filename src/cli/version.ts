/**
 * The command `version`.
 *
 * @module
 */

import { version as followed } from "../socket/about.ts";
import type { Command } from "./command.ts";
import { print, runtime } from "./host.ts";

/** The version of the package, as `jsr.json` has it; a test holds them equal. */
export const PACKAGE_VERSION: string = "0.1.0";

/** `version`. */
export const version: Command = {
  spec: {
    name: "version",
    summary: "say which version this is",
    operands: [],
    options: [],
    text: ["Prints the version of the package, that of libzmq whose behaviour it follows, and the runtime."],
    examples: ["zmq version"],
  },
  run: async () => {
    await print(`@puremq/zmq ${PACKAGE_VERSION}, as libzmq ${followed}, on ${runtime()}`);
    return 0;
  },
};
