/**
 * The ready-made handler of RFC 27, asked by sockets of ours over inproc as servers ask it: what it answers, and
 * what it tells.
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import {
  Authenticator,
  Context,
  curveKeyPair,
  Dealer,
  Reply,
  Request,
  z85Encode,
  ZmqError,
} from "../../../mod.ts";
import type { AuthenticatorEvent, AuthenticatorOptions } from "../../../mod.ts";
import { decodeMetadata } from "../../../src/message/metadata.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { programCommand } from "../../support/legs.ts";

const HANDLER = "inproc://zeromq.zap.01";
const KEY = new Uint8Array(32).fill(7);
const OTHER_KEY = new Uint8Array(32).fill(8);

type Part = string | Uint8Array;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly userId: Uint8Array;
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

/** A server that asks many questions at once. */
class Asker {
  readonly #dealer: Dealer;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  #lastId = 0;

  constructor(context: Context) {
    this.#dealer = new Dealer({ context });
    this.#dealer.connect(HANDLER);
    void this.#read();
  }

  ask(domain: Part, address: Part, mechanism: Part, ...credentials: Part[]): Promise<Answer> {
    const id = `request ${++this.#lastId}`;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    void this.#dealer.send(["", "1.0", id, domain, address, "SERVER", mechanism, ...credentials]);
    return answer;
  }

  async #read(): Promise<void> {
    for await (const frames of this.#dealer) {
      assertEquals(frames.length, 7);
      assertFrames(frames.slice(0, 2), ["", "1.0"]);
      const [, , id, status, text, userId, metadata] = frames;
      this.#waiting.get(String(id))!({
        status: Number(String(status)),
        text: String(text),
        userId: userId!,
        metadata: decodeMetadata(metadata!)!,
      });
      this.#waiting.delete(String(id));
    }
  }
}

/** Runs with a context, an authenticator and a server of its own. */
async function within(
  body: (auth: Authenticator, asker: Asker, context: Context) => Promise<void>,
  options: AuthenticatorOptions = {},
): Promise<void> {
  const context = new Context({ blocky: false });
  const auth = new Authenticator({ context, ...options });
  try {
    await body(auth, new Asker(context), context);
  } finally {
    auth.close();
    await context.close();
  }
}

async function statusOf(answer: Promise<Answer>): Promise<number> {
  return (await answer).status;
}

describe("Authenticator, bound to inproc://zeromq.zap.01 (RFC 27)", () => {
  it("is there at once, once a context, and gives the name back (ZA-1)", async () => {
    const context = new Context({ blocky: false });
    const other = new Context({ blocky: false });
    const auth = new Authenticator({ context });
    const error = assertThrows(() => new Authenticator({ context }), ZmqError);
    assertEquals(error.code, "EADDRINUSE");
    const elsewhere = new Authenticator({ context: other });
    await auth.ready;
    assertEquals(auth.closed, false);
    auth.close();
    auth.close();
    assertEquals(auth.closed, true);
    const next = new Authenticator({ context });
    await next[Symbol.asyncDispose]();
    const reply = new Reply({ context });
    await reply.bind(HANDLER);
    elsewhere[Symbol.dispose]();
    await context.close();
    await other.close();
    assertThrows(() => new Authenticator({ context }), ZmqError);
  });

  it("ends with its context, and says so", async () => {
    const context = new Context({ blocky: false });
    const auth = new Authenticator({ context });
    const types: string[] = [];
    const reading = (async () => {
      for await (const { type } of auth.events) types.push(type);
    })();
    await context.close();
    await reading;
    assertEquals([auth.closed, types], [true, ["end"]]);
  });

  it("waits for a name that other threads may have, and loses to them", async () => {
    const above = new Context({ blocky: false });
    const below = new Context({ blocky: false });
    const { port1, port2 } = new MessageChannel();
    above.attach(port1);
    await below.join(port2);
    const first = new Authenticator({ context: above });
    const second = new Authenticator({ context: below });
    const error = await assertRejects(() => second.ready, ZmqError);
    assertEquals([(error as ZmqError).code, second.closed], ["EADDRINUSE", true]);
    first.close();
    await below.close();
    await above.close();
    port1.close();
    port2.close();
  });

  it("answers REQ as well as DEALER, with the envelope that the request had", async () => {
    await within(async (_auth, _asker, context) => {
      const request = new Request({ context });
      request.connect(HANDLER);
      await request.send(["1.0", "0001", "test", "192.168.55.1", "BOB", "NULL"]);
      assertFrames(await request.receive(), ["1.0", "0001", "200", "OK", "", ""]);
      // RFC 27, proxy handlers: N routing ids before the delimiter.
      const proxy = new Dealer({ context });
      proxy.connect(HANDLER);
      await proxy.send(["one", "two", "", "1.0", "0001", "test", "192.168.55.1", "BOB", "NULL"]);
      assertFrames(await proxy.receive(), ["one", "two", "", "1.0", "0001", "200", "OK", "", ""]);
    });
  });

  it("keeps no process alive", async () => {
    const { command, args } = programCommand(new URL("./idle_program.ts", import.meta.url));
    const printed = await new Promise<string>((resolve, reject) => {
      execFile(command, [...args], { timeout: 20_000 }, (error, stdout) => {
        if (error === null) resolve(stdout);
        else reject(error);
      });
    });
    assertEquals(printed.trim(), "200 false");
  });

  it("refuses a timeout out of range", () => {
    for (const timeout of [0, -1, NaN, Infinity, 2 ** 31]) {
      assertThrows(() => new Authenticator({ timeout }), RangeError);
    }
  });
});

