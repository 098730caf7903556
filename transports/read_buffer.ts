/**
 * Memory to read into, for runtimes that let us bring it: small while a connection is idle, large while it is
 * busy, and never written again once it was handed on.
 *
 * @module
 */

const EMPTY = new Uint8Array(0);
/** What a connection that may be idle waits with. */
const IDLE_SIZE = 512;
/** Where a busy one begins. */
const SMALLEST_READ = 16384;

/** The memory of one connection. */
export class ReadBuffer {
  readonly #largest: number;
  readonly #allocate: (length: number) => Uint8Array;
  #buffer: Uint8Array = EMPTY;
  #busy = false;
  #size = SMALLEST_READ;

  /** `largest` octets are offered at once at most; `allocate` makes memory whose contents do not matter. */
  constructor(largest: number, allocate: (length: number) => Uint8Array = zeroed) {
    this.#largest = largest;
    this.#allocate = allocate;
  }

  /** Free memory to read into: what the last read left over, or a new buffer. */
  space(): Uint8Array {
    const wanted = this.#busy ? this.#size : IDLE_SIZE;
    if (this.#buffer.length < wanted >> 2) {
      this.#buffer = wanted === IDLE_SIZE ? zeroed(wanted) : this.#allocate(wanted);
    }
    return this.#buffer;
  }

  /**
   * Splits what was read off the buffer. A read that fills it says that more is waiting, and the next may be
   * large; after any other we may wait for long, and must not hold much memory meanwhile.
   */
  take(length: number): Uint8Array {
    const { buffer, byteOffset, length: offered } = this.#buffer;
    const wasBusy = this.#busy;
    this.#busy = length === offered;
    if (wasBusy && this.#busy) this.#size = Math.min(this.#size * 4, this.#largest);
    else if (wasBusy && length < this.#size >> 2) this.#size = Math.max(this.#size >> 1, SMALLEST_READ);
    this.#buffer = wasBusy || this.#busy ? EMPTY : new Uint8Array(buffer, byteOffset + length);
    return new Uint8Array(buffer, byteOffset, length);
  }

  /** Gives the memory back. */
  clear(): void {
    this.#buffer = EMPTY;
  }
}

function zeroed(length: number): Uint8Array {
  return new Uint8Array(length);
}
