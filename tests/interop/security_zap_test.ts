/**
 * Who is let in (27/ZAP): the same rules and clients are put to pyzmq's authenticator and to ours, with servers and
 * clients of ours and of libzmq; what a handler is asked, and what a server knows of a peer afterwards.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { peerKinds, withEachPeer } from "./peer.ts";
import { type Scope, texts, within } from "./scope.ts";
import {
  authenticatedSide,
  curveClient,
  curveServer,
  keyPair,
  type Options,
  ourSide,
  plainClient,
  rolesOf,
  type Rules,
  type Side,
  theirSide,
} from "./security.ts";
import { isOurs, loose, type MonitorEvent } from "./subject.ts";

const keys = keyPair();
const known = keyPair();

const PASSWORDS: Rules = {
  passwords: { "*": { admin: "secret", "jürgen": "größer" }, lab: { joe: "wood" } },
};
const KEYS: Rules = { keys: [known.publicKey] };
const HERE = ["127.0.0.1"];

/** A client, and whether it is let in. */
interface Case {
  readonly name: string;
  readonly rules: Rules;
  readonly server: Options;
  readonly client: Options;
  /** By which name, if it is let in; any where it is `true`. */
  readonly as?: string | true;
  /** Where pyzmq's rules are others. */
  readonly oursOnly?: boolean;
}

const plain = { plainServer: true };
const curve = curveServer(keys);

const CASES: readonly Case[] = [
  { name: "PLAIN: the right password", rules: PASSWORDS, server: plain, client: plainClient(), as: "admin" },
  {
    name: "PLAIN: name and password in UTF-8",
    rules: PASSWORDS,
    server: plain,
    client: plainClient("jürgen", "größer"),
    as: "jürgen",
  },
  ...["wrong", "secre", "secret\0", "Secret"].map((password): Case => ({
    name: `PLAIN: the password ${JSON.stringify(password)}`,
    rules: PASSWORDS,
    server: plain,
    client: plainClient("admin", password),
  })),
  { name: "PLAIN: an unknown name", rules: PASSWORDS, server: plain, client: plainClient("root", "secret") },
  { name: "PLAIN: no password", rules: PASSWORDS, server: plain, client: { plainUsername: "admin" } },
  {
    name: "PLAIN: a domain's own password",
    rules: PASSWORDS,
    server: { ...plain, zapDomain: "lab" },
    client: plainClient("joe", "wood"),
    as: "joe",
  },
  {
    name: "PLAIN: a password of the other domains, in one that has its own",
    rules: PASSWORDS,
    server: { ...plain, zapDomain: "lab" },
    client: plainClient(),
  },
  {
    name: "PLAIN: a domain's password, outside of it",
    rules: PASSWORDS,
    server: plain,
    client: plainClient("joe", "wood"),
  },
  {
    name:
      "PLAIN: a password for all domains, in one that has no own (pyzmq's * is only the lack of a domain)",
    rules: PASSWORDS,
    server: { ...plain, zapDomain: "elsewhere" },
    client: plainClient(),
    as: "admin",
    oursOnly: true,
  },
  { name: "PLAIN: no passwords at all", rules: {}, server: plain, client: plainClient() },
  {
    name: "PLAIN: the right password, from a denied address",
    rules: { ...PASSWORDS, deny: HERE },
    server: plain,
    client: plainClient(),
  },
  {
    name: "PLAIN: the right password, from another address than the denied",
    rules: { ...PASSWORDS, deny: ["127.0.0.2"] },
    server: plain,
    client: plainClient(),
    as: "admin",
  },
  {
    name: "CURVE: a known key",
    rules: KEYS,
    server: curve,
    client: curveClient(keys.publicKey, known),
    as: known.publicKey,
  },
  { name: "CURVE: an unknown key", rules: KEYS, server: curve, client: curveClient(keys.publicKey) },
  { name: "CURVE: no keys at all", rules: {}, server: curve, client: curveClient(keys.publicKey, known) },
  {
    name: "CURVE: a known key, from a denied address",
    rules: { ...KEYS, deny: HERE },
    server: curve,
    client: curveClient(keys.publicKey, known),
  },
  { name: "NULL: with a domain", rules: {}, server: { zapDomain: "test" }, client: {}, as: true },
  {
    name: "NULL: with a domain, from a denied address",
    rules: { deny: HERE },
    server: { zapDomain: "test" },
    client: {},
  },
  { name: "NULL: no domain, from a denied address", rules: { deny: HERE }, server: {}, client: {}, as: true },
];