describe("Authenticator, before anything was said", () => {
  it("lets NULL in and refuses PLAIN and CURVE, as CZMQ and pyzmq do", async () => {
    await within(async (_, asker) => {
      assertEquals(await statusOf(asker.ask("test", "10.0.0.1", "NULL")), 200);
      assertEquals(await statusOf(asker.ask("test", "10.0.0.1", "PLAIN", "admin", "secret")), 400);
      assertEquals(await statusOf(asker.ask("", "10.0.0.1", "CURVE", KEY)), 400);
    });
  });

  it("refuses mechanisms that it does not know, and credentials that are not the mechanism's", async () => {
    await within(async (auth, asker) => {
      auth.configurePlain({ passwords: { "": "" }, callback: () => true });
      auth.configureCurve({ keys: "*" });
      const long = new Uint8Array(256);
      for (
        const question of [
          ["GSSAPI", "x"],
          ["null"],
          ["__proto__"],
          ["NULL", ""],
          ["PLAIN"],
          ["PLAIN", "a"],
          ["PLAIN", "a", "b", "c"],
          ["PLAIN", long, "b"],
          ["PLAIN", "a", long],
          ["CURVE"],
          ["CURVE", KEY.subarray(1)],
          ["CURVE", KEY, KEY],
          ["CURVE", z85Encode(KEY)],
        ] as [string, ...Part[]][]
      ) {
        assertEquals(await statusOf(asker.ask("test", "", ...question)), 400, question.join(" "));
      }
      assertEquals(await statusOf(asker.ask("test", "", "PLAIN", "", "")), 200);
    });
  });
});

