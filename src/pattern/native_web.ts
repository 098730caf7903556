/**
 * Takes the place of `stream.ts` and `dgram.ts` in a bundle for browsers. STREAM is for TCP and DGRAM for UDP, which
 * a page has not: their sockets can be made there, and never get a pipe.
 *
 * @module
 */

import { PairPattern } from "./pair.ts";

/** A STREAM that never has a peer. */
export class StreamPattern extends PairPattern {}

/** A DGRAM that never has an endpoint. */
export class DgramPattern extends PairPattern {}
