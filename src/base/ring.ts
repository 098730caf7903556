/**
 * A queue in a ring that grows by doubling: what libzmq's yqueue is, without the threads. Empty rings own no
 * memory, so ten thousand idle peers cost nothing here.
 *
 * @module
 */

/** First size of a ring that is used at all. */
const FIRST = 16;
/** An emptied ring larger than this is given back. */
const KEEP = 4096;

/** First in, first out; `undefined` is no element. */
export class Ring<T> {
  #slots: (T | undefined)[] = [];
  #mask = -1;
  #head = 0;
  /** How many elements wait. */
  length = 0;

  /** Adds an element at the end. */
  push(element: T): void {
    if (this.length > this.#mask) this.#grow();
    this.#slots[(this.#head + this.length++) & this.#mask] = element;
  }

  /** Takes the first element, `undefined` if there is none. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const head = this.#head;
    const element = this.#slots[head];
    this.#slots[head] = undefined;
    this.#head = (head + 1) & this.#mask;
    if (--this.length === 0 && this.#mask >= KEEP) this.clear();
    return element;
  }

  /** The first element, left where it is. */
  peek(): T | undefined {
    return this.length === 0 ? undefined : this.#slots[this.#head];
  }

  /** The last element, left where it is. */
  last(): T | undefined {
    return this.length === 0 ? undefined : this.#slots[(this.#head + this.length - 1) & this.#mask];
  }

  /** Drops all elements and the memory. */
  clear(): void {
    this.#slots = [];
    this.#mask = -1;
    this.#head = 0;
    this.length = 0;
  }

  #grow(): void {
    const old = this.#slots;
    const size = old.length === 0 ? FIRST : old.length * 2;
    const slots: (T | undefined)[] = new Array(size);
    for (let i = 0; i < size; i++) {
      slots[i] = i < this.length ? old[(this.#head + i) & this.#mask] : undefined;
    }
    this.#slots = slots;
    this.#mask = size - 1;
    this.#head = 0;
  }
}
