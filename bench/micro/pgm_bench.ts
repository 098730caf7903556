/**
 * PGM alone: messages into packets with headers, checksum and window, repairs out of it, and packets into messages. One iteration is as
 * many full packets of the default size (1426 octets of stream) as 1 Gbit/s has in a millisecond. Its clock goes
 * on by ten of them each time, so the rate holds nothing back.
 *
 * @module
 */

import type { DatagramEngineHost } from "../../src/io/engine.ts";
import { sumOf } from "../../src/pgm/checksum.ts";
import { decodePacket, encodeNak, NAK, ODATA } from "../../src/pgm/packet.ts";
import { PgmReceiver } from "../../src/pgm/receiver.ts";
import type { PgmSettings } from "../../src/pgm/settings.ts";
import { PgmSource } from "../../src/pgm/source.ts";

const PACKETS = 84;
const SLICE = 1426;
const GROUP = "239.192.1.1";
const INTERFACE = "10.99.0.1";
const FROM = { host: "10.99.0.2", port: 5555 };

const settings: PgmSettings = {
  port: 5555,
  group: GROUP,
  interfaceAddress: INTERFACE,
  rate: 1_000_000,
  recoveryInterval: 100,
  maxTpdu: 1500,
  maxMessageSize: Infinity,
  random: (length) => new Uint8Array(length).fill(7),
};

for (const size of [100, 1000, 10_000]) {
  const messages = Math.floor(PACKETS * SLICE / (size + (size < 254 ? 2 : 10)));
  Deno.bench({ name: `source: ${messages} × ${size} B, ${PACKETS} packets`, fn: sending(size, messages) });
}

Deno.bench({ name: `source: ${PACKETS} × 100 B, a packet each`, fn: sending(100, PACKETS, 1) });
Deno.bench({ name: "source: 63 repairs of a NAK with a list", fn: repairing(63) });
Deno.bench({ name: `decode: ${PACKETS} data packets`, fn: decoding(PACKETS) });

for (const size of [100, 1000]) {
  const messages = Math.floor(PACKETS * SLICE / (size + (size < 254 ? 2 : 10)));
  Deno.bench({
    name: `receiver: ${messages} × ${size} B, ${PACKETS} packets`,
    fn: receiving(size, messages),
  });
}

const packet = new Uint8Array(1452).fill(3);
Deno.bench({ name: "checksum: 1452 octets", fn: () => void sumOf(packet) });
Deno.bench({ name: "checksum: 1452 octets, unaligned", fn: unaligned() });

/** Sends so many messages; `together` is how many the host has at a time. */
function sending(size: number, messages: number, together = messages): () => void {
  const message = [new Uint8Array(size)];
  let waiting = 0;
  const source = new PgmSource(settings, hostOf(() => waiting-- > 0 ? message : undefined), 0);
  let now = 0;
  return () => {
    now += 10;
    let packets = 0;
    for (let sent = 0; sent < messages; sent += together) {
      waiting = Math.min(together, messages - sent);
      while (source.transmit(now) !== undefined) packets++;
    }
    if (packets < messages * size / 1500) throw new Error(`${packets} packets of ${messages} messages`);
  };
}

function repairing(count: number): () => void {
  const message = [new Uint8Array(1000)];
  let waiting = 10_000;
  let now = 0;
  const source = new PgmSource(settings, hostOf(() => waiting-- > 0 ? message : undefined), 0);
  let header: { gsi: number; sourcePort: number } | undefined;
  let lead = 0;
  for (; waiting > 0; now += 10) {
    for (let out = source.transmit(now); out !== undefined; out = source.transmit(now)) {
      const sent = decodePacket(out.datagram);
      if (typeof sent === "string" || sent.type !== ODATA) continue;
      header = sent;
      lead = sent.number;
    }
  }
  const nak = encodeNak({
    type: NAK,
    sourcePort: settings.port,
    destinationPort: header!.sourcePort,
    gsi: header!.gsi,
    numbers: Array.from({ length: count }, (_, i) => lead - count + i),
    nla: INTERFACE,
    group: GROUP,
  });
  return () => {
    // Within 100 ms the same number is not repaired again.
    now += 100;
    source.receive(nak, FROM, now);
    let packets = 0;
    while (source.transmit(now) !== undefined) packets++;
    if (packets < count) throw new Error(`${packets} packets for ${count} numbers`);
  };
}

/** A receiver that begins with the first packet each time. */
function receiving(size: number, messages: number): () => void {
  const message = [new Uint8Array(size)];
  let waiting = messages;
  const source = new PgmSource(settings, hostOf(() => waiting-- > 0 ? message : undefined), 0);
  const packets: Uint8Array[] = [];
  for (let out = source.transmit(10); out !== undefined; out = source.transmit(10)) {
    packets.push(out.datagram);
  }
  const from = { host: INTERFACE, port: 40_000 };
  return () => {
    let received = 0;
    const host = { ...hostOf(() => undefined), push: () => ++received > 0 };
    const receiver = new PgmReceiver(settings, host, 0);
    for (const one of packets) receiver.receive(one, from, 1);
    if (received !== messages) throw new Error(`${received} of ${messages} messages`);
  };
}

function decoding(count: number): () => void {
  const message = [new Uint8Array(1416)];
  let waiting = count;
  const source = new PgmSource(settings, hostOf(() => waiting-- > 0 ? message : undefined), 0);
  const packets: Uint8Array[] = [];
  for (let out = source.transmit(0); out !== undefined; out = source.transmit(0)) packets.push(out.datagram);
  return () => {
    for (const one of packets) if (typeof decodePacket(one) === "string") throw new Error("not a packet");
  };
}

function unaligned(): () => void {
  const octets = new Uint8Array(1456).fill(3).subarray(1, 1453);
  return () => void sumOf(octets);
}

function hostOf(pull: () => readonly Uint8Array[] | undefined): DatagramEngineHost {
  return {
    pull,
    push: () => true,
    lost: () => {},
    malformed: (_, reason) => {
      throw new Error(reason);
    },
  };
}
