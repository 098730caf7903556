import { assertEquals, assertNotStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ProtocolErrorCode } from "../../../src/base/errors.ts";
import { PlainClient, PlainServer } from "../../../src/mechanism/plain.ts";
import { assertBytes } from "../../support/bytes.ts";
import { assertRefused, hear, say } from "../../support/mechanisms.ts";
import { join, octets, pattern, property } from "../../support/transcript.ts";

const DEALER = property("Socket-Type", "DEALER");
const ROUTER = property("Socket-Type", "ROUTER");
const HELLO = "\x05HELLO\x05admin\x06secret";
const UNEXPECTED = "ERR_ZMTP_UNEXPECTED_COMMAND";
const BAD_HELLO = "ERR_ZMTP_MALFORMED_COMMAND_HELLO";

function client(
  username: string | Uint8Array = "admin",
  password: string | Uint8Array = "secret",
): PlainClient {
  const bytes = (text: string | Uint8Array) => typeof text === "string" ? octets(text) : text;
  return new PlainClient([["Socket-Type", octets("DEALER")]], bytes(username), bytes(password));
}

function server(): PlainServer {
  return new PlainServer([["Socket-Type", octets("ROUTER")]]);
}

/** A server whose handler has let the client in, and that has said so. */
function welcoming(): PlainServer {
  const side = server();
  hear(side, octets(HELLO));
  side.inquiry();
  side.authenticated();
  say(side);
  return side;
}

/** A client that waits for WELCOME, or for READY. */
function waiting(due: "WELCOME" | "READY"): PlainClient {
  const side = client();
  say(side);
  if (due === "READY") {
    hear(side, octets("\x07WELCOME"));
    say(side);
  }
  return side;
}

