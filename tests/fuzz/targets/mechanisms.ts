/**
 * NULL, PLAIN and CURVE (RFC 23 to RFC 26): two real ends, an authentication handler, and between them somebody who
 * changes, drops, repeats and makes up commands.
 */

import { ProtocolError } from "../../../src/base/errors.ts";
import type { Peer } from "../../../src/io/engine.ts";
import { CurveClient } from "../../../src/mechanism/curve_client.ts";
import { CurveServer } from "../../../src/mechanism/curve_server.ts";
import type { Mechanism } from "../../../src/mechanism/mechanism.ts";
import { NullMechanism } from "../../../src/mechanism/null.ts";
import { PlainClient, PlainServer } from "../../../src/mechanism/plain.ts";
import type { Inquiry, ZapReply } from "../../../src/mechanism/zap.ts";
import { Handshake } from "../../../src/zmtp/handshake.ts";
import { join, octets } from "../../support/transcript.ts";
import { dice, pairOf } from "../../support/curve_by_hand.ts";
import { must, refused, show } from "../holds.ts";
import { type Body, body, type Edit, edited, edits, octetsOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly mechanism: "NULL" | "PLAIN" | "CURVE";
  readonly asks: boolean;
  readonly status: ZapReply["status"];
  readonly username: Body;
  readonly identity: Body;
  /** What happens to the commands, one by one; then nothing. */
  readonly acts: Act[];
}

interface Act {
  readonly does: "pass" | "change" | "drop" | "repeat" | "make up";
  readonly edits: Edit[];
  readonly name: string;
  readonly data: Body;
}

const NAMES = ["HELLO", "WELCOME", "INITIATE", "READY", "ERROR", "MESSAGE", "PING", ""];
const SERVER = pairOf(dice(1)(32));
const CLIENT = pairOf(dice(2)(32));

export const mechanisms: AnyTarget = target<Input>({
  name: "mechanisms",
  promise: "end with a peer or a ProtocolError, once; who was lied to under CURVE has no peer",
  runs: 150,
  input: (fc) =>
    fc.record<Input>({
      mechanism: fc.constantFrom("NULL", "PLAIN", "CURVE"),
      asks: fc.boolean(),
      status: fc.constantFrom(200, 200, 200, 300, 400, 500),
      username: fc.oneof<Body>(fc.uint8Array({ maxLength: 20 }), fc.constant({ length: 255, fill: 3 })),
      identity: fc.oneof<Body>(fc.uint8Array({ maxLength: 9 }), body(fc)),
      acts: fc.array(
        fc.record<Act>({
          does: fc.constantFrom("pass", "pass", "pass", "change", "drop", "repeat", "make up"),
          edits: edits(fc),
          name: fc.constantFrom(...NAMES),
          data: body(fc),
        }),
        { maxLength: 5 },
      ),
    }),
  check(input) {
    const [left, right] = ends(input);
    // Both are there before either speaks, or an end that asks at once would have nobody to ask.
    left.start(input);
    right.start(input);
    let act = 0;
    let clean = true;
    for (let steps = 0; left.said.length + right.said.length > 0; steps++) {
      must(steps < 60, "they never come to an end");
      const [from, to] = left.said.length > 0 ? [left, right] : [right, left];
      const command = from.said.shift()!;
      const next = input.acts[act++];
      const heard = next === undefined ? [command] : done(next, command);
      if (heard.length !== 1 || show(heard[0]!) !== show(command)) {
        clean = false;
        if (!heard.some((each) => show(each) === show(command))) to.deceived = true;
      }
      for (const each of heard) to.hear(each);
    }
    const identity = octetsOf(input.identity);
    const named = identity.length <= 255 && identity[0] !== 0;
    for (const end of [left, right]) {
      must(
        !(end.deceived && input.mechanism === "CURVE" && end.peer !== undefined),
        "a peer that was changed on its way",
      );
      must(end.peer === undefined || end.failure === undefined, "a peer, and a failure");
      if (end.peer !== undefined) {
        must(show(end.peer.routingId) === show(identity) || !clean, "another identity");
      }
      end.mustBeOver();
    }
    if (clean && named && (input.status === 200 || !right.asked && !left.asked)) {
      must(left.peer !== undefined && right.peer !== undefined, `no peer: ${left.failure ?? right.failure}`);
    }
  },
});

