/**
 * The codec alone: messages into the form of the wire, and out of it again. One iteration is a batch of 64 KiB,
 * or of one message where that is larger, so compare sizes by octets.
 *
 * @module
 */

import type { Frame } from "../../src/message/frame.ts";
import { TRAFFIC_COMMAND_MAX } from "../../src/zmtp/constants.ts";
import { Decoder } from "../../src/zmtp/decoder.ts";
import { WireQueue } from "../../src/zmtp/wire_queue.ts";

const BATCH = 64 * 1024;
const LIMITS = { frame: Infinity, message: Infinity, parts: Infinity };

for (const size of [10, 100, 1000, 10_000, 100_000]) {
  const messages = Math.max(1, Math.floor(BATCH / size));
  const unit = `${messages} × ${size} B`;
  const wire = encoded(size, messages);

  Deno.bench({ name: `encode ${unit}`, fn: encoder(size, messages) });
  Deno.bench({ name: `decode ${unit}`, fn: decoder(messages, [wire]) });
  Deno.bench({
    name: `decode ${unit}, in chunks of 1000 B`,
    fn: decoder(messages, chunks(wire, 1000)),
  });
}

Deno.bench({ name: "encode 1000 × 4 parts of 16 B", fn: encoder(16, 1000, 4) });

function encoder(size: number, messages: number, parts = 1): () => void {
  const queue = new WireQueue(BATCH);
  const message = Array.from({ length: parts }, () => new Uint8Array(size));
  return () => {
    for (let i = 0; i < messages; i++) queue.append(message);
    while (queue.take() !== undefined) queue.recycle();
  };
}

function decoder(messages: number, input: readonly Uint8Array[]): () => void {
  let seen = 0;
  const sink = {
    onMessage: (message: Frame[]) => {
      seen += message.length;
      return true;
    },
    onCommand: () => true,
  };
  const decode = new Decoder(sink, LIMITS, TRAFFIC_COMMAND_MAX);
  return () => {
    seen = 0;
    for (const chunk of input) decode.decode(chunk);
    if (seen !== messages) throw new Error(`${seen} messages of ${messages}`);
  };
}

function encoded(size: number, messages: number): Uint8Array {
  const queue = new WireQueue(BATCH);
  for (let i = 0; i < messages; i++) queue.append([new Uint8Array(size)]);
  const bytes: number[] = [];
  for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
    for (const chunk of batch) for (const octet of chunk) bytes.push(octet);
    queue.recycle();
  }
  return new Uint8Array(bytes);
}

function chunks(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, i) => bytes.subarray(i * size, (i + 1) * size),
  );
}
