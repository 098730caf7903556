/**
 * The way of a question to the authentication handler and back, without any mechanism: the sockets' context, a
 * handler made of public sockets, and requests as the handshakes would ask them.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Context, Dealer, Pull, Reply, Router } from "../../../mod.ts";
import { ProtocolError } from "../../../src/base/errors.ts";
import type { ZapReply } from "../../../src/mechanism/zap.ts";
import { contextCore } from "../../../src/socket/context.ts";
import { coreOf } from "../../../src/socket/symbols.ts";
import { askZap, UNASKED, zapOf } from "../../../src/socket/zap_client.ts";
import type { ZapClient } from "../../../src/socket/zap_client.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { octets, property } from "../../support/transcript.ts";

const HANDLER = "inproc://zeromq.zap.01";
const ORIGIN = { domain: "test", address: "10.0.0.1", identity: octets("") };
const NULL = { mechanism: "NULL", credentials: [] };
const PLAIN = { mechanism: "PLAIN", credentials: [octets("admin"), octets("secret")] };
const CURVE = { mechanism: "CURVE", credentials: [new Uint8Array(32)] };

type Answer = ZapReply | ProtocolError;

function setting(): { context: Context; client: ZapClient; ask(domain?: string): Promise<Answer> } {
  const context = new Context({ blocky: false });
  const client = zapOf(contextCore(context));
  const ask = (domain = "test") =>
    new Promise<Answer>((resolve) => client.ask(PLAIN, { ...ORIGIN, domain }, resolve));
  return { context, client, ask };
}

/** What was answered: the status, or the code of the error. */
function said(answer: Answer): string | number {
  return answer instanceof ProtocolError ? answer.code : answer.status;
}

describe("the ZAP client, without a handler (ZA-9)", () => {
  for (
    const [name, inquiry, domain, expected] of [
      ["PLAIN is refused", PLAIN, "", "EFAULT"],
      ["PLAIN with a domain is refused", PLAIN, "test", "EFAULT"],
      ["NULL with a domain is refused", NULL, "test", "EFAULT"],
      ["CURVE with a domain is refused", CURVE, "test", "EFAULT"],
      ["CURVE without a domain is let in, as in libzmq", CURVE, "", 200],
    ] as const
  ) {
    it(name, async () => {
      const { context, client } = setting();
      let inside = true;
      const answer = await new Promise<Answer>((resolve) => {
        client.ask(inquiry, { ...ORIGIN, domain }, (answer) => {
          assert(!inside, "answered inside of ask");
          resolve(answer);
        });
        inside = false;
      });
      assertEquals(said(answer), expected);
      if (expected === 200) assert(answer === UNASKED);
      assertEquals(client.waiting, 0);
      await context.close();
    });
  }

  it("of this context, one of another context is none", async () => {
    const { context, ask } = setting();
    const other = new Context({ blocky: false });
    const handler = new Reply({ context: other });
    await handler.bind(HANDLER);
    assertEquals(said(await ask()), "EFAULT");
    await other.close();
    await context.close();
  });

  it("but a socket that cannot be one: nobody is let in, not even with CURVE and no domain", async () => {
    const { context, client } = setting();
    const pull = new Pull({ context });
    await pull.bind(HANDLER);
    const answer = await new Promise<Answer>((resolve) =>
      client.ask(CURVE, { ...ORIGIN, domain: "" }, resolve)
    );
    assertEquals(said(answer), "EPIPE");
    await context.close();
  });
});

