/**
 * The command `demo`.
 *
 * @module
 */

import type { Command } from "../command.ts";

/** `demo`. The sockets' exchanges are loaded when they are to be seen. */
export const demo: Command = {
  spec: {
    name: "demo",
    summary: "every pattern over every transport, live; about 15 seconds",
    operands: [],
    options: [],
    text: [
      "Runs both ends of each exchange in this one process, and counts every message where it arrives. The exit " +
      "code is 1 if one is missing, double or out of order.",
    ],
    examples: ["zmq demo"],
  },
  run: async () => {
    const { perform } = await import("./demo.ts");
    return await perform();
  },
};
