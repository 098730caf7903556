/**
 * What the monitors of both sides tell of handshakes that fail, or don't: each case is played by libzmq against
 * itself, then by us as its server and by us as its client, and the same events are asked for, with the same codes
 * and statuses. Where we differ on purpose the case says why, and what is told instead. The rows of the list of
 * behaviours are libzmq's test_security_plain, _curve and _zap.
 *
 * @module
 */

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { Peer, peerKinds } from "./peer.ts";
import { test } from "./scope.ts";
import {
  curveClient,
  curveServer,
  keyPair,
  type Options,
  ourSide,
  plainClient,
  rolesOf,
  type Script,
  type Side,
  theirSide,
} from "./security.ts";

/** One case. */
interface Case {
  readonly name: string;
  readonly server: Options;
  readonly client: Options;
  /** The handler on the server's side; none without. */
  readonly handler?: Script;
  /** Whether the client comes in, with libzmq on both sides. */
  readonly succeeds?: boolean;
  /** What is told with us as the server, where that is on purpose not what libzmq tells. */
  readonly weServe?: Partial<Stories>;
  /**
   * Both sides may find this error, and who finds it first closes: libzmq then does not even send the rest of its own
   * greeting or command, so that the other side may only see the connection end.
   */
  readonly race?: string;
}

interface Stories {
  readonly server: readonly string[];
  readonly client: readonly string[];
}

const OTHER = "handshake:error:other";
const MISMATCH = "handshake:error:protocol ERR_ZMTP_MECHANISM_MISMATCH";
const UNEXPECTED = "handshake:error:protocol ERR_ZMTP_UNEXPECTED_COMMAND";

/**
 * Where libzmq holds on to the connection until its time is up, that must not be 30 s. It does so after status 300, and
 * after a malformed reply that was there before a server of NULL looked for it.
 */
const SHORT = { handshakeInterval: 300 };

const keys = keyPair();
const other = keyPair();

const cases: readonly Case[] = [
  ...handlerCases("NULL"),
  ...handlerCases("PLAIN"),
  ...handlerCases("CURVE"),
  {
    name: "NULL: no domain, so a handler that would refuse is not asked",
    server: {},
    client: {},
    handler: { status: "400" },
    succeeds: true,
  },
  {
    name: "PLAIN: no domain, and no handler",
    server: { plainServer: true, ...SHORT },
    client: plainClient(),
  },
  {
    name: "CURVE: no domain, and no handler",
    server: curveServer(keys),
    client: curveClient(keys.publicKey),
    succeeds: true,
  },
  {
    name: "CURVE: no domain though one is enforced, so a handler that would refuse is not asked",
    server: { ...curveServer(keys), zapEnforceDomain: true },
    client: curveClient(keys.publicKey),
    handler: { status: "400" },
    succeeds: true,
  },
  {
    name: "CURVE: no domain, and a handler that refuses",
    server: curveServer(keys),
    client: curveClient(keys.publicKey),
    handler: { status: "400" },
  },
  { name: "CURVE: another server's key", server: curveServer(keys), client: curveClient(other.publicKey) },
  {
    name: "CURVE: the client's public key is not that of its secret one",
    server: curveServer(keys),
    client: curveClient(keys.publicKey, { ...other, publicKey: keyPair().publicKey }),
  },
  mismatch("a NULL client at a CURVE server", curveServer(keys), {}),
  mismatch("a CURVE client at a NULL server", {}, curveClient(keys.publicKey)),
  mismatch("a PLAIN client at a CURVE server", curveServer(keys), plainClient()),
  mismatch("a CURVE client at a PLAIN server", { plainServer: true }, curveClient(keys.publicKey)),
  mismatch("a NULL client at a PLAIN server", { plainServer: true }, {}),
  mismatch("a PLAIN client at a NULL server", {}, plainClient()),
  {
    name: "two PLAIN servers",
    server: { plainServer: true, ...SHORT },
    client: { plainServer: true, ...SHORT },
  },
  {
    name: "two CURVE servers",
    server: { ...curveServer(keys), ...SHORT },
    client: { ...curveServer(keys), ...SHORT },
  },
  { name: "two PLAIN clients", server: plainClient(), client: plainClient(), race: UNEXPECTED },
  {
    name: "two CURVE clients",
    server: curveClient(keys.publicKey),
    client: curveClient(keys.publicKey),
    race: UNEXPECTED,
  },
];

for (const kind of peerKinds) {
  describe(`events of handshakes, as those of ${kind.name}`, () => {
    if (kind.missing) {
      for (const { name } of cases) it.skip(`${name} (skipped: ${kind.missing})`, () => {});
      return;
    }
    // One process for all cases, each with contexts of its own there.
    let peer: Peer;
    beforeAll(async () => await (peer = new Peer(kind)).ready());
    afterAll(() => peer.kill());
    for (const which of cases) {
      test(which.name, async (scope) => {
        const them = () => theirSide(peer);
        const [libzmq, weServe, weCome] = await Promise.all([
          play(which, them(), them()),
          play(which, ourSide(scope), them()),
          play(which, them(), ourSide(scope)),
        ]);
        if (which.race) {
          for (const stories of [libzmq, weServe, weCome]) assertRace(stories, which.race);
          return;
        }
        assertEquals(succeeds(libzmq), which.succeeds ?? false, "with libzmq on both sides");
        assertEquals(weServe, { ...libzmq, ...which.weServe }, "with us as the server");
        assertEquals(weCome, libzmq, "with us as the client");
      });
    }
  });
}