/** One side. */
class End {
  readonly mechanism: Mechanism;
  readonly said: Uint8Array[] = [];
  peer: Peer | undefined;
  failure: ProtocolError | undefined;
  asked = false;
  deceived = false;
  #handshake: Handshake | undefined;
  #inquiry: Inquiry | undefined;
  #status: ZapReply["status"] = 200;

  constructor(mechanism: Mechanism) {
    this.mechanism = mechanism;
  }

  start({ status }: Input): void {
    this.#status = status;
    this.#try(() => {
      const options = { makeMechanism: () => this.mechanism, accepts: (type: string) => type === "DEALER" };
      this.#handshake = new Handshake(options, this, true);
      return undefined;
    });
    this.#answer();
  }

  hear(command: Uint8Array): void {
    if (this.failure !== undefined || this.peer !== undefined) return;
    const lent = command.slice();
    this.#try(() => this.#handshake!.receive(lent));
    // What a command lies in is used again at once: nothing of it may be kept.
    lent.fill(0xee);
    this.#answer();
  }

  say(name: string, data: Uint8Array): void {
    this.said.push(join([name.length], octets(name), data));
  }

  ask(inquiry: Inquiry): void {
    must(!this.asked, "asked twice");
    this.asked = true;
    this.#inquiry = inquiry;
  }

  mustBeOver(): void {
    const { mechanism } = this;
    this.#handshake?.end();
    if (this.peer !== undefined) return;
    must(!mechanism.done || this.failure !== undefined, "done without a peer");
    if (this.failure === undefined || mechanism.name === "NULL") return;
    must(mechanism.nextCommand() === undefined, "something to say after a failure");
    must(mechanism.inquiry?.() === undefined, "something to ask after a failure");
  }

  #answer(): void {
    const inquiry = this.#inquiry;
    if (inquiry === undefined) return;
    this.#inquiry = undefined;
    const status = this.#status;
    const reply: ZapReply = { status, text: "", userId: octets("u"), metadata: new Map() };
    this.#try(() => this.#handshake!.authenticated(reply));
  }

  #try(call: () => Peer | undefined): void {
    const error = refused(ProtocolError, () => {
      const peer = call();
      if (peer !== undefined) this.peer = peer;
    });
    if (error === undefined) return;
    this.failure = error;
    this.mechanism.end?.();
  }
}

function ends({ mechanism, asks, username, identity }: Input): [End, End] {
  const properties = [["Socket-Type", octets("DEALER")], ["Identity", octetsOf(identity)]] as const;
  const random = dice(5);
  switch (mechanism) {
    case "NULL":
      return [new End(new NullMechanism(properties, asks)), new End(new NullMechanism(properties))];
    case "PLAIN": {
      const client = new PlainClient(properties, octetsOf(username), octets("secret"));
      return [new End(client), new End(new PlainServer(properties))];
    }
    case "CURVE": {
      const keys = { ...CLIENT, serverKey: SERVER.publicKey };
      const client = new CurveClient(keys, properties, random);
      return [new End(client), new End(new CurveServer(SERVER, properties, random, asks))];
    }
  }
}

function done({ does, edits, name, data }: Act, command: Uint8Array): Uint8Array[] {
  switch (does) {
    case "pass":
      return [command];
    case "change":
      return [edited(command, edits)];
    case "drop":
      return [];
    case "repeat":
      return [command, command];
    case "make up":
      return [join([name.length], octets(name), octetsOf(data))];
  }
}
