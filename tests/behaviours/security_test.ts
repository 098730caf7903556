/**
 * Mechanisms as libzmq's test_security_null, _plain and _curve have them; LT-n is the row of the list of behaviours.
 * `interop/security_events_test.ts` plays such cases with libzmq on either side, `wire/curve_handshake_test.ts` goes
 * through all that can be wrong with a command.
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, test } from "../interop/scope.ts";
import {
  curveClient,
  curveServer,
  keyPair,
  type Options,
  ourSide,
  plainClient,
  rolesOf,
} from "../interop/security.ts";
import { assertGoesOn, boundAim, ClientPeer, type CurveAim } from "../support/curve_peer.ts";
import { octets, RawPeer, target } from "../wire/raw.ts";

const OTHER = "handshake:error:other";

describe("NULL", () => {
  test("with a domain that the handler accepts, messages pass both ways (LT-380)", async (scope) => {
    const host = ourSide(scope);
    const handler = await host.handle({});
    const bound = await host.open("Dealer", { zapDomain: "TEST" });
    const dialling = await ourSide(scope).open("Dealer");
    await dialling.connect(await bound.bind("tcp://127.0.0.1:*"));
    await dialling.send(["there", "1"]);
    assertEquals(await bound.receive(), ["there", "1"]);
    await bound.send(["back", "2"]);
    assertEquals(await dialling.receive(), ["back", "2"]);
    assertEquals(await handler.requests(), [["1.0", "TEST", "127.0.0.1", "", "NULL"]]);
  });
});

describe("PLAIN", () => {
  test("delivers nothing of a raw ZMTP 1.0 peer: it is closed as a breach of the protocol (LT-387)", async (scope) => {
    const { socket, watch } = await target(scope, "Dealer", rolesOf("PLAIN").server);
    const raw = await RawPeer.dial(scope, socket);
    // An empty identity, then a message of eight octets.
    raw.send([0x01, 0x00], [0x09, 0x00], "unwanted");
    await raw.closed();
    await watch.next("handshake:error:protocol");
    await watch.next("disconnect");
    assertEquals([socket.readable, watch.count("handshake")], [false, 0]);
  });
});

describe("CURVE", () => {
  const keys = keyPair();
  const none = new Uint8Array(32);

  test("lets nobody in whose public key is all zeros (LT-390)", (scope) =>
    staysOut(scope, { ...curveClient(keys.publicKey), curvePublicKey: none }, [
      "handshake:error:protocol ERR_ZMTP_CRYPTOGRAPHIC",
    ]));
  test("lets nobody in whose secret key is all zeros (LT-391)", (scope) =>
    staysOut(scope, { ...curveClient(keys.publicKey), curveSecretKey: none }, [
      "handshake:error:protocol ERR_ZMTP_CRYPTOGRAPHIC",
    ]));
  test("lets nobody in who has a PLAIN client's credentials (LT-394)", (scope) =>
    staysOut(scope, plainClient(), ["handshake:error:protocol ERR_ZMTP_MECHANISM_MISMATCH", OTHER]));

  /** The server tells of a failed handshake, by one of these words, and nothing of the client arrives. */
  async function staysOut(scope: Scope, client: Options, words: readonly string[]): Promise<void> {
    const host = ourSide(scope);
    const handler = await host.handle({});
    const bound = await host.open("Dealer", { ...curveServer(keys), zapDomain: "test" });
    const dialling = await ourSide(scope).open("Dealer", { reconnectInterval: 60_000, ...client });
    await dialling.connect(await bound.bind("tcp://127.0.0.1:*"));
    dialling.send(["never"]).catch(() => {}); // It waits until the socket is closed.
    const [accept, error, end] = await bound.story();
    assertEquals([accept, end], ["accept", "disconnect"]);
    assert(words.includes(error!), error);
    const [connect, , left] = await dialling.story();
    assertEquals([connect, left], ["connect", "disconnect"]);
    assertEquals([bound.ours!.readable, await handler.requests()], [false, []]);
  }
});

describe("CURVE's server, told", () => {
  test("HELLO by another name: UNEXPECTED_COMMAND (LT-397)", async (scope) => {
    const aim = await boundAim(scope);
    const bad = await ClientPeer.dial(scope, aim.socket);
    bad.command(renamed(bad.hello(), "HELLO", "HELLX"));
    await assertTold(aim, bad, "ERR_ZMTP_UNEXPECTED_COMMAND");
  });

  test("an INITIATE of 9 octets: MALFORMED_COMMAND_INITIATE (LT-399)", async (scope) => {
    const aim = await boundAim(scope);
    const bad = await welcomed(scope, aim);
    bad.command(octets([8], "INITIATE"));
    await assertTold(aim, bad, "ERR_ZMTP_MALFORMED_COMMAND_INITIATE");
  });

  test("INITIATE by another name: UNEXPECTED_COMMAND (LT-400)", async (scope) => {
    const aim = await boundAim(scope);
    const bad = await welcomed(scope, aim);
    bad.command(renamed(bad.initiate(), "INITIATE", "INITIATX"));
    await assertTold(aim, bad, "ERR_ZMTP_UNEXPECTED_COMMAND");
  });
});

async function welcomed(scope: Scope, { socket }: CurveAim): Promise<ClientPeer> {
  const peer = await ClientPeer.dial(scope, socket);
  peer.command(peer.hello());
  await peer.welcome();
  return peer;
}

/** The same command by another name of the same length. */
function renamed(body: Uint8Array, from: string, to: string): Uint8Array {
  assertEquals(body.subarray(1, 1 + from.length), octets(from));
  return octets([to.length], to, body.subarray(1 + from.length));
}

/** The server's monitor says what was wrong, the connection ends, and it goes on serving others. */
async function assertTold({ socket, watch, good }: CurveAim, bad: ClientPeer, code: string): Promise<void> {
  await bad.raw.closed();
  const { error } = await watch.next("handshake:error:protocol");
  assertEquals(error!.code, code);
  await watch.next("disconnect");
  await assertGoesOn({ socket, good });
}
