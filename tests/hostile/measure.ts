/**
 * Runs one load and measures it: what happened, the events that the victim told, how far its memory grew, how long it
 * took, and how the good peer was served meanwhile.
 *
 * @module
 */

import { Scope } from "../interop/scope.ts";
import { type Load, openTrap } from "./loads.ts";
import { Good, type Runner, Victim } from "./victim.ts";

/** What came of a load. */
export interface Result {
  readonly load: Load;
  readonly happened: string;
  /** The most frequent events that tell of an attack. */
  readonly events: string;
  /** Mebibytes. */
  readonly growth: number;
  readonly seconds: number;
  /** How often the good peer was served, and the longest that it waited in milliseconds; absent if there was none. */
  readonly served?: number;
  readonly worst?: number;
}

/** Runs it. Throws if what must hold does not. */
export async function measure(load: Load, runner: Runner, scale: number): Promise<Result> {
  const scope = new Scope();
  try {
    const trap = load.victim.connect === undefined ? undefined : await openTrap(scope);
    const many = (count: number) => Math.max(1, Math.ceil(count * scale));
    const limits = scale === 1
      ? {}
      : load.rows === "X-60"
      ? { maxSubscriptions: many(1_000_000) }
      : /X-36|X-77/.test(load.rows)
      ? { maxMessageParts: many(65_536) }
      : {};
    const victim = await Victim.start(scope, runner, {
      ...load.victim,
      options: { ...load.victim.options, ...limits },
      ...(trap && { connect: trap.endpoint }),
    });
    let good: Good | undefined;
    if (load.good !== undefined) {
      good = new Good(scope, load.good, victim.endpoint, load.goodOptions ?? {});
      await good.start();
    }
    const before = await victim.report("settle");
    const begin = performance.now();
    const happened = await load.run({ scope, victim, scale, many, trap });
    const seconds = (performance.now() - begin) / 1000;
    await good?.stop();
    const report = await victim.report();
    const growth = report.peak - before.memory;
    if (growth > load.most) {
      throw new Error(`${load.name}: memory grew by ${growth.toFixed(0)} MiB, of ${load.most}`);
    }
    if (good !== undefined && good.lost > 0) {
      throw new Error(`${load.name}: the good peer lost its connection`);
    }
    const events = Object.entries(report.events).filter(([name]) => /error| ERR/.test(name))
      .sort(([, a], [, b]) => b - a).slice(0, 3).map(([name, count]) => `${count} × ${name}`).join("; ");
    return {
      load,
      happened,
      events,
      growth,
      seconds,
      ...(good && { served: good.served, worst: good.worst }),
    };
  } catch (error) {
    throw new Error(`${load.name}: ${(error as Error).message}`, { cause: error });
  } finally {
    await scope.end();
  }
}
