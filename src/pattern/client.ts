/**
 * CLIENT (RFC 41): as DEALER, with messages of one part and without anything before them.
 *
 * @module
 */

import { DealerPattern } from "./dealer.ts";
import type { FairQueue } from "./fair_queue.ts";
import { requireSinglePart, SinglePartQueue } from "./single_part.ts";

/** The behaviour of CLIENT. */
export class ClientPattern extends DealerPattern {
  protected override readonly in: FairQueue = new SinglePartQueue(this.host);

  override send(message: Uint8Array[]): boolean {
    requireSinglePart(message);
    return super.send(message);
  }
}