/** What can go wrong with the handler, whatever the mechanism. */
function handlerCases(mechanism: "NULL" | "PLAIN" | "CURVE"): Case[] {
  const { server, client } = rolesOf(mechanism);
  const secured = { ...server, zapDomain: "test" };
  const replies: readonly (readonly [string, Script])[] = [
    ["version 1.1", { version: "1.1" }],
    ["another request's id", { id: "another" }],
    ["status 600", { status: "600" }],
    ["a status that is no number", { status: "invalid_status" }],
    ["an empty status", { status: "" }],
    ["8 frames", { extra: 1 }],
    ["metadata that are cut off", { metadata: btoa("\x05Hello\0\0\0\x05Wor") }],
  ];
  const statuses: readonly (readonly [string, Script, Partial<Case>?])[] = [
    ["300, of which the client hears nothing", { status: "300" }],
    ["400", { status: "400", text: "No" }, misheard(mechanism)],
    ["500", { status: "500", text: "Oh" }, misheard(mechanism)],
  ];
  return [
    ...replies.map(([what, handler]): Case => ({
      name: `${mechanism}: the handler answers with ${what}`,
      server: { ...secured, ...SHORT },
      client,
      handler,
    })),
    ...statuses.map(([what, handler, more]): Case => ({
      name: `${mechanism}: the handler answers with status ${what}`,
      server: { ...secured, ...SHORT },
      client: { ...client, ...SHORT },
      handler,
      ...more,
    })),
    {
      name:
        `${mechanism}: the handler answers with a nameless property (libzmq lets in; RFC 27, RFC 37: name = OCTET 1*255)`,
      server: secured,
      client,
      handler: { metadata: btoa("\0\0\0\0\x01x") },
      succeeds: true,
      weServe: refused("handshake:error:protocol ERR_ZAP_INVALID_METADATA"),
    },
    ...(["read", "unread"] as const).map((ends): Case => ({
      name:
        `${mechanism}: the handler closes with the request ${ends} (libzmq notices when the time is up; we do at once)`,
      server: { ...secured, ...SHORT },
      client,
      handler: { ends },
      weServe: { server: ["accept", `${OTHER} EPIPE of the handler`, "disconnect"] },
    })),
    {
      name: `${mechanism}: a domain that is enforced, and no handler`,
      server: { ...secured, zapEnforceDomain: true, ...SHORT },
      client,
    },
    {
      name: `${mechanism}: a handler that is a ROUTER lets in`,
      server: secured,
      client,
      handler: { type: "Router" },
      succeeds: true,
    },
    ...(mechanism === "PLAIN" ? [] : [{
      name:
        `${mechanism}: a domain and no handler (libzmq lets in unless it is told to enforce the domain; we never do)`,
      server: secured,
      client,
      succeeds: true,
      weServe: refused(`${OTHER} EFAULT`),
    }]),
  ];
}

/** libzmq's client of PLAIN knows the name ERROR only as its own server misspells it, so ours is no command to it. */
function misheard(mechanism: string): Partial<Case> {
  return mechanism === "PLAIN" ? { weServe: { client: ["connect", UNEXPECTED, "disconnect"] } } : {};
}

function refused(error: string): Stories {
  return { server: ["accept", error, "disconnect"], client: ["connect", OTHER, "disconnect"] };
}

function mismatch(name: string, server: Options, client: Options): Case {
  return { name, server, client, race: MISMATCH };
}

function succeeds(stories: Stories): boolean {
  const both = [stories.server, stories.client].map((story) => story.at(-1) === "handshake");
  assertEquals(both[0], both[1], "one side succeeds and the other doesn't");
  return both[0]!;
}

/** One side at least finds the error; the other finds it too, or sees the connection end. */
function assertRace({ server, client }: Stories, error: string): void {
  for (const [story, first] of [[server, "accept"], [client, "connect"]] as const) {
    const told = story[1] === OTHER ? OTHER : error;
    assertEquals(story, [first, told, "disconnect"]);
  }
  assert(server[1] === error || client[1] === error, `neither side tells of ${error}`);
}

/**
 * Plays a case, and answers what both sides tell. What is sent before the handshake arrives only where it succeeds:
 * a socket that let nobody in has nothing to receive.
 */
async function play({ server, client, handler }: Case, host: Side, guest: Side): Promise<Stories> {
  if (handler) await host.handle(handler);
  const bound = await host.open("Dealer", { ...server });
  const dialling = await guest.open("Dealer", { reconnectInterval: 60000, ...client });
  await dialling.connect(await bound.bind("tcp://127.0.0.1:*"));
  dialling.send(["secret"]).catch(() => {}); // A DEALER that was refused for good has nobody to send to, and waits.
  const [hosts, guests] = await Promise.all([bound.story(), dialling.story()]);
  if (hosts.at(-1) === "handshake") assertEquals(await bound.receive(), ["secret"]);
  else if (bound.ours) assertEquals(bound.ours.readable, false);
  await Promise.all([bound.close(), dialling.close()]);
  return { server: hosts, client: guests };
}
