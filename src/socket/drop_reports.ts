/**
 * Tells observers of drops. A publisher may drop a million messages a second, so those of one turn of the event loop
 * are one event for each peer and reason; without observers nothing is kept.
 *
 * @module
 */

import { afterTurn } from "../io/timers.ts";
import type { DropReason } from "../pipe/drops.ts";
import type { Pipe } from "../pipe/pipe.ts";
import type { LinkEvent } from "../session/link.ts";

interface Report {
  readonly pipe: Pipe | undefined;
  readonly reason: DropReason;
  count: number;
}

/** The drops of one socket that were not told yet. */
export class DropReports {
  readonly #emit: (event: LinkEvent) => void;
  #waiting: Report[] = [];

  constructor(emit: (event: LinkEvent) => void) {
    this.#emit = emit;
  }

  /** So many messages were dropped. */
  add(pipe: Pipe | undefined, reason: DropReason, count: number): void {
    const same = this.#waiting.find((report) => report.pipe === pipe && report.reason === reason);
    if (same !== undefined) {
      same.count += count;
      return;
    }
    if (this.#waiting.push({ pipe, reason, count }) === 1) afterTurn(() => this.tell());
  }

  /** Tells of all that waits. */
  tell(): void {
    const reports = this.#waiting;
    this.#waiting = [];
    for (const { pipe, reason, count } of reports) {
      const { origin, peer, connection } = pipe ?? {};
      this.#emit({
        type: "drop",
        address: origin?.endpoint ?? "",
        reason,
        count,
        ...(connection &&
          { session: { id: connection.id, remote: connection.remote, peer: undefined, pipe } }),
        ...(peer && { peer: { subscribeCommands: true, ...peer } }),
      });
    }
  }
}