describe("Authenticator, asked before the code that decides is loaded", () => {
  it("lets nobody in by less than what the program said in the same turn, after the request too", async () => {
    await within(async (auth, asker) => {
      const denied = asker.ask("lab", "10.6.6.6", "NULL");
      const called = asker.ask("hall", "10.0.0.1", "NULL");
      const answers = [
        denied,
        called,
        asker.ask("", "10.0.0.1", "NULL"),
        asker.ask("", "10.0.0.1", "PLAIN", "admin", "secret"),
        asker.ask("", "10.0.0.1", "PLAIN", "admin", "changed"),
        asker.ask("", "10.0.0.1", "CURVE", KEY),
        asker.ask("", "10.0.0.1", "CURVE", OTHER_KEY),
      ];
      const password = new TextEncoder().encode("secret");
      auth.deny("10.6.0.0/16");
      auth.configureNull({ domain: "hall", callback: () => false });
      auth.configurePlain({ passwords: new Map([["admin", password]]) });
      password.set(new TextEncoder().encode("change"));
      const key = KEY.slice();
      auth.configureCurve({ keys: [key] });
      key.fill(8);
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      assertEquals(statuses, [400, 400, 200, 200, 400, 200, 400]);
      assertEquals(auth.counts, { allowed: 3, denied: 4, failed: 0, malformed: 0 });
    });
  });

  it("takes back in any order, each the policy or address that it was answered for and no other", async () => {
    await within(async (auth, asker) => {
      const answers = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((address) => asker.ask("", address, "NULL"));
      const plain = ["one", "two"].map((name) => asker.ask("", "10.0.0.3", "PLAIN", name, ""));
      const first = auth.deny("10.0.0.1", "10.0.0.3");
      const second = auth.deny("10.0.0.2");
      const third = auth.allow("10.0.0.3");
      const one = auth.configurePlain({ passwords: { one: "" } });
      const two = auth.configurePlain({ passwords: { two: "" } });
      for (const takeBack of [third, first, one, first]) takeBack();
      assertEquals((await Promise.all(answers)).map(({ status }) => status), [200, 400, 200]);
      assertEquals((await Promise.all(plain)).map(({ status }) => status), [400, 200]);
      second();
      two();
      assertEquals(await statusOf(asker.ask("", "10.0.0.2", "NULL")), 200);
      assertEquals((await asker.ask("", "", "PLAIN", "two", "")).text, "Unknown domain");
    });
  });

  it("throws at once for what is wrong, and a folder's broken files are told without any peer", async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), "puremq-auth-"));
    try {
      writeFileSync(joinPath(folder, "notes.txt"), "not a certificate");
      const context = new Context({ blocky: false });
      const auth = new Authenticator({ context });
      const told = () =>
        new Promise<string>((resolve) => auth.events.on("certificate:error", ({ file }) => resolve(file)));
      const code = (call: () => void) => (assertThrows(call, ZmqError) as ZmqError).code;
      assertEquals(code(() => auth.allow("nowhere")), "EINVAL");
      assertEquals(code(() => auth.configureCurve({ keys: ["short"] })), "EINVAL");
      assertEquals(code(() => auth.configureCurve({ domain: "x".repeat(256) })), "EINVAL");
      assertEquals(code(() => auth.configureCurve({ directory: joinPath(folder, "notes.txt") })), "ENOTDIR");
      const early = told();
      auth.configureCurve({ directory: folder });
      assertEquals(await early, joinPath(folder, "notes.txt"));
      // The code is there now: what is said from now on takes the other way.
      const late = told();
      auth.configureCurve({ domain: "lab", directory: folder });
      assertEquals(await late, joinPath(folder, "notes.txt"));
      auth.close();
      await context.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("a folder that went away meanwhile lets nobody in until it is there again", async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), "puremq-auth-"));
    try {
      await within(async (auth, asker) => {
        const errors: unknown[] = [];
        auth.events.on("denied", ({ error }) => errors.push((error as ZmqError | undefined)?.code));
        auth.configureCurve({ directory: folder });
        rmSync(folder, { recursive: true });
        assertEquals(await statusOf(asker.ask("", "", "CURVE", KEY)), 500);
        assertEquals(errors, ["ENOENT"]);
        mkdirSync(folder);
        writeFileSync(joinPath(folder, "joe.key"), certificate(KEY, 'name = "Joe"'));
        assertEquals(await statusOf(asker.ask("", "", "CURVE", KEY)), 200);
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("closed at once, it ends, gives the name back and answers nobody", async () => {
    const context = new Context({ blocky: false });
    const auth = new Authenticator({ context });
    const types: string[] = [];
    const reading = (async () => {
      for await (const { type } of auth.events) types.push(type);
    })();
    const request = new Request({ context });
    request.connect(HANDLER);
    const sent = request.send(["1.0", "1", "lab", "10.0.0.1", "", "NULL"]);
    auth.close();
    const next = new Authenticator({ context });
    await reading;
    await sent;
    const asker = new Asker(context);
    assertEquals(await statusOf(asker.ask("", "", "NULL")), 200);
    assertEquals([types, auth.counts.allowed, next.counts.allowed], [["end"], 0, 1]);
    next.close();
    await context.close();
  });
});

describe("Authenticator, addresses", () => {
  const from = (asker: Asker, address: string) => statusOf(asker.ask("test", address, "NULL"));

  it("lets in all but those that are denied, single ones and networks, until they are taken back", async () => {
    await within(async (auth, asker) => {
      const back = auth.deny("10.0.0.1", "192.168.0.0/16", "2001:db8::/32");
      const again = auth.deny("10.0.0.1");
      for (
        const [address, status] of [
          ["10.0.0.1", 400],
          ["10.0.0.2", 200],
          ["192.168.7.7", 400],
          ["192.169.7.7", 200],
          ["2001:db8:1::1", 400],
          ["2001:db9::1", 200],
          ["", 200],
        ] as const
      ) assertEquals(await from(asker, address), status, address);
      back();
      back();
      assertEquals([await from(asker, "192.168.7.7"), await from(asker, "10.0.0.1")], [200, 400]);
      again();
      assertEquals(await from(asker, "10.0.0.1"), 200);
    });
  });

  it("lets in none but those that are allowed, once any is; who is denied is out all the same", async () => {
    await within(async (auth, asker) => {
      const back = auth.allow("10.0.0.0/8", "::1");
      auth.deny("10.6.6.6");
      for (
        const [address, status] of [["10.0.0.1", 200], ["::1", 200], ["10.6.6.6", 400], ["11.0.0.1", 400], [
          "",
          400,
        ], ["nonsense", 400]] as const
      ) assertEquals(await from(asker, address), status, address);
      back();
      assertEquals([await from(asker, "11.0.0.1"), await from(asker, "10.6.6.6")], [200, 400]);
    });
  });

  it("that are allowed still have to prove themselves", async () => {
    await within(async (auth, asker) => {
      auth.allow("10.0.0.1");
      auth.configurePlain({ passwords: { admin: "secret" } });
      assertEquals(await statusOf(asker.ask("", "10.0.0.1", "PLAIN", "admin", "wrong")), 400);
      assertEquals(await statusOf(asker.ask("", "10.0.0.1", "PLAIN", "admin", "secret")), 200);
      assertEquals(await statusOf(asker.ask("", "10.0.0.2", "PLAIN", "admin", "secret")), 400);
    });
  });

  it("that are none are EINVAL, and nothing is changed", async () => {
    await within(async (auth, asker) => {
      for (const wrong of ["localhost", "10.0.0.0/33", "10.0.0", "", "::1/129"]) {
        assertEquals(
          (assertThrows(() => auth.allow("10.0.0.1", wrong), ZmqError) as ZmqError).code,
          "EINVAL",
        );
        assertThrows(() => auth.deny("10.0.0.1", wrong), ZmqError);
      }
      assertEquals([await from(asker, "10.0.0.1"), await from(asker, "10.0.0.2")], [200, 200]);
    });
  });
});

describe("Authenticator, PLAIN", () => {
  const plain = (asker: Asker, username: Part, password: Part, domain = "") =>
    asker.ask(domain, "10.0.0.1", "PLAIN", username, password);

  it("compares all octets of name and password, and tells who it is", async () => {
    await within(async (auth, asker) => {
      const binary = Uint8Array.of(0, 255, 0);
      const longest = "x".repeat(255);
      auth.configurePlain({ passwords: { admin: "secret", joe: binary, empty: "", [longest]: longest } });
      const answer = await plain(asker, "admin", "secret");
      assertEquals([answer.status, answer.text], [200, "OK"]);
      assertBytes(answer.userId, "admin");
      assertEquals(answer.metadata.size, 0);
      for (
        const [username, password, status] of [
          ["joe", binary, 200],
          ["empty", "", 200],
          [longest, longest, 200],
          [longest, longest.slice(1), 400],
          ["admin", "secret\0", 400],
          ["admin", "secre", 400],
          ["admin", "Secret", 400],
          ["admin", "", 400],
          ["admin\0", "secret", 400],
          ["Admin", "secret", 400],
          ["joe", "", 400],
          ["joe", "\0", 400],
          ["nobody", "", 400],
          ["nobody", new Uint8Array(255), 400],
          ["__proto__", "", 400],
          ["toString", "secret", 400],
        ] as [Part, Part, number][]
      ) assertEquals(await statusOf(plain(asker, username, password)), status, `${username}/${password}`);
    });
  });

  it("refuses a wrong password at every octet of it", async () => {
    await within(async (auth, asker) => {
      const password = Uint8Array.from({ length: 16 }, (_, i) => i * 17);
      auth.configurePlain({ passwords: new Map([["joe", password]]) });
      for (let at = 0; at < password.length; at++) {
        const wrong = password.slice();
        wrong[at]! ^= 1;
        assertEquals(await statusOf(plain(asker, "joe", wrong)), 400);
      }
      password.fill(0);
      const copied = Uint8Array.from({ length: 16 }, (_, i) => i * 17);
      assertEquals(await statusOf(plain(asker, "joe", copied)), 200);
    });
  });

  it("asks the policy of the domain, or that of all others; each is replaced as a whole, and taken back", async () => {
    await within(async (auth, asker) => {
      const back = auth.configurePlain({ passwords: { a: "1" } });
      auth.configurePlain({ domain: "lab", passwords: { b: "2" } });
      const statuses = async () => [
        await statusOf(plain(asker, "a", "1", "")),
        await statusOf(plain(asker, "a", "1", "other")),
        await statusOf(plain(asker, "a", "1", "lab")),
        await statusOf(plain(asker, "b", "2", "lab")),
        await statusOf(plain(asker, "b", "2", "other")),
      ];
      assertEquals(await statuses(), [200, 200, 400, 200, 400]);
      auth.configurePlain({ domain: "lab", passwords: { a: "1" } });
      assertEquals(await statuses(), [200, 200, 200, 400, 400]);
      const newer = auth.configurePlain({ passwords: { b: "2" } });
      back();
      assertEquals(await statuses(), [400, 400, 200, 400, 200]);
      newer();
      const answer = await plain(asker, "b", "2", "other");
      assertEquals([answer.status, answer.text], [400, "Unknown domain"]);
    });
  });

  it("asks a callback about those whom the passwords do not let in, with all that is known", async () => {
    await within(async (auth, asker) => {
      const asked: unknown[] = [];
      auth.configurePlain({
        passwords: { admin: "secret" },
        callback: (request) => {
          const { signal, ...rest } = request;
          assert(!signal.aborted);
          asked.push({ ...rest, identity: String.fromCharCode(...rest.identity) });
          if (request.username === "joe") {
            return { userId: "joseph", metadata: { From: "Rome", "X-Id": Uint8Array.of(0, 1) } };
          }
          return request.username === "plain" ? {} : request.username === "yes";
        },
      });
      assertEquals(await statusOf(plain(asker, "admin", "secret")), 200);
      assertEquals(asked, []);
      const joe = await plain(asker, "joe", "wörd");
      assertEquals(joe.status, 200);
      assertBytes(joe.userId, "joseph");
      assertBytes(joe.metadata.get("from")!, "Rome");
      assertBytes(joe.metadata.get("x-id")!, [0, 1]);
      assertEquals(asked, [{
        domain: "",
        address: "10.0.0.1",
        identity: "SERVER",
        mechanism: "PLAIN",
        username: "joe",
        password: "wörd",
      }]);
      assertBytes((await plain(asker, "yes", "")).userId, "yes");
      assertBytes((await plain(asker, "plain", "")).userId, "plain");
      assertEquals(await statusOf(plain(asker, "no", "")), 400);
      // What is no UTF-8 has no text that is its own.
      assertEquals(await statusOf(plain(asker, "yes", Uint8Array.of(0xff))), 400);
      assertEquals(await statusOf(plain(asker, Uint8Array.of(0xff), "")), 400);
    });
  });

  it("refuses what no peer could say (RFC 24), and what is no policy", async () => {
    await within((auth) => {
      const long = "x".repeat(256);
      for (const passwords of [{ a: long }, { [long]: "a" }]) {
        const error = assertThrows(() => auth.configurePlain({ passwords }), ZmqError);
        assertEquals(error.code, "EINVAL");
      }
      assertThrows(() => auth.configurePlain({ passwords: { a: 1 as never } }), TypeError);
      assertThrows(() => auth.configurePlain({ callback: "yes" as never }), TypeError);
      assertThrows(() => auth.configureNull({} as never), TypeError);
      assertThrows(() => auth.configurePlain({ domain: "", passwords: {} }), ZmqError);
      return Promise.resolve();
    });
  });
});

describe("Authenticator, NULL", () => {
  it("asks the callback of a domain, and lets all others in", async () => {
    await within(async (auth, asker) => {
      const back = auth.configureNull({ domain: "lab", callback: ({ address }) => address === "10.0.0.1" });
      const statuses = async () => [
        await statusOf(asker.ask("lab", "10.0.0.1", "NULL")),
        await statusOf(asker.ask("lab", "10.0.0.2", "NULL")),
        await statusOf(asker.ask("other", "10.0.0.2", "NULL")),
      ];
      assertEquals(await statuses(), [200, 400, 200]);
      back();
      assertEquals(await statuses(), [200, 200, 200]);
      auth.configureNull({ callback: () => false });
      assertEquals(await statuses(), [400, 400, 400]);
    });
  });
});

describe("Authenticator, CURVE", () => {
  const curve = (asker: Asker, key: Uint8Array, domain = "") => asker.ask(domain, "10.0.0.1", "CURVE", key);

  it("lets in whose key is in the list, as octets or Z85, and tells the key as the user id", async () => {
    for (const keys of [[KEY], [z85Encode(KEY)], new Set([z85Encode(OTHER_KEY), KEY])]) {
      await within(async (auth, asker) => {
        auth.configureCurve({ keys });
        const answer = await curve(asker, KEY);
        assertEquals(answer.status, 200);
        assertBytes(answer.userId, z85Encode(KEY));
        for (let at = 0; at < 32; at++) {
          const wrong = KEY.slice();
          wrong[at]! ^= 0x80;
          assertEquals(await statusOf(curve(asker, wrong)), 400);
        }
      });
    }
  });

  it("lets any key in with *, in the domains that have no policy of their own", async () => {
    await within(async (auth, asker) => {
      auth.configureCurve({ keys: "*" });
      auth.configureCurve({ domain: "lab", keys: [] });
      assertBytes((await curve(asker, KEY)).userId, z85Encode(KEY));
      assertEquals(await statusOf(curve(asker, KEY, "lab")), 400);
    });
  });

  it("asks a callback about keys that are not in the list", async () => {
    await within(async (auth, asker) => {
      auth.configureCurve({
        keys: [KEY],
        callback: ({ publicKey, mechanism }) => {
          assertEquals(mechanism, "CURVE");
          return publicKey === z85Encode(OTHER_KEY) && { userId: "other" };
        },
      });
      assertBytes((await curve(asker, OTHER_KEY)).userId, "other");
      assertBytes((await curve(asker, KEY)).userId, z85Encode(KEY));
      assertEquals(await statusOf(curve(asker, new Uint8Array(32))), 400);
    });
  });

  it("refuses what is no key", async () => {
    await within((auth) => {
      for (const key of ["", "x".repeat(39), "x".repeat(41), "\n".repeat(40), new Uint8Array(31)]) {
        assertThrows(() => auth.configureCurve({ keys: [key] }), ZmqError);
      }
      return Promise.resolve();
    });
  });

  it("reads a folder of certificates, tells their metadata, and sees it change", async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), "puremq-auth-"));
    try {
      await within(async (auth, asker) => {
        const events: AuthenticatorEvent[] = [];
        auth.events.on("certificate:error", (event) => events.push(event));
        writeFileSync(joinPath(folder, "joe.key"), certificate(KEY, 'name = "Joe"\n    role="admin"'));
        writeFileSync(joinPath(folder, "joe.key_secret"), certificate(OTHER_KEY, ""));
        writeFileSync(joinPath(folder, "notes.txt"), "not a certificate");
        auth.configureCurve({ directory: folder });
        const answer = await curve(asker, KEY);
        assertEquals(answer.status, 200);
        assertBytes(answer.userId, z85Encode(KEY));
        assertBytes(answer.metadata.get("name")!, "Joe");
        assertBytes(answer.metadata.get("role")!, "admin");
        assertEquals(await statusOf(curve(asker, OTHER_KEY)), 400);
        assertEquals(events.map((event) => "file" in event && event.file), [joinPath(folder, "notes.txt")]);

        writeFileSync(joinPath(folder, "other"), certificate(OTHER_KEY, ""));
        rmSync(joinPath(folder, "joe.key"));
        auth.configureCurve({ directory: folder });
        assertEquals(await statusOf(curve(asker, KEY)), 400);
        assertEquals(await statusOf(curve(asker, OTHER_KEY)), 200);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("a folder that is not there is the system's error", async () => {
    await within((auth) => {
      const directory = joinPath(tmpdir(), "puremq-no-such-folder");
      const error = assertThrows(() => auth.configureCurve({ directory }), ZmqError);
      assertEquals(error.code, "ENOENT");
      return Promise.resolve();
    });
  });
});

describe("Authenticator, callbacks", () => {
  it("may take their time, many at once, and each answer finds its request", async () => {
    await within(async (auth, asker) => {
      const gates: (() => void)[] = [];
      auth.configurePlain({
        callback: async ({ username }) => {
          await new Promise<void>((resolve) => gates.push(resolve));
          return { userId: `${username}!` };
        },
      });
      const answers = Array.from({ length: 20 }, (_, i) => asker.ask("", "", "PLAIN", `user ${i}`, ""));
      while (gates.length < 20) await new Promise((resolve) => setTimeout(resolve, 0));
      // One that is decided at once need not wait for them.
      assertEquals(await statusOf(asker.ask("", "", "NULL")), 200);
      for (const open of gates.reverse()) open();
      for (const [i, answer] of (await Promise.all(answers)).entries()) {
        assertBytes(answer.userId, `user ${i}!`);
      }
    });
  });

  it("that throw, reject, or answer what cannot be told are 500, and the error is in the event", async () => {
    await within(async (auth, asker) => {
      const answers: Record<string, () => unknown> = {
        throws: () => {
          throw new Error("thrown");
        },
        rejects: () => Promise.reject(new Error("rejected")),
        text: () => {
          throw "no error";
        },
        name: () => ({ metadata: { "no name": "" } }),
        long: () => ({ userId: "x".repeat(256) }),
        number: () => ({ userId: 7 }),
      };
      auth.configurePlain({ callback: ({ username }) => answers[username]!() as boolean });
      const errors: string[] = [];
      auth.events.on("denied", ({ status, error }) => errors.push(`${status} ${error?.message}`));
      for (const name of Object.keys(answers)) {
        const answer = await asker.ask("", "", "PLAIN", name, "");
        assertEquals([answer.status, answer.text, answer.userId.length], [500, "Internal error", 0], name);
      }
      assertEquals(errors, [
        "500 thrown",
        "500 rejected",
        "500 no error",
        '500 "no name" is no name of a property (RFC 27)',
        "500 A user id has at most 255 octets",
        "500 User ids and metadata are text or Uint8Arrays",
      ]);
      assertEquals(auth.counts, { allowed: 0, denied: 0, failed: 6, malformed: 0 });
    });
  });

  for (const answer of [undefined, null, 0, 1, "yes", Symbol.iterator, new Error("no")]) {
    it(`that answer ${String(answer)} let nobody in`, async () => {
      await within(async (auth, asker) => {
        auth.configureNull({ callback: () => answer as never });
        assertEquals(await statusOf(asker.ask("", "", "NULL")), 400);
      });
    });
  }

  it("that take longer than the time limit are 300, a temporary error; what they say later counts no more (ZA-11)", async () => {
    await within(async (auth, asker) => {
      let finish!: (decision: boolean) => void;
      let signal!: AbortSignal;
      auth.configureNull({
        callback: (request) => {
          signal = request.signal;
          return new Promise((resolve) => finish = resolve);
        },
      });
      const answer = await asker.ask("", "", "NULL");
      assertEquals([answer.status, answer.text], [300, "No decision within 20 ms"]);
      assert(signal.aborted);
      finish(true);
      auth.configureNull({ callback: () => false });
      assertEquals(await statusOf(asker.ask("", "", "NULL")), 400);
      assertEquals(auth.counts, { allowed: 0, denied: 1, failed: 1, malformed: 0 });
    }, { timeout: 20 });
  });

  it("are told by their signal that the authenticator was closed", async () => {
    let aborted!: Promise<void>;
    await within(async (auth, asker) => {
      const asked = new Promise<void>((begun) => {
        auth.configureNull({
          callback: ({ signal }) => {
            aborted = new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
            begun();
            return new Promise(() => {});
          },
        });
      });
      void asker.ask("", "", "NULL");
      await asked;
    });
    await aborted;
  });

  it("are asked about so many at once and no more; the rest waits its turn", async () => {
    await within(async (auth, asker) => {
      let running = 0, most = 0;
      const gates: (() => void)[] = [];
      auth.configureNull({
        callback: async () => {
          most = Math.max(most, ++running);
          await new Promise<void>((resolve) => gates.push(resolve));
          running--;
          return true;
        },
      });
      const answers = Array.from({ length: 1500 }, () => asker.ask("", "", "NULL"));
      while (gates.length < 1024) await new Promise((resolve) => setTimeout(resolve, 0));
      await new Promise((resolve) => setTimeout(resolve, 0));
      assertEquals([running, gates.length], [1024, 1024]);
      let answered = 0;
      for (const answer of answers) void answer.then(() => answered++);
      while (answered < 1500) {
        for (const open of gates.splice(0)) open();
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      assertEquals([most, running, auth.counts.allowed], [1024, 0, 1500]);
    });
  });
});

describe("Authenticator, requests that break RFC 27", () => {
  it("are answered with 500 where an id can be read, else with nothing, and counted and told", async () => {
    await within(async (auth, asker, context) => {
      const reasons: string[] = [];
      auth.events.on("malformed", ({ reason }) => reasons.push(reason));
      const dealer = new Dealer({ context });
      dealer.connect(HANDLER);
      const good = ["1.0", "7", "test", "10.0.0.1", "", "NULL"];
      const answered = async (frames: Part[]) => {
        await dealer.send(["", ...frames]);
        const reply = await dealer.receive();
        assertFrames(reply.slice(0, 4), ["", "1.0", "7", "500"]);
      };
      await answered(good.with(0, "2.0"));
      await answered(good.slice(0, 5));
      await answered(good.slice(0, 2));
      await answered(good.with(5, ""));
      await answered(good.with(2, "x".repeat(256)));
      await dealer.send(["", "1.0"]);
      await dealer.send([""]);
      await dealer.send(["", "2.0", new Uint8Array(1000), "", "", "", ""]);
      await dealer.send(["no", "delimiter"]);
      assertEquals(await statusOf(asker.ask("test", "", "NULL")), 200);
      assertEquals(reasons, [
        "A version that is not 1.0",
        "5 frames in place of 6 or more",
        "2 frames in place of 6 or more",
        "No mechanism",
        "A field of more than 255 octets",
        "1 frames in place of 6 or more",
        "0 frames in place of 6 or more",
        "A version that is not 1.0",
        "No delimiter",
      ]);
      assertEquals(auth.counts, { allowed: 1, denied: 0, failed: 0, malformed: 9 });
      assertEquals(dealer.tryReceive?.(), undefined);
    });
  });

  it("never let anybody in and never end it, whatever they are", async () => {
    await within(async (auth, asker, context) => {
      auth.configurePlain({ passwords: { admin: "secret" } });
      const dealer = new Dealer({ context });
      dealer.connect(HANDLER);
      const parts = [
        "",
        "1.0",
        "7",
        "x",
        "10.0.0.1",
        "PLAIN",
        "CURVE",
        "admin",
        "wrong",
        new Uint8Array(300),
      ];
      let seed = 1;
      const next = (below: number) => (seed = seed * 48271 % 0x7fffffff) % below;
      for (let i = 0; i < 1000; i++) {
        await dealer.send(Array.from({ length: 1 + next(10) }, () => parts[next(parts.length)]!));
      }
      assertEquals(await statusOf(asker.ask("", "", "PLAIN", "admin", "secret")), 200);
      assertEquals(auth.counts.allowed, 1);
      assert(auth.counts.malformed > 500, `${auth.counts.malformed}`);
    });
  });
});

describe("Authenticator, events", () => {
  it("tell of each decision: over whom, how, and why, and never a password", async () => {
    await within(async (auth, asker) => {
      auth.configurePlain({ passwords: { admin: "secret" } });
      const events = auth.events[Symbol.asyncIterator]();
      await asker.ask("lab", "10.0.0.1", "PLAIN", "admin", "secret");
      await asker.ask("lab", "10.0.0.1", "PLAIN", "admin", "pa55word");
      await asker.ask("lab", "10.0.0.1", "CURVE", KEY);
      await asker.ask("lab", "10.0.0.1", "NULL");
      auth.close();
      const told: AuthenticatorEvent[] = [];
      for await (const event of events) told.push(event);
      const details = { domain: "lab", address: "10.0.0.1" };
      assertEquals(
        told.map((event) => {
          if (!("identity" in event)) return event;
          const { identity, ...rest } = event;
          assertBytes(identity, "SERVER");
          return "userId" in rest ? { ...rest, userId: String.fromCharCode(...rest.userId) } : rest;
        }) as unknown[],
        [
          { type: "allowed", ...details, mechanism: "PLAIN", user: "admin", userId: "admin" },
          {
            type: "denied",
            ...details,
            mechanism: "PLAIN",
            user: "admin",
            status: 400,
            reason: "Invalid username or password",
          },
          {
            type: "denied",
            ...details,
            mechanism: "CURVE",
            user: z85Encode(KEY),
            status: 400,
            reason: "Unknown domain",
          },
          { type: "allowed", ...details, mechanism: "NULL", userId: "" },
          { type: "end" },
        ],
      );
      assertEquals(auth.counts, { allowed: 2, denied: 2, failed: 0, malformed: 0 });
    });
  });

  it("wait for a slow reader, ten thousand of them, and end with the authenticator for all", async () => {
    await within(async (auth, asker) => {
      const slow = auth.events[Symbol.asyncIterator]();
      const left = auth.events[Symbol.asyncIterator]();
      await left.return!();
      const waiting = auth.events[Symbol.asyncIterator]();
      const next = waiting.next();
      for (let i = 0; i < 10_005; i++) await asker.ask(`${i}`, "", "NULL");
      assertEquals((await next).value.domain, "0");
      assertEquals((await slow.next()).value.domain, "5");
      assertEquals((await left.next()).done, true);
      auth.close();
      let last: AuthenticatorEvent | undefined;
      for await (const event of slow) last = event;
      assertEquals(last, { type: "end" });
      assertEquals((await auth.events[Symbol.asyncIterator]().next()).done, true);
    });
  });

  it("are heard no more after off", async () => {
    await within(async (auth, asker) => {
      let heard = 0;
      const listener = () => heard++;
      auth.events.on("allowed", listener);
      await asker.ask("", "", "NULL");
      auth.events.off("allowed", listener);
      await asker.ask("", "", "NULL");
      assertEquals(heard, 1);
    });
  });
});

describe("Authenticator, for servers over tcp", () => {
  it("lets a PLAIN client in by its password, and its messages say who it is", async () => {
    await within(async (auth, _asker, context) => {
      auth.configurePlain({
        domain: "lab",
        callback: ({ username, password, address }) =>
          username === "joe" && password === "wood" && { userId: "joseph", metadata: { From: address } },
      });
      const server = new Reply({ context, plainServer: true, zapDomain: "lab" });
      await server.bind("tcp://127.0.0.1:*");
      const client = new Request({ context, plainUsername: "joe", plainPassword: "wood" });
      client.connect(server.lastEndpoint!);
      await client.send("hello");
      const [frame] = await server.receive();
      assertBytes(frame!.metadata!.get("user-id")!, "joseph");
      assertBytes(frame!.metadata!.get("from")!, "127.0.0.1");
      await server.send("welcome");
      assertFrames(await client.receive(), ["welcome"]);

      const stranger = new Request({ context, linger: 0, plainUsername: "joe", plainPassword: "iron" });
      const refused = new Promise<number | undefined>((resolve) => {
        stranger.events.on("handshake:error:auth", ({ error }) => resolve(error.status));
      });
      stranger.connect(server.lastEndpoint!);
      assertEquals(await refused, 400);
      assertEquals(auth.counts, { allowed: 1, denied: 1, failed: 0, malformed: 0 });
    });
  });

  it("lets a CURVE client in by its key, and no other", async () => {
    await within(async (auth, _asker, context) => {
      const [serverKeys, known, unknown] = [curveKeyPair(), curveKeyPair(), curveKeyPair()];
      auth.configureCurve({ keys: [known.publicKey] });
      const server = new Reply({ context, curveServer: true, curveSecretKey: serverKeys.secretKey });
      await server.bind("tcp://127.0.0.1:*");
      const connect = ({ publicKey, secretKey }: typeof known) => {
        const client = new Request({
          context,
          linger: 0,
          curveServerKey: serverKeys.publicKey,
          curvePublicKey: publicKey,
          curveSecretKey: secretKey,
        });
        client.events.on("handshake:error:auth", ({ error }) => refusals.push(error.status));
        client.connect(server.lastEndpoint!);
        return client;
      };
      const refusals: (number | undefined)[] = [];
      const client = connect(known);
      await client.send("hello");
      const [frame] = await server.receive();
      assertBytes(frame!.metadata!.get("user-id")!, known.publicKey);
      const decided = new Promise<AuthenticatorEvent<"denied">>((resolve) =>
        auth.events.on("denied", resolve)
      );
      connect(unknown);
      const { user, reason, address } = await decided;
      assertEquals([user, reason, address], [unknown.publicKey, "Unknown key", "127.0.0.1"]);
      assertEquals(auth.counts, { allowed: 1, denied: 1, failed: 0, malformed: 0 });
    });
  });

  it("closed while a client waits for its callback: the client is refused, and the event says EPIPE", async () => {
    await within(async (auth, _asker, context) => {
      const server = new Reply({ context, plainServer: true });
      const failed = new Promise<string | undefined>((resolve) => {
        server.events.on("handshake:error:other", ({ error }) => resolve(error.code));
      });
      auth.configurePlain({
        callback: () => {
          auth.close();
          return new Promise(() => {});
        },
      });
      await server.bind("tcp://127.0.0.1:*");
      const client = new Request({ context, linger: 0, plainUsername: "joe", plainPassword: "wood" });
      client.connect(server.lastEndpoint!);
      assertEquals(await failed, "EPIPE");
    });
  });
});

/** A certificate as CZMQ and pyzmq write one, public key only. */
function certificate(publicKey: Uint8Array, metadata: string): string {
  return `#   ****  Generated on a day by a tool  ****
#   ZeroMQ CURVE Public Certificate

metadata
    ${metadata}
curve
    public-key = "${z85Encode(publicKey)}"
`;
}
