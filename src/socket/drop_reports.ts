/**
 * Tells observers of drops. A publisher may drop a million messages a second, so those of one turn of the event loop
 * are one event for each peer and reason; without observers nothing is kept.
 *
 * @module
 */

import type { Peer } from "../io/engine.ts";
import { afterTurn } from "../io/timers.ts";
import type { DropCounts, DropReason } from "../pipe/drops.ts";
import type { Pipe, PipeConnection } from "../pipe/pipe.ts";
import type { LinkEvent } from "../session/link.ts";

interface Report {
  /** As it was: what is lost is lost with its connection. */
  readonly connection: PipeConnection | undefined;
  readonly counts: Partial<DropCounts>;
}

/** The drops of one socket that were not told yet. */
export class DropReports {
  readonly #emit: (event: LinkEvent) => void;
  #waiting = new Map<Pipe | undefined, Report>();

  constructor(emit: (event: LinkEvent) => void) {
    this.#emit = emit;
  }

  /** So many messages were dropped. */
  add(pipe: Pipe | undefined, reason: DropReason, count: number): void {
    const waiting = this.#waiting;
    let report = waiting.get(pipe);
    if (report === undefined) {
      if (waiting.size === 0) afterTurn(() => this.tell());
      waiting.set(pipe, report = { connection: pipe?.connection, counts: {} });
    }
    report.counts[reason] = (report.counts[reason] ?? 0) + count;
  }

  /** Tells of all that waits. */
  tell(): void {
    const reports = this.#waiting;
    this.#waiting = new Map();
    for (const [pipe, { connection, counts }] of reports) {
      const { origin, peer } = pipe ?? {};
      for (const [reason, count] of Object.entries(counts)) {
        this.#emit({
          type: "drop",
          address: origin?.endpoint ?? "",
          reason: reason as DropReason,
          count,
          ...(connection &&
            { session: { id: connection.id, remote: connection.remote, peer: undefined, pipe } }),
          ...(peer && { peer: peer as Peer }),
        });
      }
    }
  }
}
