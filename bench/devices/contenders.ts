/**
 * Who is compared: libzmq's `zmq_proxy` in a C process, and our devices on each runtime. And the C clients that
 * load them all alike.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CACHE } from "../../tests/runner/tools.ts";
import { HERE } from "../results.ts";
import { findRuntimes } from "../subjects.ts";

/** What is measured against everything else. */
export const RIVAL = "zmq_proxy";

/** Somebody who runs a device. */
export interface Contender {
  readonly id: string;
  readonly version: string;
  /** The command line of a device that binds these two endpoints. */
  device(kind: string, front: string, back: string): string[];
}

/** The C clients, compiled. */
export interface Clients {
  command(...program: (string | number)[]): string[];
}

/** All that this machine can run; what it cannot, by name. */
export interface Cast {
  readonly clients?: Clients;
  readonly contenders: readonly Contender[];
  readonly missing: readonly string[];
}

/** Finds them; `flags` are given to our runtimes, for a profile. */
export async function findCast(wanted: (id: string) => boolean, flags: readonly string[]): Promise<Cast> {
  const { subjects, missing } = await findRuntimes();
  const ours = subjects.filter(({ id }) => wanted(id)).map(({ id, version, launch }): Contender => ({
    id,
    version,
    device: (...device) => [...launch(...flags), join(HERE, "devices/device.ts"), ...device],
  }));
  const skipped = missing.filter((reason) => wanted(reason.split(":")[0]!));
  const binary = join(CACHE, "bench-devices");
  let version: string;
  try {
    mkdirSync(CACHE, { recursive: true });
    output("cc", ["-O2", "-o", binary, join(HERE, "peers/devices.c"), "-lzmq", "-lpthread"]);
    version = output(binary, ["version"]);
  } catch (error) {
    const reason = `zmq_proxy and all clients: ${(error as Error).message}`;
    return { contenders: [], missing: [...skipped, reason] };
  }
  const rival: Contender = {
    id: RIVAL,
    version: `libzmq ${version}`,
    device: (...device) => [binary, "proxy", ...device],
  };
  return {
    clients: { command: (...program) => [binary, ...program.map(String)] },
    contenders: [rival, ...ours],
    missing: skipped,
  };
}

function output(command: string, args: string[]): string {
  const done = spawnSync(command, args, { encoding: "utf8" });
  if (done.error !== undefined) throw new Error(`${command} cannot be run: ${done.error.message}`);
  if (done.status !== 0) {
    const reason = done.stderr.split("\n").find((line) => /error/.test(line)) ?? done.stderr;
    throw new Error(`${reason.trim()} (Debian's package: libzmq3-dev)`);
  }
  return done.stdout.trim();
}
