/**
 * What a running device tells of itself.
 *
 * @module
 */

import type { SocketCore } from "../socket/core.ts";
import type { Traffic } from "./flow.ts";

/** One side of a device. */
export interface SideStatistics {
  /** What the device took from this side's peers. */
  readonly received: Readonly<Traffic>;
  /** What the device handed to this side's socket, for its peers. */
  readonly sent: Readonly<Traffic>;
  /** Peers that are connected now. */
  readonly peers: number;
  /** Messages that wait now: `received` for the device to take them, `sent` for the peers to. */
  readonly queued: { readonly received: number; readonly sent: number };
  /**
   * Messages that this side's socket dropped since the device began, as its type must: for a peer that is gone,
   * or whose queue is full ({@linkcode DropCounts}).
   */
  readonly dropped: number;
}

/** A device in figures; each call of `statistics` makes new ones. */
export interface DeviceStatistics {
  /** The front end. */
  readonly front: SideStatistics;
  /** The back end; the same as `front` where one socket is reflected on itself. */
  readonly back: SideStatistics;
  /** Copies that went to the capture sockets. */
  readonly captured: number;
  /** Copies that a capture socket, or its peer, had no room for. */
  readonly missed: number;
  /** What came by the control socket: words that were obeyed, and messages that were none. */
  readonly control: { readonly commands: number; readonly rejected: number };
}

/** One side, as it is now. */
export function sideStatistics(
  core: SocketCore,
  received: Traffic,
  sent: Traffic,
  droppedBefore: number,
): SideStatistics {
  let peers = 0;
  const queued = { received: core.pattern.queued, sent: 0 };
  for (const pipe of core.endpoints.pipes()) {
    if (pipe.connected) peers++;
    queued.sent += pipe.outbound;
  }
  const dropped = droppedBy(core) - droppedBefore;
  return { received: { ...received }, sent: { ...sent }, peers, queued, dropped };
}

/** All messages that a socket dropped so far. */
export function droppedBy({ dropCounts }: SocketCore): number {
  const { full, unroutable, unexpected, filtered, lost } = dropCounts;
  return full + unroutable + unexpected + filtered + lost;
}