describe("the ZAP client, with a handler", () => {
  it("asks a REP in the frames of RFC 27, with what the socket says of itself and the peer's address (ZA-1, ZA-2, ZA-5)", async () => {
    const { context } = setting();
    const handler = new Reply({ context });
    await handler.bind(HANDLER);
    const server = new Router({ context, routingId: "IDENT" });
    coreOf(server).options.zapDomain = "global";
    const answer = new Promise<Answer>((resolve) => {
      askZap(coreOf(server), PLAIN, "[::ffff:127.0.0.1]:40312", resolve);
    });
    const [version, id, ...rest] = await handler.receive();
    assertBytes(version!, "1.0");
    assertFrames(rest, ["global", "127.0.0.1", "IDENT", "PLAIN", "admin", "secret"]);
    await handler.send(["1.0", id!, "200", "OK", "joe\u0007", property("Name", "Joe")]);
    const reply = await answer;
    assert(!(reply instanceof ProtocolError), String(reply));
    assertBytes(reply.userId, "joe\u0007");
    assertBytes(reply.metadata.get("name")!, "Joe");
    await context.close();
  });

  it("asks a ROUTER and a DEALER with the delimiter, and finds its requests in any order of replies (ZA-1, ZA-12)", async () => {
    for (const Type of [Router, Dealer]) {
      const { context, client, ask } = setting();
      const handler = new Type({ context });
      await handler.bind(HANDLER);
      const count = 50;
      const asked = Array.from({ length: count }, (_, i) => ask(`domain ${i}`));
      const requests = [];
      while (requests.length < count) requests.push(await handler.receive());
      const ids = new Set<string>();
      for (const request of requests.reverse()) {
        const at = request.findIndex(({ length }) => length === 0);
        const [version, id, domain] = request.slice(at + 1);
        ids.add(String(id));
        await handler.send([...request.slice(0, at + 1), version!, id!, "200", "", `user of ${domain}`, ""]);
      }
      assertEquals(ids.size, count);
      for (const [i, answer] of (await Promise.all(asked)).entries()) {
        assertBytes((answer as ZapReply).userId, `user of domain ${i}`);
      }
      assertEquals(client.waiting, 0);
      await context.close();
    }
  });

  for (
    const [name, make, expected] of [
      ["status 300", (id) => ["1.0", id, "300", "", "", ""], 300],
      ["status 400", (id) => ["1.0", id, "400", "", "", ""], 400],
      ["status 500", (id) => ["1.0", id, "500", "", "", ""], 500],
      ["a wrong version", (id) => ["invalid", id, "200", "", "", ""], "ERR_ZAP_BAD_VERSION"],
      ["a wrong request id", () => ["1.0", "invalid", "200", "", "", ""], "ERR_ZAP_BAD_REQUEST_ID"],
      ["a wrong status", (id) => ["1.0", id, "invalid", "", "", ""], "ERR_ZAP_INVALID_STATUS_CODE"],
      ["the status 2000", (id) => ["1.0", id, "2000", "", "", ""], "ERR_ZAP_INVALID_STATUS_CODE"],
      ["one frame too few", (id) => ["1.0", id, "200", "", ""], "ERR_ZAP_MALFORMED_REPLY"],
      ["one frame too many", (id) => ["1.0", id, "200", "", "", "", ""], "ERR_ZAP_MALFORMED_REPLY"],
      ["nothing but a version", () => ["1.0"], "ERR_ZAP_MALFORMED_REPLY"],
      ["wrong metadata", (id) => ["1.0", id, "200", "", "", "\x05x"], "ERR_ZAP_INVALID_METADATA"],
    ] as readonly [string, (id: string) => string[], string | number][]
  ) {
    it(`tells of ${name}, and the next request is answered as if nothing had been (ZA-6, X-93)`, async () => {
      const { context, client, ask } = setting();
      const handler = new Reply({ context });
      await handler.bind(HANDLER);
      const first = ask();
      await handler.send(make(String((await handler.receive())[1])));
      assertEquals(said(await first), expected);
      const second = ask();
      await handler.send(["1.0", (await handler.receive())[1]!, "200", "", "", ""]);
      assertEquals(said(await second), 200);
      assertEquals(client.waiting, 0);
      await context.close();
    });
  }

  it("a reply with a wrong id is the oldest request's, for a REP answers in order", async () => {
    const { context, ask } = setting();
    const handler = new Reply({ context });
    await handler.bind(HANDLER);
    const [first, second] = [ask("first"), ask("second")];
    await handler.receive();
    await handler.send(["1.0", "no id of yours", "200", "", "", ""]);
    assertEquals(said(await first), "ERR_ZAP_BAD_REQUEST_ID");
    await handler.send(["1.0", (await handler.receive())[1]!, "200", "", "", ""]);
    assertEquals(said(await second), 200);
    await context.close();
  });

  it("a reply that comes twice, or for a connection that has ended, is dropped and counted", async () => {
    const { context, client, ask } = setting();
    const handler = new Dealer({ context });
    await handler.bind(HANDLER);
    let answered = 0;
    const forget = client.ask(PLAIN, ORIGIN, () => answered++);
    const gone = String((await handler.receive())[2]);
    forget();
    assertEquals(client.waiting, 0);
    const second = ask();
    const id = String((await handler.receive())[2]);
    const reply = (id: string, status: string) => handler.send(["", "1.0", id, status, "", "", ""]);
    await reply(gone, "200");
    await reply(id, "400");
    await reply(id, "200");
    assertEquals(said(await second), 400);
    const third = ask();
    await reply(String((await handler.receive())[2]), "200");
    assertEquals(said(await third), 200);
    assertEquals([answered, client.dropped], [0, 2]);
    // And what answers nothing at all.
    await handler.send(["junk"]);
    await reply("nobody's", "200");
    const fourth = ask();
    await reply(String((await handler.receive())[2]), "200");
    assertEquals([said(await fourth), client.dropped], [200, 4]);
    await context.close();
  });

  it("a handler that never reads cannot make more of a request than its connection keeps", async () => {
    const { context, client } = setting();
    const handler = new Router({ context, receiveHighWaterMark: 10 });
    await handler.bind(HANDLER);
    let answered = 0;
    for (let i = 0; i < 5000; i++) client.ask(PLAIN, ORIGIN, () => answered++)();
    assertEquals(client.waiting, 0);
    // The handler's queue has what both marks allow; the rest left nothing behind.
    assertEquals(coreOf(handler).pattern.queued, 1010);
    const last = new Promise<Answer>((resolve) => client.ask(PLAIN, ORIGIN, resolve));
    for (let i = 0; i < 1010; i++) await handler.receive();
    const request = await handler.receive();
    await handler.send([...request.slice(0, 4), "200", "", "", ""]);
    assertEquals(said(await last), 200);
    assertEquals(answered, 0);
    await context.close();
  });

  it("a thousand requests that fail leave nothing (V-13)", async () => {
    const { context, client, ask } = setting();
    const handler = new Reply({ context });
    await handler.bind(HANDLER);
    for (let i = 0; i < 1000; i++) {
      const answer = ask();
      await handler.send(["1.0", (await handler.receive())[1]!, "400", "", "", ""]);
      assertEquals(said(await answer), 400);
    }
    assertEquals([client.waiting, client.dropped], [0, 0]);
    assertEquals([...coreOf(handler).endpoints.pipes()].length, 1);
    await context.close();
  });
});

