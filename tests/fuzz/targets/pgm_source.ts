/**
 * A PGM source and those who ask it for repairs (RFC 3208), true receivers or not.
 */

import type { DatagramEngineHost } from "../../../src/io/engine.ts";
import { decodePacket, ODATA, RDATA } from "../../../src/pgm/packet.ts";
import { PgmSource } from "../../../src/pgm/source.ts";
import { SETTINGS } from "../../unit/pgm/receiving.ts";
import { must } from "../holds.ts";
import { type Body, body, octetsOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import { encodeMade, type Made, made } from "./pgm_packet.ts";

interface Input {
  readonly steps: Step[];
  readonly first: number;
  readonly rate: number;
}

interface Step {
  readonly messages: Body[][];
  readonly packet: Made;
  readonly wait: number;
}

/** Octets that may leave at once beside what the rate lets out: a full bucket, and confirmations. */
const BURST = 60_000;

export const pgmSource: AnyTarget = target<Input>({
  name: "pgm_source",
  promise: "throws nothing, keeps its rate however much is asked for, and comes to an end",
  input: (fc) =>
    fc.record<Input>({
      steps: fc.array(
        fc.record<Step>({
          messages: fc.array(fc.array(body(fc), { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
          packet: made(
            fc,
            fc.oneof({ weight: 20, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: fc.nat(2 ** 31 - 1) }),
          ),
          wait: fc.constantFrom(0, 1, 50, 1000, 12_000),
        }),
        { maxLength: 12 },
      ),
      first: fc.constantFrom(0, 0x7ffffffc, 0xfffffffc),
      rate: fc.constantFrom(100, 100_000),
    }),
  check({ steps, first, rate }) {
    const waiting: Uint8Array[][] = [];
    const host: DatagramEngineHost = {
      push: () => true,
      pull: () => waiting.shift(),
      lost() {},
      malformed: (_from, reason) =>
        must(reason.length > 0 && reason.length < 80, "a reason of no or many words"),
    };
    const settings = { ...SETTINGS, rate };
    const source = new PgmSource(settings, host, 0, first);
    let now = 0;
    let octets = 0;
    function drain(): void {
      for (let count = 0;; count++) {
        must(count < 20_000, "it never stops sending");
        const out = source.transmit(now);
        if (out === undefined) break;
        const packet = decodePacket(out.datagram);
        must(typeof packet !== "string", `it sends nonsense: ${String(packet)}`);
        must(out.datagram.length <= settings.maxTpdu - 28, "a packet that does not fit");
        if (packet.type === ODATA || packet.type === RDATA) octets += out.datagram.length + 28;
      }
      must(octets <= rate / 8 * now + BURST, `${octets} octets of data in ${now} ms`);
    }
    function passTo(time: number): void {
      for (let count = 0; count < 20_000; count++) {
        drain();
        const at = source.deadline();
        if (at === undefined || at > time) break;
        must(at >= now || count < 10_000, "a deadline that stays behind");
        now = Math.max(now, at);
        source.tick(now);
      }
      now = time;
      drain();
    }
    // Its name is all that a receiver must know: it stands in its first SPM.
    const spm = decodePacket(source.transmit(0)!.datagram);
    must(typeof spm !== "string", "no SPM to begin with");
    const header = { sourcePort: spm.sourcePort, destinationPort: spm.destinationPort, gsi: spm.gsi };
    for (const { messages, packet, wait } of steps) {
      passTo(now + wait);
      for (const parts of messages) waiting.push(parts.map(octetsOf));
      const shift = (number: number) => (number + first) >>> 0;
      const given = { ...packet, numbers: packet.numbers.map(shift), address: SETTINGS.interfaceAddress };
      source.receive(encodeMade(given, header, SETTINGS.group), { host: "10.99.0.3", port: 1 }, now);
      drain();
    }
    source.finish(now);
    passTo(now + 1_000_000);
    must(source.finished && source.deadline() === undefined, "it does not come to an end");
  },
});