const SERVER_IN = ["accept", "handshake"];
const CLIENT_IN = ["connect", "handshake"];
const SERVER_OUT = ["accept", "handshake:error:auth 400", "disconnect"];
const CLIENT_OUT = ["connect", "handshake:error:auth 400", "disconnect"];
/** A client of PLAIN in libzmq knows the command ERROR only as libzmq's server misspells it. */
const CLIENT_MISHEARD = [
  "connect",
  "handshake:error:protocol ERR_ZMTP_UNEXPECTED_COMMAND",
  "disconnect",
];

withEachPeer("pyzmq's authenticator lets in or refuses", (test) => {
  for (const { name, rules, server, client, as } of CASES.filter(({ oursOnly }) => !oursOnly)) {
    test(`${name}, of our client as of its own`, async (scope, peer) => {
      const host = await authenticatedSide(peer, rules);
      for (const guest of [theirSide(peer), ourSide(scope)]) {
        const bound = await host.open("Dealer", server);
        const dialling = await guest.open("Dealer", { reconnectInterval: 60000, ...client });
        await dialling.connect(await bound.bind("tcp://127.0.0.1:*"));
        const [hosts, guests] = await Promise.all([bound.story(), dialling.story()]);
        assertEquals([hosts, guests], as ? [SERVER_IN, CLIENT_IN] : [SERVER_OUT, CLIENT_OUT], guest.name);
        if (as) {
          await dialling.send(["from a friend"]);
          const { parts, properties } = await bound.theirs!.receiveProperties("User-Id", "Socket-Type");
          assertEquals(parts, ["from a friend"]);
          assertEquals(properties["Socket-Type"], "DEALER");
          if (as !== true) assertEquals(properties["User-Id"], as);
        }
        await Promise.all([bound.close(), dialling.close()]);
      }
    });
  }
}, peerKinds.filter(({ name }) => name === "pyzmq"));

withEachPeer("our Authenticator lets in or refuses", (test) => {
  for (const { name, rules, server, client, as } of isOurs ? CASES : []) {
    test(`${name}, of libzmq's client as of ours`, async (scope, peer) => {
      const context = new loose.Context({ blocky: false });
      scope.atEnd(() => context.close());
      authenticate(scope, context, rules);
      for (const guest of [theirSide(peer), ourSide(scope)]) {
        const socket = scope.socket("Dealer", { context, ...server });
        const watch = scope.watch(socket);
        await socket.bind("tcp://127.0.0.1:*");
        const dialling = await guest.open("Dealer", { reconnectInterval: 60000, ...client });
        await dialling.connect(socket.lastEndpoint!);
        const told = await dialling.story();
        if (as) {
          assertEquals(told, CLIENT_IN, guest.name);
          const { metadata } = await watch.next("handshake") as Met;
          await dialling.send(["from a friend"]);
          const [frame] = await within(socket.receive(), 5000, "a message") as unknown as [Known];
          assertEquals(String(frame), "from a friend");
          if (as !== true) {
            assertEquals(frame.userId, as);
            assertEquals(textOf(metadata, "user-id"), as);
          }
        } else {
          const misheard = "plainUsername" in client && guest.name !== "ours";
          assertEquals(told, misheard ? CLIENT_MISHEARD : CLIENT_OUT, guest.name);
          assertEquals((await watch.next("handshake:error:auth")).error!.status, 400);
          await watch.next("disconnect");
          assertEquals(socket.readable, false);
        }
        socket.close();
        await dialling.close();
      }
    });
  }
});

