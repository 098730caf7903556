/**
 * What is asked of an authentication handler, and what it answers (RFC 27), as values. Who asks is not known here.
 *
 * @module
 */

import type { Metadata } from "../message/metadata.ts";

/** What a mechanism wants to know. */
export interface Inquiry {
  /** `"NULL"`, `"PLAIN"` or `"CURVE"`. */
  readonly mechanism: string;
  /** NULL: none. PLAIN: user name and password. CURVE: the client's long-term key, 32 octets. */
  readonly credentials: readonly Uint8Array[];
}

/** What the handler answers. */
export interface ZapReply {
  /** 200: let in; 300: not now; 400: refused; 500: the handler failed. */
  readonly status: 200 | 300 | 400 | 500;
  /** For people. */
  readonly text: string;
  /** Who the peer is, as the handler knows it; octets, empty unless the status is 200. */
  readonly userId: Uint8Array;
  /** What else the handler says of the peer. */
  readonly metadata: Metadata;
}
