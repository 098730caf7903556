/**
 * Why messages are dropped, and how often: every drop is counted, for the socket and for the peer.
 *
 * @module
 */

/** Counts of messages that a socket dropped, as its pattern allows or as it must. */
export interface DropCounts {
  /**
   * A peer's queue was full (PUB, ROUTER, REP); or what came found too much unread that nobody can be told to hold back
   * (`udp://`, `hiccupMessage` and the like).
   */
  full: number;
  /** There was no such peer (ROUTER, REP). */
  unroutable: number;
  /** The peer sent what this type does not take. */
  unexpected: number;
  /** A publisher sent what was not subscribed to. */
  filtered: number;
  /** They were queued for a peer that went away, or that did not take them within `linger`. */
  lost: number;
  /** A newer message took their place (`conflate`). */
  conflated: number;
  /** Datagrams, not messages: what is in them breaks the rules (`udp://`, `epgm://`). */
  malformed: number;
}

/** Why a message was dropped. */
export type DropReason = keyof DropCounts;

/** All counts from zero. */
export function noDrops(): DropCounts {
  return { full: 0, unroutable: 0, unexpected: 0, filtered: 0, lost: 0, conflated: 0, malformed: 0 };
}
