/**
 * What a command is, and the options that several of them have.
 *
 * @module
 */

import type { Arguments, CommandSpec, OptionSpec } from "./args.ts";
import { UsageError } from "./args.ts";

/** A command: what it takes, and what it does. */
export interface Command {
  readonly spec: CommandSpec;
  /** Answers the exit code; throws what `explain` knows. */
  run(args: Arguments): Promise<number>;
}

/** `--bind`. */
export const BIND: OptionSpec = {
  name: "bind",
  value: "EP",
  many: true,
  help:
    "listens there: tcp://ADDRESS:PORT (* is any address, or a port that the system chooses) or ipc://PATH",
};

/** `--connect`. */
export const CONNECT: OptionSpec = {
  name: "connect",
  value: "EP",
  many: true,
  help: "connects there, now or as soon as somebody listens, and again after a loss",
};

/** `--linger`. */
export const LINGER: OptionSpec = {
  name: "linger",
  value: "MS",
  least: -1,
  help:
    "milliseconds in which, at the end, unsent messages may still be delivered; -1, the default: as long as it takes",
};

/** `--hwm`. */
export const HWM: OptionSpec = {
  name: "hwm",
  value: "N",
  least: 0,
  help: "high-water mark: most messages in a queue, of each peer and each way; 0: no limit; default 1000",
};

/** `--quiet`. */
export const QUIET: OptionSpec = { name: "quiet", help: "says nothing on stderr but errors" };

/**
 * Refuses an endpoint that nobody but this very process could reach.
 *
 * @throws {UsageError}
 */
export function requireReachable(endpoint: string): void {
  if (endpoint.startsWith("inproc://")) {
    throw new UsageError(`${endpoint} ends at this process; between programs it is tcp:// or ipc://`);
  }
}
