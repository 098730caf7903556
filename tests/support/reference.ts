/**
 * Slow and obvious twins of what the engine does fast, to compare with on random input: the framing of ZMTP
 * read from one whole run of octets with 64-bit sizes, and prefix matching by looking at every topic. And the
 * seeded generator that makes the random input, so that a failure can be repeated.
 */

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number;
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000;
  }

  /** A whole number, at least 0 and below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True so often of one. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of these. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** So many octets. */
  octets(length: number): Uint8Array {
    const all = new Uint8Array(length);
    for (let i = 0; i < length; i++) all[i] = this.below(256);
    return all;
  }

  /** The octets in pieces of 1 to `most`. */
  split(all: Uint8Array, most: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < all.length;) {
      const length = Math.min(this.between(1, most), all.length - at);
      pieces.push(all.slice(at, at + length));
      at += length;
    }
    return pieces;
  }
}

/** What a decoder makes of its input. */
export type Decoded =
  | { readonly type: "message"; readonly frames: readonly Uint8Array[] }
  | { readonly type: "command"; readonly body: Uint8Array }
  | { readonly type: "error"; readonly code: string };

/** What is refused. */
export interface ReferenceLimits {
  readonly frame: number;
  readonly message: number;
  readonly parts: number;
  readonly command: number;
}

/** Reads RFC 37's framing from all of the input at once; what is not whole at the end is not told of. */
export function decodeAll(input: Uint8Array, limits: ReferenceLimits): Decoded[] {
  const found: Decoded[] = [];
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  let frames: Uint8Array[] = [];
  let at = 0;
  while (at < input.length) {
    const flags = input[at]!;
    if (flags & 0xf8) return [...found, { type: "error", code: "ERR_ZMTP_UNSPECIFIED" }];
    const isCommand = (flags & 4) !== 0;
    if (isCommand && flags & 1) return [...found, { type: "error", code: "ERR_ZMTP_UNSPECIFIED" }];
    const headerSize = flags & 2 ? 9 : 2;
    if (at + headerSize > input.length) return found;
    const size = flags & 2 ? view.getBigUint64(at + 1) : BigInt(input[at + 1]!);
    const most = isCommand ? Math.min(limits.command, limits.frame) : limits.frame;
    if (most !== Infinity && size > BigInt(most)) {
      return [...found, { type: "error", code: "ERR_ZMTP_MESSAGE_TOO_LONG" }];
    }
    const before = frames.reduce((sum, each) => sum + each.length, 0);
    if (!isCommand && limits.message !== Infinity && BigInt(before) + size > BigInt(limits.message)) {
      return [...found, { type: "error", code: "ERR_ZMTP_MESSAGE_TOO_LONG" }];
    }
    const start = at + headerSize;
    if (BigInt(start) + size > BigInt(input.length)) return found;
    const body = input.slice(start, start + Number(size));
    at = start + Number(size);
    if (isCommand) {
      found.push({ type: "command", body });
      continue;
    }
    frames.push(body);
    if (frames.length + (flags & 1) > limits.parts) {
      return [...found, { type: "error", code: "ERR_ZMTP_MESSAGE_TOO_LONG" }];
    }
    if (flags & 1) continue;
    found.push({ type: "message", frames });
    frames = [];
  }
  return found;
}

/** RFC 29: whether a message under this first frame goes to a subscriber of these topics. */
export function prefixMatches(topics: Iterable<Uint8Array>, first: Uint8Array): boolean {
  for (const topic of topics) {
    if (topic.length <= first.length && topic.every((octet, i) => octet === first[i])) return true;
  }
  return false;
}
