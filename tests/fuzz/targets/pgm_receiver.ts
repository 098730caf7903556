/**
 * A PGM receiver and strangers (RFC 3208), which need no permission: packets of a few sources in any order, time
 * that passes, a host that has no room now and then.
 */

import { encodeMessage, Receiving, SETTINGS } from "../../unit/pgm/receiving.ts";
import { must } from "../holds.ts";
import { type AnyTarget, target } from "../target.ts";
import { encodeMade, type Made, made } from "./pgm_packet.ts";
import { octetsOf } from "../shapes.ts";

interface Input {
  readonly steps: Step[];
  readonly room: boolean[];
  readonly start: number;
  readonly maxMessageSize: number;
}

interface Step {
  readonly packet: Made;
  readonly source: number;
  /** Whether the data is frames, as a source makes them. */
  readonly framed: boolean;
  /** Milliseconds before it. */
  readonly wait: number;
  readonly resume: boolean;
}

const BUDGET_MAX = 2 * 16 * 1024 * 1024;

export const pgmReceiver: AnyTarget = target<Input>({
  name: "pgm_receiver",
  promise: "throws nothing, comes to rest, asks no more than its rate and holds no more than its budget",
  input: (fc) => {
    // Near each other and around the end of the numbers, so that windows, gaps and repairs come about.
    const numbers = fc.oneof({ weight: 20, arbitrary: fc.nat(12) }, {
      weight: 1,
      arbitrary: fc.integer({ min: 0, max: 0xffffffff }),
    });
    return fc.record<Input>({
      steps: fc.array(
        fc.record<Step>({
          packet: made(fc, numbers),
          source: fc.nat(2),
          framed: fc.oneof(fc.constant(true), fc.boolean()),
          wait: fc.constantFrom(0, 0, 1, 10, 60, 2000, 70_000),
          resume: fc.boolean(),
        }),
        { maxLength: 24 },
      ),
      room: fc.array(fc.boolean(), { maxLength: 8 }),
      start: fc.constantFrom(0, 0, 0x7ffffffa, 0xfffffffa),
      maxMessageSize: fc.constantFrom(2 ** 53, 4),
    });
  },
  check({ steps, room, start, maxMessageSize }) {
    const receiving = new Receiving({ maxMessageSize });
    let asked = 0;
    receiving.room = () => room[asked++] ?? true;
    for (const { packet, source, framed, wait, resume } of steps) {
      receiving.passTo(receiving.now + wait);
      const host = `10.99.0.${source + 1}`;
      const shift = (number: number) => (number + start) >>> 0;
      const header = { sourcePort: 0x1111 + source, destinationPort: SETTINGS.port, gsi: 0x010203040506 };
      const given: Made = {
        ...packet,
        number: shift(packet.number + packet.trail),
        trail: shift(packet.trail),
        lead: shift(packet.trail + packet.lead),
        numbers: packet.numbers.map(shift),
        ...(packet.address.includes(":") ? {} : { address: host }),
        ...(framed ? { slice: encodeMessage(["m", String(octetsOf(packet.slice).length)]), offset: 0 } : {}),
      };
      receiving.put(encodeMade(given, header, SETTINGS.group), { host, port: 1 });
      if (resume) receiving.resume();
      must(receiving.engine.sources <= steps.length, "more sources than packets");
      must(receiving.engine.budget.used <= BUDGET_MAX, `${receiving.engine.budget.used} octets in windows`);
      must(receiving.engine.budget.used >= 0, "less than nothing in windows");
    }
    receiving.resume();
    const before = receiving.sent.length;
    receiving.passTo(receiving.now + 100_000);
    const slots = 100_000 / 10;
    must(receiving.sent.length - before <= 64 * slots, "more datagrams than its rate");
    for (const message of receiving.messages) {
      must(message.every((part) => part.length <= maxMessageSize), "a part beyond the limit");
    }
    receiving.engine.finish(receiving.now);
    must(receiving.engine.sources === 0, "a source is left at its end");
    must(receiving.engine.deadline() === undefined, "a deadline after its end");
  },
});
