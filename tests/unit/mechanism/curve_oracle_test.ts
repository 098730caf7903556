/**
 * CURVE against npm's tweetnacl: clients and servers that are put together with nothing else meet ours, and the
 * recorded conversation is made anew.
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { CurveClient } from "../../../src/mechanism/curve_client.ts";
import { CurveServer } from "../../../src/mechanism/curve_server.ts";
import { assertBytes } from "../../support/bytes.ts";
import {
  dice,
  hello,
  initiate,
  message,
  nonceOf,
  pairOf,
  readHello,
  readInitiate,
  readMessage,
  readReady,
  readWelcome,
  ready,
  welcome,
} from "../../support/curve_by_hand.ts";
import { itNeeds } from "../../support/legs.ts";
import { hear, say } from "../../support/mechanisms.ts";
import { join, octets, pattern, property } from "../../support/transcript.ts";
import { tweetNacl } from "../../support/tweetnacl.ts";
import { INPUT, TRANSCRIPT } from "../../vectors/curve/transcript.ts";

describe("CURVE and tweetnacl", () => {
  itNeeds(["cryptography"], "our server serves a client that is made with tweetnacl alone", () => {
    const { nacl } = tweetNacl()!;
    for (let seed = 1; seed <= 3; seed++) {
      const random = dice(seed);
      const [client, server, short] = [0, 1, 2].map(() => pairOf(random(32), nacl));
      const serverKey = server!.publicKey;
      const side = new CurveServer({ secretKey: server!.secretKey }, [["X-A", octets("1")]], random, true);
      hear(side, hello(nacl, { short: short!, serverKey }));
      const { shortServerKey, cookie } = readWelcome(nacl, say(side), serverKey, short!);
      const metadata = property("Socket-Type", "DEALER");
      const parts = { client: client!, short: short!, serverKey, shortServerKey, cookie, metadata };
      hear(side, initiate(nacl, parts));
      assertBytes(side.inquiry()!.credentials[0]!, client!.publicKey);
      side.authenticated();
      assertBytes(readReady(nacl, say(side), shortServerKey, short!).metadata, property("X-A", "1"));
      const keys = { publicKey: shortServerKey, secretKey: short!.secretKey };
      for (const [i, length] of [0, 1, 63, 64, 65, 5000].entries()) {
        const data = pattern(length);
        const sent = message(nacl, { from: "C", ...keys, nonce: BigInt(3 + i), flags: 1, data });
        assertEquals(side.traffic!.open(sent), 1);
        assertBytes(sent.subarray(33), data);
        const answer = new Uint8Array(33 + length);
        answer.set(data, 33);
        side.traffic!.seal(answer, 0, length, 2);
        const read = readMessage(nacl, answer, { from: "S", ...keys });
        assertEquals([read.nonce, read.flags], [BigInt(2 + i), 2]);
        assertBytes(read.data, data);
      }
    }
  });

  itNeeds(["cryptography"], "our client takes a server that is made with tweetnacl alone", () => {
    const { nacl } = tweetNacl()!;
    for (let seed = 1; seed <= 3; seed++) {
      const random = dice(seed + 10);
      const [client, server, shortServer] = [0, 1, 2].map(() => pairOf(random(32), nacl));
      const keys = { ...client!, serverKey: server!.publicKey };
      const side = new CurveClient(keys, [["X-A", octets("1")]], random);
      const { shortKey } = readHello(nacl, say(side), server!);
      const cookie = random(96);
      const shortServerKey = shortServer!.publicKey;
      hear(side, welcome(nacl, { server: server!, shortServerKey, shortKey, cookie }));
      const said = readInitiate(nacl, say(side), shortServer!, shortKey);
      assertBytes(said.cookie, cookie);
      assertBytes(said.clientKey, client!.publicKey);
      assertBytes(said.vouched, join(shortKey, server!.publicKey));
      assertBytes(said.metadata, property("X-A", "1"));
      hear(side, ready(nacl, shortServer!, shortKey, property("Socket-Type", "ROUTER")));
      assertBytes(side.peer!.get("socket-type")!, "ROUTER");
      const pair = { publicKey: shortKey, secretKey: shortServer!.secretKey };
      const body = message(nacl, { from: "S", ...pair, nonce: 2n, data: octets("down") });
      assertEquals(side.traffic!.open(body), 0);
      assertBytes(body.subarray(33), "down");
      const up = new Uint8Array(35);
      up.set(octets("up"), 33);
      side.traffic!.seal(up, 0, 2, 0);
      assertBytes(readMessage(nacl, up, { from: "C", ...pair }).data, "up");
    }
  });

  itNeeds(["cryptography"], "the recorded conversation is what tweetnacl makes of its input", () => {
    const made = conversation();
    for (const name of Object.keys(TRANSCRIPT) as (keyof typeof TRANSCRIPT)[]) {
      assertBytes(made[name], TRANSCRIPT[name], name);
    }
    const { nacl } = tweetNacl()!;
    assertBytes(nacl.publicKeyOf(INPUT.client.secretKey), INPUT.client.publicKey);
    assertBytes(nacl.publicKeyOf(INPUT.server.secretKey), INPUT.server.publicKey);
  });
});

/** The commands of both sides, step by step. */
function conversation(): { readonly [name in keyof typeof TRANSCRIPT]: Uint8Array } {
  const { nacl, secretbox } = tweetNacl()!;
  const client = pairOf(INPUT.client.secretKey, nacl);
  const server = pairOf(INPUT.server.secretKey, nacl);
  const short = pairOf(INPUT.clientRandom[0], nacl);
  const [shortSecret, cookieKey, cookieNonce, welcomeNonce] = INPUT.serverRandom;
  const shortServer = pairOf(shortSecret, nacl);
  const pair = join(short.publicKey, shortSecret);
  const cookie = join(cookieNonce, secretbox(pair, nonceOf("COOKIE--", cookieNonce), cookieKey));
  const keys = { serverKey: server.publicKey, shortServerKey: shortServer.publicKey };
  const metadata = join(property("Socket-Type", "DEALER"), property("Identity", "client"));
  const shortKey = short.publicKey;
  return {
    hello: hello(nacl, { short, serverKey: server.publicKey }),
    welcome: welcome(nacl, { server, ...keys, shortKey, cookie, nonce: welcomeNonce }),
    initiate: initiate(nacl, { client, short, ...keys, cookie, metadata, vouchNonce: INPUT.clientRandom[1] }),
    ready: ready(
      nacl,
      shortServer,
      shortKey,
      join(property("Socket-Type", "ROUTER"), property("Identity", "")),
    ),
    clientMessage: message(nacl, {
      from: "C",
      publicKey: shortServer.publicKey,
      secretKey: short.secretKey,
      nonce: 3n,
      data: INPUT.clientMessage,
    }),
    serverMessage: message(nacl, {
      from: "S",
      publicKey: shortKey,
      secretKey: shortServer.secretKey,
      nonce: 2n,
      data: INPUT.serverMessage,
    }),
  };
}
