/**
 * What both sides' monitors tell when the authentication handler (27/ZAP) does not do as it should, as libzmq's
 * test_security_zap asserts it; LT-n is the row of the list of behaviours. Both sides are ours here;
 * `interop/security_events_test.ts` plays such cases with libzmq on either side. libzmq tells of a handler that ends
 * when the time of the handshake is up, we do at once.
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, test, until, within } from "../interop/scope.ts";
import { type End, ourSide, rolesOf, type Script, type Side } from "../interop/security.ts";

type Mechanism = "NULL" | "PLAIN" | "CURVE";

const OTHER = "handshake:error:other";

describe("a NULL server whose handler", () => {
  test("replies with the version invalid: ZAP_BAD_VERSION, and the client never gets in (LT-411)", (scope) =>
    refuses(scope, "NULL", { version: "invalid" }, "ERR_ZAP_BAD_VERSION"));
  test("replies with another request's id: ZAP_BAD_REQUEST_ID (LT-412)", (scope) =>
    refuses(scope, "NULL", { id: "invalid" }, "ERR_ZAP_BAD_REQUEST_ID"));
  test("replies with invalid_status: ZAP_INVALID_STATUS_CODE (LT-413)", (scope) =>
    refuses(scope, "NULL", { status: "invalid_status" }, "ERR_ZAP_INVALID_STATUS_CODE"));
  test("replies with status 300: the server tells 300, the client hears nothing and may try again (LT-415)", (scope) =>
    putsOff(scope, "NULL"));
  test("replies with status 500: both sides tell 500 (LT-416)", (scope) => fails(scope, "NULL"));
  test("is not there, with an enforced domain: no detail but EFAULT (LT-417)", (scope) =>
    isNotThere(scope, "NULL"));
  test("closes after the request: no detail but EPIPE (LT-418)", (scope) =>
    ends(scope, "NULL", { ends: "read" }));
  test("never receives, and closes: no detail but EPIPE (LT-419)", (scope) =>
    ends(scope, "NULL", { ends: "unread" }));
  test("receives, never answers, and closes: no detail but EPIPE (LT-420)", (scope) =>
    keepsSilent(scope, "NULL"));
});

describe("a PLAIN server whose handler", () => {
  test("replies with the version invalid: ZAP_BAD_VERSION, and the client never gets in (LT-421)", (scope) =>
    refuses(scope, "PLAIN", { version: "invalid" }, "ERR_ZAP_BAD_VERSION"));
  test("replies with another request's id: ZAP_BAD_REQUEST_ID (LT-422)", (scope) =>
    refuses(scope, "PLAIN", { id: "invalid" }, "ERR_ZAP_BAD_REQUEST_ID"));
  test("replies with an eighth frame: ZAP_MALFORMED_REPLY (LT-424)", (scope) =>
    refuses(scope, "PLAIN", { extra: 1 }, "ERR_ZAP_MALFORMED_REPLY"));
  test("replies with status 500: both sides tell 500 (LT-426)", (scope) => fails(scope, "PLAIN"));
  test("is not there, with an enforced domain: no detail but EFAULT (LT-427)", (scope) =>
    isNotThere(scope, "PLAIN"));
  test("closes after the request: no detail but EPIPE (LT-428)", (scope) =>
    ends(scope, "PLAIN", { ends: "read" }));
  test("never receives, and closes: no detail but EPIPE (LT-429)", (scope) =>
    ends(scope, "PLAIN", { ends: "unread" }));
  test("receives, never answers, and closes: no detail but EPIPE (LT-430)", (scope) =>
    keepsSilent(scope, "PLAIN"));
});

describe("a CURVE server whose handler", () => {
  test("replies with another request's id: ZAP_BAD_REQUEST_ID (LT-432)", (scope) =>
    refuses(scope, "CURVE", { id: "invalid" }, "ERR_ZAP_BAD_REQUEST_ID"));
  test("replies with invalid_status: ZAP_INVALID_STATUS_CODE (LT-433)", (scope) =>
    refuses(scope, "CURVE", { status: "invalid_status" }, "ERR_ZAP_INVALID_STATUS_CODE"));
  test("replies with an eighth frame: ZAP_MALFORMED_REPLY (LT-434)", (scope) =>
    refuses(scope, "CURVE", { extra: 1 }, "ERR_ZAP_MALFORMED_REPLY"));
  test("replies with status 300: the server tells 300, the client hears nothing and may try again (LT-435)", (scope) =>
    putsOff(scope, "CURVE"));
  test("replies with status 500: both sides tell 500 (LT-436)", (scope) => fails(scope, "CURVE"));
  test("is not there, with an enforced domain: no detail but EFAULT (LT-437)", (scope) =>
    isNotThere(scope, "CURVE"));
  test("never receives, and closes: no detail but EPIPE (LT-439)", (scope) =>
    ends(scope, "CURVE", { ends: "unread" }));
  test("receives, never answers, and closes: no detail but EPIPE (LT-440)", (scope) =>
    keepsSilent(scope, "CURVE"));
});

/** A server in a domain of its side's handler, and a client that sends at once what must never arrive. */
async function meet(
  host: Side,
  guest: Side,
  mechanism: Mechanism,
  { client = {}, server = {} }: { client?: object; server?: object } = {},
): Promise<{ bound: End; dialling: End }> {
  const roles = rolesOf(mechanism);
  const bound = await host.open("Dealer", { ...roles.server, zapDomain: "test", ...server });
  const dialling = await guest.open("Dealer", { reconnectInterval: 60_000, ...roles.client, ...client });
  await dialling.connect(await bound.bind("tcp://127.0.0.1:*"));
  dialling.send(["never"]).catch(() => {}); // Who was refused for good has nobody to send to, and waits.
  return { bound, dialling };
}

