/**
 * The sources that a receiver follows, at most so many. Anybody can make up thousands of them, so a newcomer
 * takes the place of one that has said little and nothing lately; a source that has talked for a while stays.
 *
 * @module
 */

import type { PacketHeader } from "./packet.ts";
import type { Peer } from "./peer.ts";

/** Most sources that are followed at a time. */
export const PEERS_MAX = 256;

/** A source is established when its packets span so many milliseconds. */
const ESTABLISHED_AFTER = 1000;
/** And until it was silent for so many: twice the time between two SPMs of an idle source. */
const SILENT_AFTER = 60_000;

/** Finds sources by their TSI and address. */
export class Peers {
  readonly all: Peer[] = [];
  /** By the low 48 bits of the TSI; who shares them is told apart by the rest. */
  readonly #byTsi = new Map<number, Peer[]>();
  /** Who was found last: the packets of a stream come together. */
  #recent: Peer | undefined;

  /** How many there are. */
  get count(): number {
    return this.all.length;
  }

  /** Whether there is no room for another. */
  get isFull(): boolean {
    return this.all.length >= PEERS_MAX;
  }

  /** The source of a downstream packet. */
  find({ gsi, sourcePort }: PacketHeader, host: string): Peer | undefined {
    const recent = this.#recent;
    if (recent !== undefined && isThat(recent, gsi, sourcePort) && recent.address.host === host) {
      return recent;
    }
    const found = this.#byTsi.get(keyOf(gsi, sourcePort))?.find((peer) =>
      isThat(peer, gsi, sourcePort) && peer.address.host === host
    );
    if (found !== undefined) this.#recent = found;
    return found;
  }

  /** All sources with this TSI. */
  named(gsi: number, sourcePort: number): Peer[] {
    return (this.#byTsi.get(keyOf(gsi, sourcePort)) ?? []).filter((peer) => isThat(peer, gsi, sourcePort));
  }

  /** Adds a source that `find` does not know. */
  add(peer: Peer): void {
    this.all.push(peer);
    const key = keyOf(peer.gsi, peer.sourcePort);
    const same = this.#byTsi.get(key);
    if (same === undefined) this.#byTsi.set(key, [peer]);
    else same.push(peer);
  }

  /** Removes one that is there. */
  remove(peer: Peer): void {
    this.all.splice(this.all.indexOf(peer), 1);
    const key = keyOf(peer.gsi, peer.sourcePort);
    const same = this.#byTsi.get(key)!;
    if (same.length === 1) this.#byTsi.delete(key);
    else same.splice(same.indexOf(peer), 1);
    if (this.#recent === peer) this.#recent = undefined;
  }

  /** Drops all. */
  clear(): void {
    this.all.length = 0;
    this.#byTsi.clear();
    this.#recent = undefined;
  }

  /** Who may go for a newcomer: with nothing pending rather than with, and of those the one silent for longest. */
  victim(now: number): Peer | undefined {
    let victim: Peer | undefined;
    for (const peer of this.all) {
      const established = peer.heard - peer.since >= ESTABLISHED_AFTER;
      if (established && now - peer.heard < SILENT_AFTER) continue;
      if (
        victim === undefined || (peer.drained && !victim.drained) ||
        (peer.drained === victim.drained && peer.heard < victim.heard)
      ) victim = peer;
    }
    return victim;
  }
}

function isThat(peer: Peer, gsi: number, sourcePort: number): boolean {
  return peer.gsi === gsi && peer.sourcePort === sourcePort;
}

function keyOf(gsi: number, sourcePort: number): number {
  return gsi % 2 ** 32 * 65536 + sourcePort;
}
