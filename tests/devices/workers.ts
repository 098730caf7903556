/**
 * What the device tests share: workers, which are processes with real libzmq that play one role at full speed
 * (`peer_devices.py`), devices that end with their test, and the counting of what came through.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { it } from "@std/testing/bdd";
import { type Peer, type PeerKind, peerKinds, startPeer } from "../interop/peer.ts";
import { elapse, type Scope, test, within } from "../interop/scope.ts";
import type { zmq } from "../interop/subject.ts";

/** The peer of the interop tests on pyzmq: one step at a time. */
const stepwise: PeerKind = peerKinds.find(({ name }) => name === "pyzmq")!;

const volume: PeerKind = {
  ...stepwise,
  arguments: [fileURLToPath(new URL("./peer_devices.py", import.meta.url))],
};

/** Any end of a device, or its whole; the tests need no more of the types. */
export type Device = ReturnType<typeof zmq.proxy>;

/** A test that needs pyzmq: skipped by name where there is none. */
export function pyzmqTest(name: string, body: (scope: Scope) => Promise<void>, seconds = 30): void {
  if (stepwise.missing) it.skip(`${name} (skipped: ${stepwise.missing})`, () => {});
  else test(name, body, seconds);
}

/** A process that does one step after another. */
export function startStepwise(scope: Scope): Promise<Peer> {
  return startPeer(scope, stepwise);
}

/** Ends the device when the test ends, and waits until it can be used. */
export async function running(scope: Scope, device: Device): Promise<Device> {
  scope.atEnd(() => within(device.terminate(), 5000, "the end of a device"));
  await within(device.ready, 5000, "a device to be ready");
  return device;
}

/** A process that plays one role. */
export class Worker {
  readonly #peer: Peer;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  /** A process that is there and has opened nothing yet. */
  static async spawn(scope: Scope): Promise<Worker> {
    return new Worker(await startPeer(scope, volume));
  }

  /** A process that plays the role already. */
  static async start(scope: Scope, role: string, details: { [name: string]: unknown }): Promise<Worker> {
    const worker = await Worker.spawn(scope);
    await worker.play(role, details);
    return worker;
  }

  async play(role: string, details: { [name: string]: unknown }): Promise<void> {
    await this.#peer.call("start", { role, arguments: details });
  }

  /** How much it has done. */
  async count(): Promise<number> {
    return await this.#peer.call("count", {}) as number;
  }

  /** Waits until it has done so much. */
  async reached(at: number, milliseconds = 40000): Promise<void> {
    await this.#peer.call("reached", { at, timeout: milliseconds }, milliseconds + 2000);
  }

  /** Lets it go on where it waits. */
  async release(): Promise<void> {
    await this.#peer.call("release", {});
  }

  /** What it saw; it is over by itself. */
  async result<T>(milliseconds = 40000): Promise<T> {
    return await this.#peer.call("result", { timeout: milliseconds }, milliseconds + 2000) as T;
  }

  /** What it saw; it ends when nothing more comes. */
  async stop<T>(milliseconds?: number): Promise<T> {
    await this.#peer.call("stop", {});
    return await this.result<T>(milliseconds);
  }

  freeze(): void {
    this.#peer.freeze();
  }

  wake(): void {
    this.#peer.wake();
  }

  async kill(): Promise<void> {
    await this.#peer.kill();
  }
}

/** Waits until they have done so much in all. */
export async function reachedTogether(
  workers: readonly Worker[],
  sum: number,
  milliseconds = 40000,
): Promise<void> {
  let counts: number[] = [];
  const together = async () => {
    for (;;) {
      counts = await Promise.all(workers.map((worker) => worker.count()));
      if (counts.reduce((left, right) => left + right) >= sum) return;
      await elapse(20);
    }
  };
  await within(
    together(),
    milliseconds,
    () => `${sum} messages in all; the counts are ${counts.join(" + ")}`,
  );
}

/** What a puller saw of each pusher. */
export interface Pulled {
  readonly [pusher: string]: { readonly bits: string; readonly disorder: number; readonly doubles: number };
}

/** What pullers saw of one pusher, together. */
export interface Delivered {
  readonly count: number;
  readonly lost: readonly number[];
  readonly doubles: number;
  readonly disorder: number;
}

/** Joins what pullers saw of a pusher that sent so many. */
export function delivered(pullers: readonly Pulled[], pusher: number, sent: number): Delivered {
  const times = new Uint8Array(sent);
  let disorder = 0;
  let doubles = 0;
  for (const pulled of pullers) {
    const seen = pulled[pusher];
    if (seen === undefined) continue;
    disorder += seen.disorder;
    doubles += seen.doubles;
    const bits = Uint8Array.from(atob(seen.bits), (c) => c.charCodeAt(0));
    for (let number = 0; number < bits.length * 8; number++) {
      if (!(bits[number >> 3]! & 1 << (number & 7))) continue;
      if (number >= sent) throw new Error(`${number} was never sent: there are only ${sent}`);
      times[number]!++;
    }
  }
  const lost: number[] = [];
  let count = 0;
  for (let number = 0; number < sent; number++) {
    if (times[number] === 0) lost.push(number);
    else {
      count++;
      doubles += times[number]! - 1;
    }
  }
  return { count, lost, doubles, disorder };
}
