/**
 * Messages through ZMTP's encoders and back (RFC 37).
 */

import { Decoder } from "../../../src/zmtp/decoder.ts";
import { FanOut, WireQueue } from "../../../src/zmtp/wire_queue.ts";
import { join } from "../../support/transcript.ts";
import { mustEqual, showAll } from "../holds.ts";
import { type Body, body, cuts, octetsOf, pieces } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly messages: { readonly parts: Body[]; readonly shared: boolean }[];
  readonly slab: number;
  readonly cuts: number[];
}

export const zmtpQueue: AnyTarget = target<Input>({
  name: "zmtp_queue",
  promise: "encodes messages of any kind so that they come out as they went in",
  input: (fc) =>
    fc.record<Input>({
      messages: fc.array(
        fc.record({ parts: fc.array(body(fc), { minLength: 1, maxLength: 4 }), shared: fc.boolean() }),
        { maxLength: 6 },
      ),
      slab: fc.constantFrom(16, 512, 65_536),
      cuts: cuts(fc),
    }),
  check({ messages, slab, cuts }) {
    const queue = new WireQueue(slab);
    const shared = new FanOut();
    const sent = messages.map(({ parts }) => parts.map(octetsOf));
    messages.forEach((message, i) => {
      if (message.shared) shared.append(sent[i]!, queue);
      else queue.append(sent[i]!);
    });
    const chunks: Uint8Array[] = [];
    for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
      for (const chunk of batch) chunks.push(chunk.slice());
      queue.recycle();
    }
    const heard: string[] = [];
    const none = { frame: Infinity, message: Infinity, parts: Infinity };
    const sink = {
      onMessage: (message: readonly Uint8Array[]) => heard.push(showAll(message)) > 0,
      onCommand: () => heard.push("a command") > 0,
    };
    const decoder = new Decoder(sink, none, 0);
    for (const piece of pieces(join(...chunks), cuts)) decoder.decode(piece);
    mustEqual(heard, sent.map(showAll), "What came");
  },
});