/** Neither side got in, nor did what the client sent. */
function assertOutside({ bound, dialling }: { bound: End; dialling: End }): void {
  assertEquals([bound.watch!.count("handshake"), dialling.watch!.count("handshake")], [0, 0]);
  assertEquals(bound.ours!.readable, false);
}

/** A reply that is none: the server tells what is wrong with it, the client that it was left. */
async function refuses(scope: Scope, mechanism: Mechanism, script: Script, code: string): Promise<void> {
  const host = ourSide(scope);
  await host.handle(script);
  const ends = await meet(host, ourSide(scope), mechanism);
  assertEquals(await ends.bound.story(), ["accept", `handshake:error:protocol ${code}`, "disconnect"]);
  assertEquals(await ends.dialling.story(), ["connect", OTHER, "disconnect"]);
  assertOutside(ends);
}

/** Status 500. */
async function fails(scope: Scope, mechanism: Mechanism): Promise<void> {
  const host = ourSide(scope);
  await host.handle({ status: "500" });
  const ends = await meet(host, ourSide(scope), mechanism);
  assertEquals(await ends.bound.story(), ["accept", "handshake:error:auth 500", "disconnect"]);
  assertEquals(await ends.dialling.story(), ["connect", "handshake:error:auth 500", "disconnect"]);
  assertOutside(ends);
}

/** Status 300 the first time, 200 from then on. */
async function putsOff(scope: Scope, mechanism: Mechanism): Promise<void> {
  const host = ourSide(scope);
  const script = { status: "300" };
  await host.handle(script);
  // The client's own time is what ends its handshake: it is told nothing.
  const client = { handshakeInterval: 200, reconnectInterval: 10 };
  const { bound, dialling } = await meet(host, ourSide(scope), mechanism, { client });
  const { error } = await bound.watch!.next("handshake:error:auth");
  assertEquals(error!.status, 300);
  script.status = "200";
  await dialling.watch!.next("handshake");
  const told = dialling.watch!.seen.map(({ type }) => type);
  assertEquals(told.filter((type) => /:(auth|protocol)$/.test(type)), [], told.join());
  assertEquals(await bound.receive(), ["never"]);
}

/** Nobody is bound to the handler's name. */
async function isNotThere(scope: Scope, mechanism: Mechanism): Promise<void> {
  const ends = await meet(ourSide(scope), ourSide(scope), mechanism, { server: { zapEnforceDomain: true } });
  assertEquals(await ends.bound.story(), ["accept", `${OTHER} EFAULT`, "disconnect"]);
  assertEquals(await ends.dialling.story(), ["connect", OTHER, "disconnect"]);
  assertOutside(ends);
}

/** A handler that closes in place of an answer. */
async function ends(scope: Scope, mechanism: Mechanism, script: Script): Promise<void> {
  const host = ourSide(scope);
  await host.handle(script);
  await assertEnded(await meet(host, ourSide(scope), mechanism));
}

/** A handler that keeps the request to itself, and closes when all others have been waiting for it for a while. */
async function keepsSilent(scope: Scope, mechanism: Mechanism): Promise<void> {
  const host = ourSide(scope);
  const { ours } = await host.open("Router");
  const handler = ours!;
  await handler.bind("inproc://zeromq.zap.01");
  const ends = await meet(host, ourSide(scope), mechanism);
  await within(handler.receive(), 5000, "the request");
  await until(
    "both have a connection",
    () => ends.bound.watch!.count("accept") + ends.dialling.watch!.count("connect") === 2,
  );
  assertEquals([ends.bound.watch!.count(OTHER), ends.bound.watch!.count("disconnect")], [0, 0]);
  handler.close();
  await assertEnded(ends);
}

async function assertEnded(ends: { bound: End; dialling: End }): Promise<void> {
  assertEquals(await ends.bound.story(), ["accept", `${OTHER} EPIPE of the handler`, "disconnect"]);
  assertEquals(await ends.dialling.story(), ["connect", OTHER, "disconnect"]);
  assertOutside(ends);
}