describe("the ZAP client, when the handler ends", () => {
  for (
    const [name, reads] of [["after it has read the request", true], ["without reading", false]] as const
  ) {
    for (const end of ["close", "unbind"] as const) {
      it(`by ${end} ${name}: EPIPE for all that wait, and a new handler answers the next (ZA-11)`, async () => {
        const { context, client, ask } = setting();
        const first = new Reply({ context });
        await first.bind(HANDLER);
        const asked = [ask(), ask(), ask()];
        if (reads) await first.receive();
        if (end === "close") first.close();
        else await first.unbind(HANDLER);
        assertEquals((await Promise.all(asked)).map(said), ["EPIPE", "EPIPE", "EPIPE"]);
        assertEquals(said(await ask()), "EFAULT");

        const second = new Router({ context });
        await second.bind(HANDLER);
        const answer = ask();
        const request = await second.receive();
        await second.send([...request.slice(0, 4), "200", "", "", ""]);
        assertEquals(said(await answer), 200);
        assertEquals(client.waiting, 0);
        await context.close();
      });
    }
  }

  it("with its context: EPIPE, and the line holds the context up for nothing", async () => {
    const { context, ask } = setting();
    const handler = new Router({ context });
    await handler.bind(HANDLER);
    const asked = ask();
    await handler.receive();
    await context.close();
    assertEquals(said(await asked), "EPIPE");
  });

  it("having given its name to another, what it was asked is still answered", async () => {
    const { context, ask } = setting();
    const first = new Router({ context });
    await first.bind(HANDLER);
    const asked = ask();
    const request = await first.receive();
    coreOf(first).endpoints.stopListening();
    const second = new Router({ context });
    await second.bind(HANDLER);
    const next = ask();
    const other = await second.receive();
    await second.send([...other.slice(0, 4), "400", "", "", ""]);
    await first.send([...request.slice(0, 4), "200", "", "", ""]);
    assertEquals([said(await asked), said(await next)], [200, 400]);
    await Promise.resolve();
    // The line that nobody needs any more has ended.
    assertEquals([first, second].map((each) => [...coreOf(each).endpoints.pipes()].length), [0, 1]);
    await context.close();
  });
});

describe("the ZAP client, with a handler in another thread", () => {
  /** Two contexts that share their names, as those of two threads do. */
  async function threads(): Promise<{ above: Context; below: Context; end(): Promise<void> }> {
    const above = new Context({ blocky: false });
    const below = new Context({ blocky: false });
    const { port1, port2 } = new MessageChannel();
    above.attach(port1);
    await below.join(port2);
    const end = async () => {
      await below.close();
      await above.close();
      port1.close();
      port2.close();
    };
    return { above, below, end };
  }

  it("asks it", async () => {
    const { above, below, end } = await threads();
    const handler = new Reply({ context: above });
    await handler.bind(HANDLER);
    const client = zapOf(contextCore(below));
    for (const status of ["200", "400"]) {
      const answer = new Promise<Answer>((resolve) => client.ask(PLAIN, ORIGIN, resolve));
      await handler.send(["1.0", (await handler.receive())[1]!, status, "", "", ""]);
      assertEquals(said(await answer), Number(status));
    }
    await end();
  });

  it("that is none: refused, and found when it comes", async () => {
    const { above, below, end } = await threads();
    const client = zapOf(contextCore(below));
    const ask = () => new Promise<Answer>((resolve) => client.ask(PLAIN, ORIGIN, resolve));
    assertEquals(said(await ask()), "EFAULT");
    const handler = new Reply({ context: above });
    await handler.bind(HANDLER);
    const answer = ask();
    await handler.send(["1.0", (await handler.receive())[1]!, "200", "", "", ""]);
    assertEquals(said(await answer), 200);
    await end();
  });

  it("that ends: EPIPE", async () => {
    const { above, below, end } = await threads();
    const handler = new Reply({ context: above });
    await handler.bind(HANDLER);
    const client = zapOf(contextCore(below));
    const answer = new Promise<Answer>((resolve) => client.ask(PLAIN, ORIGIN, resolve));
    await handler.receive();
    handler.close();
    assertEquals(said(await answer), "EPIPE");
    await end();
  });
});
