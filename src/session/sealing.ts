/**
 * Messages under a mechanism that encrypts.
 *
 * @module
 */

import type { StreamEngine } from "../io/engine.ts";

type Octets = Uint8Array[] | undefined;

/** As they go out: sealed, where the engine does that. */
export function sealed(engine: StreamEngine, octets: Octets): Octets {
  return engine.seals && octets !== undefined ? engine.seal!(octets) : octets;
}
