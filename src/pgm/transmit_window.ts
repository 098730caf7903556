/**
 * The packets that a source can repair: the last so many that it sent, by their numbers. The ring grows with
 * what is in it; at 1 Gbit/s and ten seconds the limit is 833 333 packets, which few programs ever fill.
 *
 * @module
 */

import { serialAdd, serialDistance } from "./serial.ts";

const FIRST_SIZE = 16;

/** A window over packets with consecutive numbers. */
export class TransmitWindow {
  /** The number of the oldest packet in it; of the next one if it is empty. */
  trail: number;
  /** How many packets are in it. */
  length = 0;
  readonly #limit: number;
  #slots: (Uint8Array | undefined)[] = [];
  #head = 0;

  /** An empty window for so many packets; `first` is the number of the first. */
  constructor(limit: number, first: number) {
    this.#limit = limit;
    this.trail = first;
  }

  /** The number of the newest packet; `trail` - 1 before there is one. */
  get lead(): number {
    return serialAdd(this.trail, this.length - 1);
  }

  /** Adds the next packet, and lets the oldest go if there is no room. */
  push(packet: Uint8Array): void {
    if (this.length === this.#limit) {
      this.#slots[this.#head] = undefined;
      this.#head = (this.#head + 1) & (this.#slots.length - 1);
      this.trail = serialAdd(this.trail, 1);
      this.length--;
    }
    if (this.length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.length++) & (this.#slots.length - 1)] = packet;
  }

  /** The packet with this number, `undefined` if it is not in the window. */
  get(number: number): Uint8Array | undefined {
    const index = serialDistance(number, this.trail);
    if (index < 0 || index >= this.length) return undefined;
    return this.#slots[(this.#head + index) & (this.#slots.length - 1)];
  }

  #grow(): void {
    const old = this.#slots;
    const slots: (Uint8Array | undefined)[] = new Array(Math.max(FIRST_SIZE, old.length * 2));
    for (let i = 0; i < slots.length; i++) {
      slots[i] = i < this.length ? old[(this.#head + i) & (old.length - 1)] : undefined;
    }
    this.#slots = slots;
    this.#head = 0;
  }
}