describe("PLAIN (RFC 24)", () => {
  it("speaks HELLO, WELCOME, INITIATE, READY, each in its turn and to the octet", () => {
    const [c, s] = [client(), server()];
    assertEquals(s.nextCommand(), undefined);
    const hello = say(c);
    assertBytes(hello, HELLO);
    assertEquals(c.nextCommand(), undefined);
    hear(s, hello);
    assertEquals(s.nextCommand(), undefined);
    assertEquals(s.inquiry()!.mechanism, "PLAIN");
    assertEquals(s.nextCommand(), undefined);
    s.authenticated();
    const welcome = say(s);
    assertBytes(welcome, "\x07WELCOME");
    assertEquals(s.nextCommand(), undefined);
    hear(c, welcome);
    const initiate = say(c);
    assertBytes(initiate, join(octets("\x08INITIATE"), DEALER));
    assertEquals(c.nextCommand(), undefined);
    assertEquals(s.peer, undefined);
    hear(s, initiate);
    assertBytes(s.peer!.get("socket-type")!, "DEALER");
    assertEquals(s.done, false);
    const ready = say(s);
    assertBytes(ready, join(octets("\x05READY"), ROUTER));
    assertEquals(s.done, true);
    assertEquals(c.done, false);
    hear(c, ready);
    assertBytes(c.peer!.get("socket-type")!, "ROUTER");
    assertEquals(c.done, true);
    assertEquals([c.nextCommand(), s.nextCommand()], [undefined, undefined]);
    assertEquals(c.name, "PLAIN");
    assertEquals([c.refuses, s.refuses], [false, true]);
  });

  it("hands user name and password to the handler octet for octet, 0 to 255 of them", () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (
      const [username, password] of [
        [new Uint8Array(0), new Uint8Array(0)],
        [octets("u"), new Uint8Array(0)],
        [new Uint8Array(0), octets("p")],
        [octets("user\0"), octets("secret\0\0")],
        [all.subarray(0, 255), all.subarray(1)],
        [pattern(255), pattern(255, 1)],
      ] as const
    ) {
      const side = server();
      hear(side, say(client(username, password)));
      const { credentials } = side.inquiry()!;
      assertEquals(credentials.length, 2);
      assertBytes(credentials[0]!, username);
      assertBytes(credentials[1]!, password);
    }
  });

  it("asks the handler once, always, and goes on by its word alone", () => {
    const side = server();
    assertEquals(side.inquiry(), undefined);
    side.authenticated();
    assertEquals(side.nextCommand(), undefined);
    hear(side, octets(HELLO));
    side.authenticated();
    assertEquals(side.nextCommand(), undefined, "a word before the question");
    assertEquals(side.inquiry()!.credentials.length, 2);
    assertEquals(side.inquiry(), undefined);
    assertRefused(side, octets("\x08INITIATE"), UNEXPECTED, "before the handler's word");
    side.authenticated();
    assertEquals(side.nextCommand(), undefined, "after a refusal");
  });

  it("forgets credentials that nobody was asked about", () => {
    const side = server();
    hear(side, octets(HELLO));
    side.end();
    assertEquals(side.inquiry(), undefined);
    const other = server();
    hear(other, octets(HELLO));
    assertNotStrictEquals(other.inquiry(), undefined);
  });

  it("is done for good: the end of the connection changes nothing of who the peer was", () => {
    const side = welcoming();
    hear(side, join(octets("\x08INITIATE"), DEALER));
    say(side);
    side.end();
    assertEquals(side.done, true);
    assertBytes(side.peer!.get("socket-type")!, "DEALER");
  });

  describe("a server refuses", () => {
    const hellos: readonly (readonly [string, string, ProtocolErrorCode])[] = [
      ["a HELLO without a user name", "\x05HELLO", BAD_HELLO],
      ["a user name without its octets", "\x05HELLO\x05", BAD_HELLO],
      ["a user name cut short", "\x05HELLO\x05admi", BAD_HELLO],
      ["a user name alone", "\x05HELLO\x05admin", BAD_HELLO],
      ["an empty user name alone", "\x05HELLO\0", BAD_HELLO],
      ["a password without its octets", "\x05HELLO\x05admin\x06", BAD_HELLO],
      ["a password cut short", "\x05HELLO\x05admin\x06secre", BAD_HELLO],
      ["a password that overruns by far", "\x05HELLO\x05admin\xffsecret", BAD_HELLO],
      ["an octet behind the password", `${HELLO}\0`, BAD_HELLO],
      ["an octet behind two empty ones", "\x05HELLO\0\0\0", BAD_HELLO],
      ["INITIATE first", "\x08INITIATE", UNEXPECTED],
      ["READY first", "\x05READY", UNEXPECTED],
      ["WELCOME first", "\x07WELCOME", UNEXPECTED],
      ["ERROR from a client", "\x05ERROR\x03400", UNEXPECTED],
      ["a name in other letters", "\x05hello\x05admin\x06secret", UNEXPECTED],
      ["a name padded to eight octets (RFC 24's text)", "\x08HELLO   \x05admin\x06secret", UNEXPECTED],
    ];
    for (const [what, body, code] of hellos) {
      it(what, () => {
        const side = server();
        assertRefused(side, latin(body), code);
        assertEquals(side.nextCommand(), undefined);
        assertRefused(side, octets(HELLO), UNEXPECTED, "HELLO after it");
      });
    }

    it("every HELLO that is cut, anywhere", () => {
      for (let length = 6; length < HELLO.length; length++) {
        assertRefused(server(), octets(HELLO.slice(0, length)), BAD_HELLO, `${length} octets`);
      }
    });

    it("a second HELLO, asked, welcomed or done", () => {
      const asked = server();
      hear(asked, octets(HELLO));
      assertRefused(asked, octets(HELLO), UNEXPECTED);
      assertRefused(welcoming(), octets(HELLO), UNEXPECTED);
      const done = welcoming();
      hear(done, join(octets("\x08INITIATE"), DEALER));
      assertRefused(done, octets(HELLO), UNEXPECTED, "before READY went out");
    });

    it("an INITIATE whose metadata break off, anywhere, or break the grammar", () => {
      const CODE = "ERR_ZMTP_MALFORMED_COMMAND_INITIATE";
      const whole = join(octets("\x08INITIATE"), DEALER);
      for (let length = 10; length < whole.length; length++) {
        assertRefused(welcoming(), whole.slice(0, length), CODE, `${length} octets`);
      }
      assertRefused(welcoming(), octets("\x08INITIATE\0\0\0\0\0"), CODE, "a name of no octets");
      assertRefused(welcoming(), latin("\x08INITIATE\x01A\x80\0\0\0"), CODE, "a value of 2^31 octets");
    });
  });

  describe("a client refuses", () => {
    it("anything before it has said HELLO", () => {
      for (const body of ["\x07WELCOME", "\x05READY", HELLO]) {
        assertRefused(client(), octets(body), UNEXPECTED);
      }
    });

    it("other than WELCOME after HELLO, and a WELCOME with data", () => {
      for (const body of ["\x05READY", HELLO, "\x08INITIATE", "\x07MESSAGE", "\x07welcome"]) {
        const side = waiting("WELCOME");
        assertRefused(side, octets(body), UNEXPECTED);
        assertEquals(side.nextCommand(), undefined);
        assertRefused(side, octets("\x07WELCOME"), UNEXPECTED, "WELCOME after it");
      }
      assertRefused(waiting("WELCOME"), octets("\x07WELCOME\0"), "ERR_ZMTP_MALFORMED_COMMAND_WELCOME");
    });

    it("READY before it has said INITIATE", () => {
      const side = waiting("WELCOME");
      hear(side, octets("\x07WELCOME"));
      assertRefused(side, octets("\x05READY"), UNEXPECTED);
    });

    it("other than READY after INITIATE, and malformed metadata", () => {
      for (const body of ["\x07WELCOME", HELLO, "\x08INITIATE"]) {
        assertRefused(waiting("READY"), octets(body), UNEXPECTED);
      }
      const whole = join(octets("\x05READY"), ROUTER);
      for (let length = 7; length < whole.length; length++) {
        assertRefused(waiting("READY"), whole.slice(0, length), "ERR_ZMTP_MALFORMED_COMMAND_READY");
      }
      const side = waiting("READY");
      hear(side, whole);
      assertEquals(side.done, true);
    });
  });

  it("two servers say nothing to each other, two clients refuse each other's HELLO", () => {
    assertEquals([server().nextCommand(), server().nextCommand()], [undefined, undefined]);
    assertRefused(waiting("WELCOME"), say(client()), UNEXPECTED);
  });
});

/** One octet a character. */
function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
