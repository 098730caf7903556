/**
 * The nonces of CURVE (RFC 26, "overall operation"). A short nonce counts the commands of one side over a
 * connection, in 64 bits; a number of JavaScript is exact up to 53, so it is kept as two halves.
 *
 * @module
 */

const LAST = 0xffffffff;

/** The number of the last command of one side. */
export class ShortNonce {
  /** The upper 32 bits. */
  high: number;
  /** The lower 32 bits. */
  low: number;

  constructor(high = 0, low = 0) {
    this.high = high;
    this.low = low;
  }

  /** Goes on to the next number. False: there is none, and a nonce must not come twice. */
  increase(): boolean {
    if (this.low !== LAST) {
      this.low++;
      return true;
    }
    if (this.high === LAST) return false;
    this.high++;
    this.low = 0;
    return true;
  }

  /** Nothing can follow any more. */
  exhaust(): void {
    this.high = this.low = LAST;
  }

  /** Whether the number in the eight octets at `at` is a higher one. */
  isBelow(memory: Uint8Array, at: number): boolean {
    const high = word(memory, at);
    return high > this.high || (high === this.high && word(memory, at + 4) > this.low);
  }

  /** Takes over the number in the eight octets at `at`. */
  take(memory: Uint8Array, at: number): void {
    this.high = word(memory, at);
    this.low = word(memory, at + 4);
  }

  /** Writes the number to the eight octets at `at`, in network order. */
  put(memory: Uint8Array, at: number): void {
    const { high, low } = this;
    memory[at] = high >>> 24;
    memory[at + 1] = high >>> 16;
    memory[at + 2] = high >>> 8;
    memory[at + 3] = high;
    memory[at + 4] = low >>> 24;
    memory[at + 5] = low >>> 16;
    memory[at + 6] = low >>> 8;
    memory[at + 7] = low;
  }

  /** The number as eight octets. */
  octets(): Uint8Array {
    const memory = new Uint8Array(8);
    this.put(memory, 0);
    return memory;
  }
}

/** The 24 octets that a box is made under: a text of 8 or 16, and the nonce that goes over the wire. */
export function fullNonce(prefix: string, rest: Uint8Array): Uint8Array {
  const nonce = new Uint8Array(24);
  for (let i = 0; i < prefix.length; i++) nonce[i] = prefix.charCodeAt(i);
  nonce.set(rest, prefix.length);
  return nonce;
}

function word(memory: Uint8Array, at: number): number {
  return (memory[at]! << 24 | memory[at + 1]! << 16 | memory[at + 2]! << 8 | memory[at + 3]!) >>> 0;
}