withEachPeer("a handler", (test, kind) => {
  for (const mechanism of ["NULL", "PLAIN", "CURVE"] as const) {
    for (const type of ["Reply", "Router"] as const) {
      test(
        `of ours, a ${type}, is asked what libzmq asks its own about a client of ${mechanism}`,
        async (scope, peer) => {
          const { server, client } = rolesOf(mechanism);
          const asked = async (host: Side, guest: Side): Promise<string[][]> => {
            const handler = await host.handle({ type });
            const bound = await host.open("Dealer", {
              ...server,
              zapDomain: "test",
              routingId: "the server",
            });
            const dialling = await guest.open("Dealer", { ...client, routingId: "the client" });
            await dialling.connect(await bound.bind("tcp://127.0.0.1:*"));
            assertEquals([await bound.story(), await dialling.story()], [SERVER_IN, CLIENT_IN]);
            return await handler.requests();
          };
          const libzmq = await asked(theirSide(peer), theirSide(peer));
          assertEquals(libzmq.map((fields) => fields.slice(0, 5)), [
            ["1.0", "test", "127.0.0.1", "the server", mechanism],
          ]);
          assertEquals(await asked(ourSide(scope), theirSide(peer)), libzmq, "of libzmq's client");
          assertEquals(await asked(ourSide(scope), ourSide(scope)), libzmq, "of our client");
          assertEquals(await asked(theirSide(peer), ourSide(scope)), libzmq, "by libzmq, of our client");
        },
      );
    }
  }

  for (const mechanism of ["NULL", "PLAIN", "CURVE"] as const) {
    const properties = btoa("\x05Hello\0\0\0\x05World\x08X-Groups\0\0\0\x04a, b");
    const script = { userId: "joe", metadata: properties };

    test(
      `over ${mechanism} says things of libzmq's peer that our frames and events carry (ZA-7)`,
      async (scope, peer) => {
        if (!isOurs) return; // zeromq.js has no way to read them.
        const { server, client } = rolesOf(mechanism);
        const us = ourSide(scope);
        await us.handle(script);
        const { ours, watch } = await us.open("Router", { ...server, zapDomain: "test" });
        const router = ours!;
        await router.bind("tcp://127.0.0.1:*");
        const dealer = await theirSide(peer).open("Dealer", { ...client, routingId: "the client" });
        await dealer.connect(router.lastEndpoint!);
        const { metadata } = await watch!.next("handshake") as Met;
        await dealer.send(["one", "two"]);
        const frames = await within(router.receive(), 5000, "a message") as unknown as Known[];
        assertEquals(frames.map(String), ["the client", "one", "two"]);
        for (const from of [metadata, frames[1]!.metadata, frames[2]!.metadata]) {
          const said = ["user-id", "hello", "x-groups", "socket-type", "identity"].map((name) =>
            textOf(from, name)
          );
          assertEquals(said, ["joe", "World", "a, b", "DEALER", "the client"]);
        }
        assertEquals([frames[1]!.userId, frames[2]!.userId], ["joe", "joe"]);
      },
    );

    if (kind.name !== "pyzmq") continue;
    test(
      `over ${mechanism} says things of our peer that libzmq's messages carry, beside what we say`,
      async (scope, peer) => {
        const { server, client } = rolesOf(mechanism);
        const them = theirSide(peer);
        await them.handle(script);
        const bound = await them.open("Dealer", { ...server, zapDomain: "test" });
        const dealer = scope.socket("Dealer", { ...client, routingId: "the client" });
        dealer.connect(await bound.bind("tcp://127.0.0.1:*"));
        await dealer.send("one");
        const names = ["User-Id", "Hello", "X-Groups", "Socket-Type", "Identity"];
        const { properties } = await bound.theirs!.receiveProperties(...names);
        assertEquals(names.map((name) => properties[name]), ["joe", "World", "a, b", "DEALER", "the client"]);
      },
    );
  }

  test(
    "that answers one client leaves the others alone: refused ones don't disturb who is in",
    async (scope, peer) => {
      if (!isOurs) return;
      const context = new loose.Context({ blocky: false });
      scope.atEnd(() => context.close());
      const auth = authenticate(scope, context, PASSWORDS);
      const pull = scope.socket("Pull", { context, plainServer: true });
      await pull.bind("tcp://127.0.0.1:*");
      const good = await peer.open("Push", plainClient());
      await good.connect(pull.lastEndpoint!);
      await good.send(["before"]);
      assertEquals(texts(await pull.receive()), ["before"]);
      const watch = scope.watch(pull);
      for (let round = 0; round < 5; round++) {
        const bad = await peer.open("Push", plainClient("admin", `guess ${round}`));
        await bad.connect(pull.lastEndpoint!);
        await watch.next("handshake:error:auth");
        await watch.next("disconnect");
      }
      await good.send(["after"]);
      assertEquals(texts(await pull.receive()), ["after"]);
      const { allowed, denied } = auth.counts;
      assertEquals({ allowed, denied }, { allowed: 1, denied: 5 });
    },
  );
});

/** A frame of a peer that a handler has let in. */
interface Known extends Uint8Array {
  readonly userId?: string;
  readonly metadata?: ReadonlyMap<string, Uint8Array>;
}

interface Met extends MonitorEvent {
  readonly metadata?: ReadonlyMap<string, Uint8Array>;
}

function textOf(metadata: ReadonlyMap<string, Uint8Array> | undefined, name: string): string | undefined {
  const value = metadata?.get(name);
  return value && new TextDecoder().decode(value);
}

/** Our authenticator by rules. */
function authenticate(scope: Scope, context: unknown, { passwords = {}, keys, deny = [] }: Rules): Counting {
  const auth = scope.own(new loose.Authenticator({ context }));
  for (const domain of Object.keys(passwords)) auth.configurePlain({ domain, passwords: passwords[domain] });
  if (keys) auth.configureCurve({ keys });
  auth.deny(...deny);
  return auth;
}

interface Counting {
  readonly counts: { readonly allowed: number; readonly denied: number };
}
