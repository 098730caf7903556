/**
 * SCATTER and GATHER (RFC 49): as PUSH and PULL, with messages of one part.
 *
 * @module
 */

import type { FairQueue } from "./fair_queue.ts";
import { PullPattern, PushPattern } from "./pipeline.ts";
import { requireSinglePart, SinglePartQueue } from "./single_part.ts";

/** The behaviour of SCATTER. */
export class ScatterPattern extends PushPattern {
  override send(message: Uint8Array[]): boolean {
    requireSinglePart(message);
    return super.send(message);
  }
}

/** The behaviour of GATHER. */
export class GatherPattern extends PullPattern {
  protected override readonly in: FairQueue = new SinglePartQueue(this.host);
}
