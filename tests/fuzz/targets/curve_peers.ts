/**
 * CURVE against peers that have keys of their own (RFC 26): every box opens, and what is in it is made up.
 */

import { ProtocolError } from "../../../src/base/errors.ts";
import { CurveClient } from "../../../src/mechanism/curve_client.ts";
import { CurveServer } from "../../../src/mechanism/curve_server.ts";
import type { Mechanism } from "../../../src/mechanism/mechanism.ts";
import { decodeMetadata, encodeMetadata } from "../../../src/message/metadata.ts";
import * as byHand from "../../support/curve_by_hand.ts";
import { hear, say } from "../../support/mechanisms.ts";
import { octets } from "../../support/transcript.ts";
import { must, refused, show } from "../holds.ts";
import { type Body, body, type Edit, edited, edits, octetsOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import { type Property, property } from "./metadata.ts";

interface Input {
  readonly side: "client" | "server";
  /** Places in `NONCES`: of HELLO, INITIATE or READY, MESSAGE. */
  readonly nonces: number[];
  readonly hello: Edit[];
  readonly cookie: Edit[];
  readonly properties: Property[];
  readonly metadata: Edit[];
  readonly vouch: "right" | "another connection" | "another server" | "another owner";
  readonly flags: number;
  readonly data: Body;
}

const NONCES = [0n, 1n, 2n, 3n, (1n << 53n) + 1n, (1n << 64n) - 2n, (1n << 64n) - 1n];
const { own, dice, pairOf } = byHand;
const SERVER = pairOf(dice(1)(32));
const CLIENT = pairOf(dice(2)(32));
const SHORT = pairOf(dice(7)(32));
const OTHER = pairOf(dice(8)(32));
const PROPERTIES = [["Socket-Type", octets("DEALER")]] as const;

export const curvePeers: AnyTarget = target<Input>({
  name: "curve_peers",
  promise:
    "let a peer in if and only if all that it has sealed is in order, and read what it says by the same rule",
  runs: 150,
  input: (fc) =>
    fc.record<Input>({
      side: fc.constantFrom("client", "server"),
      nonces: fc.oneof<number[]>(
        fc.constant([1, 2, 3]),
        fc.array(fc.nat(NONCES.length - 1), { minLength: 3, maxLength: 3 }),
      ),
      hello: fc.oneof({ weight: 3, arbitrary: fc.constant<Edit[]>([]) }, { weight: 1, arbitrary: edits(fc) }),
      cookie: fc.oneof({ weight: 3, arbitrary: fc.constant<Edit[]>([]) }, {
        weight: 1,
        arbitrary: edits(fc),
      }),
      properties: fc.array(property(fc), { maxLength: 3 }),
      metadata: edits(fc),
      vouch: fc.constantFrom(
        "right",
        "right",
        "right",
        "another connection",
        "another server",
        "another owner",
      ),
      flags: fc.oneof(fc.constantFrom(0, 1, 2), fc.nat(255)),
      data: body(fc),
    }),
  check(input) {
    if (input.side === "client") checkServer(input);
    else checkClient(input);
  },
});

/** Our server, and a client that is made up. */
function checkServer(input: Input): void {
  const server = new CurveServer(SERVER, PROPERTIES, dice(4), false);
  const [first, second] = noncesOf(input);
  const text = edited(new Uint8Array(64), input.hello);
  const hello = byHand.hello(own, { short: SHORT, serverKey: SERVER.publicKey, nonce: first!, text });
  if (mustAgree(server, hello, show(text) === show(new Uint8Array(64)), "HELLO")) return;
  const { shortServerKey, cookie } = byHand.readWelcome(own, say(server), SERVER.publicKey, SHORT);
  const changed = edited(cookie, input.cookie);
  const metadata = metadataOf(input);
  const sound = second! > first! && show(changed) === show(cookie) && input.vouch === "right" &&
    decodeMetadata(metadata) !== undefined;
  const initiate = byHand.initiate(own, {
    client: CLIENT,
    short: SHORT,
    serverKey: SERVER.publicKey,
    shortServerKey,
    cookie: changed,
    metadata,
    nonce: second!,
    ...(input.vouch === "another connection" ? { vouchedKey: OTHER.publicKey } : {}),
    ...(input.vouch === "another server" ? { vouchedServer: OTHER.publicKey } : {}),
    ...(input.vouch === "another owner" ? { signer: OTHER.secretKey } : {}),
  });
  if (mustAgree(server, initiate, sound, "INITIATE")) return;
  byHand.readReady(own, say(server), shortServerKey, SHORT);
  mustOpen(server, input, "C", shortServerKey, SHORT.secretKey, second!);
}

/** Our client, and a server that is made up. */
function checkClient(input: Input): void {
  const client = new CurveClient({ ...CLIENT, serverKey: SERVER.publicKey }, PROPERTIES, dice(3));
  const { shortKey } = byHand.readHello(own, say(client), SERVER);
  const cookie = octetsOf({ length: 96, fill: input.flags });
  const shortServerKey = SHORT.publicKey;
  mustAgree(
    client,
    byHand.welcome(own, { server: SERVER, shortServerKey, shortKey, cookie }),
    true,
    "WELCOME",
  );
  const initiated = byHand.readInitiate(own, say(client), SHORT, shortKey);
  must(show(initiated.cookie) === show(cookie), "another cookie");
  const [, second] = noncesOf(input);
  const metadata = metadataOf(input);
  const ready = byHand.ready(own, SHORT, shortKey, metadata, second!);
  if (mustAgree(client, ready, decodeMetadata(metadata) !== undefined, "READY")) return;
  mustOpen(client, input, "S", shortKey, SHORT.secretKey, second!);
}

/** A message is read if its nonce is above the one before and its flags are known. */
function mustOpen(
  mechanism: Mechanism,
  input: Input,
  from: "C" | "S",
  publicKey: Uint8Array,
  secretKey: Uint8Array,
  last: bigint,
): void {
  must(mechanism.done && mechanism.traffic !== undefined, "not done");
  const nonce = noncesOf(input)[2]!;
  const data = octetsOf(input.data);
  const message = byHand.message(own, { from, publicKey, secretKey, nonce, flags: input.flags, data });
  const traffic = mechanism.traffic!;
  const error = refused(ProtocolError, () => {
    must(traffic.open(message) === input.flags, "other flags");
    must(show(message.subarray(traffic.overhead)) === show(data), "other data");
  });
  const sound = nonce > last && input.flags <= 2;
  must((error === undefined) === sound, error?.message ?? "a message that is not in order is read");
}

/** Answers whether it was refused, and fails if it should not have been, or the other way round. */
function mustAgree(mechanism: Mechanism, command: Uint8Array, sound: boolean, what: string): boolean {
  const error = refused(ProtocolError, () => hear(mechanism, command));
  must((error === undefined) === sound, error?.message ?? `a ${what} that is not in order is taken`);
  if (error === undefined) return false;
  must(!mechanism.done && mechanism.peer === undefined, "a peer after a failure");
  must(mechanism.nextCommand() === undefined, "something to say after a failure");
  return true;
}

function noncesOf({ nonces }: Input): bigint[] {
  return nonces.map((place) => NONCES[place]!);
}

function metadataOf({ properties, metadata }: Input): Uint8Array {
  return edited(
    encodeMetadata(properties.map(({ name, value }) => [name, octetsOf(value)] as const)),
    metadata,
  );
}
