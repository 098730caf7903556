/**
 * Two ZMTP engines under each mechanism, and somebody who changes the octets between them (RFC 37, RFC 24, RFC 26).
 */

import { CurveClient } from "../../../src/mechanism/curve_client.ts";
import { CurveServer } from "../../../src/mechanism/curve_server.ts";
import type { Mechanism } from "../../../src/mechanism/mechanism.ts";
import { PlainClient, PlainServer } from "../../../src/mechanism/plain.ts";
import { ZmtpEngine } from "../../../src/zmtp/engine.ts";
import { WireQueue } from "../../../src/zmtp/wire_queue.ts";
import { join, octets } from "../../support/transcript.ts";
import { dice, pairOf } from "../../support/curve_by_hand.ts";
import { EngineEnd, LIMITS, optionsOf } from "../engine_end.ts";
import { must, mustEqual, showAll } from "../holds.ts";
import { type Body, body, cuts, octetsOf, pieces } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import type { Arbitrary, FastCheck } from "../fast_check.ts";

interface Input {
  readonly mechanism: "NULL" | "PLAIN" | "CURVE";
  readonly messages: Body[][];
  readonly toServer: Change[];
  readonly toClient: Change[];
  readonly cuts: number[];
  readonly room: boolean[];
}

/** At this octet of a stream: it becomes another, goes away, or gets company. */
interface Change {
  readonly at: number;
  readonly kind: "change" | "remove" | "insert";
  readonly value: number;
}

const SERVER = pairOf(dice(1)(32));
const CLIENT = pairOf(dice(2)(32));

export const zmtpPair: AnyTarget = target<Input>({
  name: "zmtp_pair",
  promise:
    "understand each other over an honest wire; over another they fail once, and under CURVE nothing else comes",
  runs: 100,
  input: (fc) =>
    fc.record<Input>({
      mechanism: fc.constantFrom("NULL", "PLAIN", "CURVE"),
      messages: fc.array(fc.array(body(fc), { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
      toServer: changes(fc),
      toClient: changes(fc),
      cuts: cuts(fc),
      room: fc.array(fc.boolean(), { maxLength: 4 }),
    }),
  check(input) {
    const [client, server, honest] = talk(input, [100_000]);
    const [clientAgain, serverAgain] = talk(input, input.cuts);
    mustEqual(clientAgain.told, client.told, "The client, in other pieces");
    mustEqual(serverAgain.told, server.told, "The server, in other pieces");
    const sent = input.messages.map((parts) => `message ${showAll(parts.map(octetsOf))}`);
    for (const end of [client, server]) {
      if (honest || input.mechanism === "CURVE") {
        mustEqual(end.messages, sent.slice(0, end.messages.length), "What came");
      }
      if (honest) must(end.messages.length === sent.length && !end.over, `failed: ${end.told.at(-1)}`);
    }
    for (const end of [client, server, clientAgain, serverAgain]) end.finish();
  },
});

function changes(fc: FastCheck): Arbitrary<Change[]> {
  const change = fc.record<Change>({
    at: fc.oneof(fc.nat(70), fc.nat(700)),
    kind: fc.constantFrom("change", "change", "remove", "insert"),
    value: fc.integer({ min: 1, max: 255 }),
  });
  return fc.oneof<Change[]>(fc.constant([]), fc.array(change, { maxLength: 3 }));
}

function talk(
  input: Input,
  lengths: readonly number[],
): [client: EngineEnd, server: EngineEnd, honest: boolean] {
  const client = makeEnd(input, "client");
  const server = makeEnd(input, "server");
  const lines = [new Line(client, server, input.toServer), new Line(server, client, input.toClient)];
  for (let steps = 0; lines.some((line) => line.carry(input.messages, lengths)); steps++) {
    must(steps < 100, "they never come to an end");
  }
  return [client, server, lines.every(({ honest }) => honest)];
}

/** One way between the two: octets by the place that they have in the stream. */
class Line {
  honest = true;
  readonly #from: EngineEnd;
  readonly #to: EngineEnd;
  readonly #changes: ReadonlyMap<number, Change>;
  #place = 0;
  #sent = false;

  constructor(from: EngineEnd, to: EngineEnd, changes: readonly Change[]) {
    this.#from = from;
    this.#to = to;
    this.#changes = new Map(changes.map((change) => [change.at, change]));
  }

  carry(messages: readonly Body[][], lengths: readonly number[]): boolean {
    const from = this.#from;
    const chunks = from.output();
    if (from.engine.ready && !this.#sent) {
      this.#sent = true;
      const queue = new WireQueue(4096);
      for (const parts of messages) queue.append(parts.map(octetsOf));
      for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
        for (const chunk of from.engine.seals ? from.engine.seal!(batch) : batch) chunks.push(chunk.slice());
        from.engine.recycle?.();
        queue.recycle();
      }
    }
    const octets = this.#change(join(...chunks));
    for (const piece of pieces(octets, lengths)) this.#to.hear(piece);
    return chunks.length > 0;
  }

  #change(octets: Uint8Array): Uint8Array {
    const start = this.#place;
    this.#place += octets.length;
    if (this.#changes.size === 0) return octets;
    const all: number[] = [];
    octets.forEach((octet, i) => {
      const change = this.#changes.get(start + i);
      if (change === undefined) {
        all.push(octet);
        return;
      }
      this.honest = false;
      if (change.kind === "change") all.push(octet ^ change.value);
      else if (change.kind === "insert") all.push(octet, change.value);
    });
    return Uint8Array.from(all);
  }
}

function makeEnd({ mechanism, room }: Input, side: "client" | "server"): EngineEnd {
  const settings = {
    type: "DEALER" as const,
    room,
    status: 200 as const,
    limits: LIMITS[0]!,
    mechanism,
    ...(mechanism === "NULL" ? {} : {
      makeMechanism: (properties: readonly (readonly [string, Uint8Array])[]) =>
        mechanismOf(mechanism, side, properties),
    }),
  };
  const asServer = side === "server" && mechanism !== "NULL";
  return new EngineEnd(settings, (host) => new ZmtpEngine({ ...optionsOf(settings), asServer }, host, 0));
}

function mechanismOf(
  mechanism: "PLAIN" | "CURVE",
  side: "client" | "server",
  properties: readonly (readonly [string, Uint8Array])[],
): Mechanism {
  if (mechanism === "PLAIN") {
    return side === "client"
      ? new PlainClient(properties, octets("u"), octets("p"))
      : new PlainServer(properties);
  }
  if (side === "server") return new CurveServer(SERVER, properties, dice(4), false);
  return new CurveClient({ ...CLIENT, serverKey: SERVER.publicKey }, properties, dice(3));
}
