/**
 * The contents of a receive window as runs: some numbers that are missing, all in the same state, and behind
 * them the packets that did come. Runs lie side by side in order of their numbers and none is empty, so a number
 * is found by halving, and a window with nothing missing has no runs at all.
 *
 * @module
 */

import type { DataPacket } from "./packet.ts";

/** Waits a random time before it is asked for: perhaps it is only late, or another receiver asks. */
export const BACK_OFF = 0;
/** Asked for; the source has to confirm. */
export const WAIT_NCF = 1;
/** Confirmed; the data has to come. */
export const WAIT_DATA = 2;
/** Nothing will fill it. */
export const LOST = 3;
/** Nothing is missing: there are only packets. */
export const PRESENT = 4;

/** What a run can be. */
export type RunState =
  | typeof BACK_OFF
  | typeof WAIT_NCF
  | typeof WAIT_DATA
  | typeof LOST
  | typeof PRESENT;

/** Missing numbers `first` to `last`, none if `last` is `first` - 1, and the packets that follow on them. */
export class Run {
  first: number;
  last: number;
  state: RunState;
  /** When the state is over; `Infinity` for never. */
  expiry: number;
  /** How often the wait for the NCF was in vain, and that for the data. */
  withoutNcf = 0;
  withoutData = 0;
  #packets: DataPacket[];
  /** How many of the packets have left. */
  #gone = 0;

  constructor(first: number, last: number, state: RunState, expiry: number, packets: DataPacket[] = []) {
    this.first = first;
    this.last = last;
    this.state = state;
    this.expiry = expiry;
    this.#packets = packets;
  }

  /** Whether numbers are missing. */
  get hasGap(): boolean {
    return this.first <= this.last;
  }

  /** Whether any packets follow on what is missing. */
  get hasPackets(): boolean {
    return this.#packets.length > 0;
  }

  /** Whether nothing is left of it. */
  get isEmpty(): boolean {
    return !this.hasGap && !this.hasPackets;
  }

  /** Whether it is missing, nobody asked for it yet, and more could be missing behind it. */
  get isFresh(): boolean {
    return this.state === BACK_OFF && this.withoutNcf === 0 && this.withoutData === 0 && !this.hasPackets;
  }

  /** Whether it is lost, and nothing follows. */
  get isHole(): boolean {
    return this.state === LOST && !this.hasPackets;
  }

  /** Adds the packet that follows. */
  push(packet: DataPacket): void {
    this.#packets.push(packet);
  }

  /** Takes the first packet of a run without a gap. */
  shift(): DataPacket {
    const packets = this.#packets as (DataPacket | undefined)[];
    const packet = packets[this.#gone]!;
    packets[this.#gone++] = undefined;
    if (this.#gone === packets.length) {
      packets.length = 0;
      this.#gone = 0;
    }
    this.first++;
    this.last++;
    return packet;
  }

  /** Cuts the run in two before `number`, one of those that are missing or the one behind them. */
  cut(number: number): Run {
    const rest = new Run(number, this.last, this.state, this.expiry, this.#packets);
    rest.withoutNcf = this.withoutNcf;
    rest.withoutData = this.withoutData;
    rest.settle();
    this.last = number - 1;
    this.#packets = [];
    return rest;
  }

  /** Takes over the numbers and packets of the next run; this one has no packets. */
  absorb(next: Run): void {
    this.last = next.last;
    this.#packets = next.#packets;
  }

  /** Gives up what is missing. */
  lose(): void {
    this.state = LOST;
    this.expiry = Infinity;
  }

  /** A wait is over: the next try, or none. */
  retry(over: boolean, expiry: number): void {
    if (over) return this.lose();
    this.state = BACK_OFF;
    this.expiry = expiry;
  }

  /** A run in which nothing is missing any more waits for nothing. */
  settle(): void {
    if (this.hasGap) return;
    this.state = PRESENT;
    this.expiry = Infinity;
  }
}

/** The runs of a window: indices from `head` to before `end`. */
export class Runs {
  readonly #all: (Run | undefined)[] = [];
  #head = 0;

  get head(): number {
    return this.#head;
  }

  get end(): number {
    return this.#all.length;
  }

  get isEmpty(): boolean {
    return this.#head === this.#all.length;
  }

  at(index: number): Run {
    return this.#all[index]!;
  }

  last(): Run | undefined {
    return this.isEmpty ? undefined : this.#all[this.#all.length - 1];
  }

  /** The index of the run with this number, the head if it is before all. */
  find(number: number): number {
    let low = this.#head;
    let high = this.#all.length;
    while (high - low > 1) {
      const middle = low + high >>> 1;
      if (this.#all[middle]!.first <= number) low = middle;
      else high = middle;
    }
    return low;
  }

  push(run: Run): Run {
    this.#all.push(run);
    return run;
  }

  insert(index: number, run: Run): void {
    this.#all.splice(index, 0, run);
  }

  /** Removes a run. Indices stay valid unless it was the head. */
  removeAt(index: number): void {
    if (index > this.#head) this.#all.splice(index, 1);
    else {
      this.#all[this.#head++] = undefined;
      if (this.#head === this.#all.length) this.clear();
      else if (this.#head >= 64 && this.#head * 2 >= this.#all.length) {
        this.#all.splice(0, this.#head);
        this.#head = 0;
      }
    }
  }

  clear(): void {
    this.#all.length = 0;
    this.#head = 0;
  }
}
