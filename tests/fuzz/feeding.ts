/**
 * Streams that come in pieces: what is told of them must not depend on where they are cut, nor on which pieces go
 * straight into the memory of who reads them.
 */

import { must, mustEqual, refused } from "./holds.ts";
import { splittings } from "./shapes.ts";

/** A decoder of any framing. */
interface Fed {
  readonly stalled: boolean;
  decode(chunk: Uint8Array): void;
  target(): Uint8Array | undefined;
  filled(length: number): void;
  resume(): void;
}

interface Feeding {
  /** What its sink answers, event by event; then always yes. */
  readonly room: readonly boolean[];
  /** Whether it is resumed after all chunks, and not after each. */
  readonly late?: boolean;
  /** Hears how long each chunk is that is about to come. */
  readonly came: (length: number) => void;
}

/** What is told of a stream, in whatever pieces it comes; fails where they differ. */
export function toldInAnyPieces(
  wire: Uint8Array,
  lengths: readonly number[],
  tell: (chunks: readonly Uint8Array[]) => string[],
): string[] {
  const [whole, ...others] = splittings(wire, lengths).map(tell);
  for (const other of others) mustEqual(other, whole!, "In other pieces");
  return whole!;
}

/** Feeds a decoder, with every second chunk straight to where it asks for it. Answers with what it refused, if it did. */
export function feed<E extends Error>(
  decoder: Fed,
  chunks: readonly Uint8Array[],
  kind: new (...given: never[]) => E,
  { room, late, came }: Feeding,
): E | undefined {
  function goOn(): void {
    for (let steps = 0; decoder.stalled; steps++) {
      must(steps <= room.length, "stalled though there is room");
      decoder.resume();
    }
  }
  return refused(kind, () => {
    for (const [i, chunk] of chunks.entries()) {
      came(chunk.length);
      const place = i % 2 === 1 ? decoder.target() : undefined;
      const straight = Math.min(place?.length ?? 0, chunk.length);
      if (place !== undefined) {
        must(place.length > 0, "nowhere to read to");
        place.set(chunk.subarray(0, straight));
        decoder.filled(straight);
      }
      if (straight < chunk.length) decoder.decode(chunk.slice(straight));
      if (!late) goOn();
    }
    goOn();
  });
}
