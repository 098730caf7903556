/**
 * Numbered messages, and what is known of them at the other end: how many came, again, or out of order.
 *
 * @module
 */

import type { Figures } from "./fault.ts";

/** A part of so many octets, four at least, that begins with this number. */
export function numbered(number: number, size = 4): Uint8Array {
  const octets = new Uint8Array(size);
  new DataView(octets.buffer).setUint32(0, number);
  return octets;
}

/** The number that a part begins with. */
export function numberOf(part: Uint8Array): number {
  return new DataView(part.buffer, part.byteOffset).getUint32(0);
}

/** What one receiver got of one sender. */
export class Tally {
  /** In the order in which they came. */
  readonly numbers: number[] = [];
  readonly #seen = new Set<number>();
  #doubled = 0;
  #disordered = 0;
  #highest = -1;

  /** This number came. */
  hear(number: number): void {
    this.numbers.push(number);
    if (this.#seen.has(number)) this.#doubled++;
    else if (number < this.#highest) this.#disordered++;
    this.#seen.add(number);
    this.#highest = Math.max(this.#highest, number);
  }

  /** How many different ones came. */
  get delivered(): number {
    return this.#seen.size;
  }

  get doubled(): number {
    return this.#doubled;
  }

  get disordered(): number {
    return this.#disordered;
  }

  /** The largest that came, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** How often at least one is missing between two that came. */
  get gaps(): number {
    const sorted = [...this.#seen].sort((a, b) => a - b);
    return sorted.filter((number, index) => index > 0 && number !== sorted[index - 1]! + 1).length;
  }

  /** As figures, of so many that were sent. */
  figures(sent: number, more: Omit<Partial<Figures>, "sent" | "delivered"> = {}): Figures {
    const { delivered, doubled, disordered } = this;
    return { sent, delivered, doubled, disordered, ...more };
  }
}

/** Figures of several senders or cases in one. */
export function sum(all: readonly Figures[], more: Partial<Figures> = {}): Figures {
  const total = (pick: (figures: Figures) => number | undefined) =>
    all.reduce((whole, each) => whole + (pick(each) ?? 0), 0);
  return {
    sent: total(({ sent }) => sent),
    delivered: total(({ delivered }) => delivered),
    doubled: total(({ doubled }) => doubled),
    disordered: total(({ disordered }) => disordered),
    counted: total(({ counted }) => counted),
    ...more,
  };
}
