/**
 * RFC 6455 held by other people's implementations, over real sockets: what the Autobahn TestSuite lists as 1 to 7,
 * 9, 10 and 12, as far as it applies to ZWS (binary, no extensions). The numbers in the names are that suite's
 * cases. An Autobahn payload of N octets is a ZWS flag octet and a body of N - 1 here, because a ZWS message is
 * never empty; and RFC 45 refuses text, so cases with text are refused with 1003 or are made with binary.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { join, octets, pattern } from "../support/transcript.ts";
import { closeBody, zws } from "../unit/ws/wire.ts";
import type { FrameOptions } from "../unit/ws/wire.ts";
import { NULL, PLAIN, told, withEachWsPeer } from "./peers.ts";
import type { Heard, Host, PeerEnd } from "./peers.ts";

const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** Codes that a close frame may carry: 7.7.1 to 7.7.13. */
const GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
/** Codes that it may not: 7.9.1 and on. */
const BAD_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];

withEachWsPeer("RFC 6455, opening handshake", (test, role) => {
  if (role === "bound") {
    test("a sub-protocol of ours is chosen from what is offered, the one with a type first (ZW-2)", async (table) => {
      const offers: readonly (readonly [readonly string[], string])[] = [
        [[PLAIN], PLAIN],
        [["chat", PLAIN], PLAIN],
        ...(table.slashes
          ? [[[NULL], NULL], [[PLAIN, NULL], NULL], [["chat", NULL, "x"], NULL]] as const
          : []),
      ];
      for (const [protocols, chosen] of offers) {
        const { end } = await table.meet({ protocols });
        assertEquals(end.protocol, chosen, protocols.join(", "));
        await echoes(end, zws(0, "hello"));
      }
    });

    test("400 where none is offered that we speak, names compared with their case (ZW-2)", async (table) => {
      for (const protocols of [[], ["chat"], ["zws2.0", "ZWS2.1"]]) {
        const host = await table.host({ protocols });
        await assertRejects(() => host.open(), Error, "400");
      }
    });
  } else {
    test("ZWS's sub-protocols are offered, and any of them may be chosen (ZW-1)", async (table) => {
      for (const protocol of table.slashes ? [NULL, PLAIN] : [PLAIN]) {
        const { end } = await table.meet({ protocols: [protocol] });
        assertEquals([end.offered, end.protocol], [[NULL, PLAIN], protocol]);
        await echoes(end, zws(0, "hello"));
      }
    });

    test("a server that chooses none is left without a frame", async (table) => {
      const host = await table.host({ protocols: ["chat"] });
      const end = await host.open();
      assertEquals(end.protocol, "");
      const { error } = await host.watch.next("handshake:error:protocol");
      assertEquals(error?.code, "ERR_WS_HANDSHAKE");
    });
  }

  test("12, 13: permessage-deflate is not agreed on, and traffic goes on without it", async (table) => {
    const { end } = await table.meet({ deflate: true });
    assertEquals(end.extensions, "");
    await echoes(end, zws(0, "again ".repeat(1000)));
    await echoes(end, zws(0, "again ".repeat(10)), { fragments: [20, 0, 20] });
  });
});

withEachWsPeer("RFC 6455, messages", (test) => {
  test("1.2, 9.2: come back unchanged, of every size at the borders of the length's forms", async (table) => {
    const { end } = await table.meet();
    const sizes = [...range(1, 130), 65_534, 65_535, 65_536, 65_537, 1 << 20];
    const messages = sizes.map((size) => zws(0, pattern(size - 1, size)));
    await Promise.all(messages.map((message) => end.send(message)));
    assertEquals(
      await end.take(messages.length),
      messages.map((data) => ({ type: "message", data: told(data) })),
    );
  });

  test("1.2.8, 9.6: come back unchanged, whatever the pieces of the stream", async (table) => {
    const { end } = await table.meet();
    for (const [size, piece] of [[65_536, 997], [300, 1], [1 << 20, 16_384], [65_536, 64]] as const) {
      const message = zws(0, pattern(size - 1, piece));
      await end.raw(end.frame(message), piece);
      assertEquals(await end.next(), { type: "message", data: told(message) }, `${size} in ${piece}`);
    }
  });

  test("5.3 to 5.5, 5.15, 9.4, 10.1.1: fragments of any size are one message (ZW-10)", async (table) => {
    const { end } = await table.meet();
    const whole = zws(0, pattern(1 << 20, 3));
    for (
      const fragments of [
        [0],
        [1],
        [0, 0, 1, 0, 125, 126, 127, 0, 65_535, 65_536, 65_537, 0],
        [1 << 20, 1],
        Array.from({ length: 50 }, () => 1300),
        Array.from({ length: 1024 }, () => 1000),
      ]
    ) {
      await echoes(end, whole, { fragments });
    }
  });

  test("5.6 to 5.8: a ping between fragments is answered before the message", async (table) => {
    const { end } = await table.meet();
    const message = zws(0, "fragment1fragment2");
    await end.send(message, { fragments: [10], ping: octets("ping payload") });
    assertEquals(await end.take(2), [
      { type: "pong", data: told(octets("ping payload")) },
      { type: "message", data: told(message) },
    ]);
    const wire = join(
      end.frame(zws(0, "ab"), { fin: false }),
      end.frame("p", { opcode: PING }),
      end.frame("cd", { opcode: 0 }),
    );
    await end.raw(wire, 1);
    assertEquals(await end.take(2), [
      { type: "pong", data: told(octets("p")) },
      { type: "message", data: told(zws(0, "abcd")) },
    ]);
  });

  test("5.19, 5.20: a message of five fragments waits for the last, pings are answered at once", async (table) => {
    const { end } = await table.meet();
    await end.raw(join(
      end.frame(zws(0, "fragment1"), { fin: false }),
      end.frame("fragment2", { opcode: 0, fin: false }),
      end.frame("pongme 1!", { opcode: PING }),
    ));
    assertEquals(await end.next(), { type: "pong", data: told(octets("pongme 1!")) });
    await end.raw(join(
      end.frame("fragment3", { opcode: 0, fin: false }),
      end.frame("fragment4", { opcode: 0, fin: false }),
      end.frame("pongme 2!", { opcode: PING }),
    ));
    assertEquals(await end.next(), { type: "pong", data: told(octets("pongme 2!")) });
    await end.raw(end.frame("fragment5", { opcode: 0 }));
    const whole = zws(0, [1, 2, 3, 4, 5].map((i) => `fragment${i}`).join(""));
    assertEquals(await end.next(), { type: "message", data: told(whole) });
  });

  test("9.8: a thousand messages come back, each once and in order", async (table) => {
    const { end } = await table.meet();
    const sizes = [1, 16, 64, 256, 1024, 4096];
    const messages = range(0, 1000).map((i) => zws(0, pattern(sizes[i % 6]! - 1, i)));
    const heard = end.take(messages.length);
    await Promise.all(messages.map((message) => end.send(message)));
    assertEquals(await heard, messages.map((data) => ({ type: "message", data: told(data) })));
  });
});

withEachWsPeer("RFC 6455, 5.5: pings and pongs", (test) => {
  test("2.1 to 2.4, 2.6: a ping of 0 to 125 octets comes back as a pong of the same (ZW-12)", async (table) => {
    const { end } = await table.meet();
    const bodies = [
      new Uint8Array(0),
      octets("Hello, world!"),
      Uint8Array.of(0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff),
      new Uint8Array(125).fill(0xfe),
    ];
    for (const body of bodies) {
      await end.ping(body);
      assertEquals(await end.next(), { type: "pong", data: told(body) });
      await end.raw(end.frame(body, { opcode: PING }), 1);
      assertEquals(await end.next(), { type: "pong", data: told(body) });
    }
  });

  test("2.7 to 2.9: pongs that nobody asked for are ignored", async (table) => {
    const { end } = await table.meet();
    await end.pong(new Uint8Array(0));
    await end.pong(octets("unsolicited"));
    await end.ping(octets("ping"));
    assertEquals(await end.next(), { type: "pong", data: told(octets("ping")) });
    await echoes(end, zws(0, "on"));
  });

  test("2.10, 2.11: of ten pings in a row the last is answered; those before may be (5.5.3)", async (table) => {
    const { end } = await table.meet();
    for (const piece of [1000, 1]) {
      const bodies = range(0, 10).map((i) => octets(`payload-${i}`));
      await end.raw(join(...bodies.map((body) => end.frame(body, { opcode: PING }))), piece);
      const names = bodies.map(told);
      for (let last = -1; last < 9;) {
        const { type, data } = await end.next();
        const which = names.indexOf(data!);
        assert(type === "pong" && which > last, `${type} of ping ${which} after that of ${last}`);
        last = which;
      }
    }
    await echoes(end, zws(0, "on"));
  });
});

withEachWsPeer("RFC 6455, 7: closing", (test, role) => {
  test("7.1.1, 7.7.1 to 7.7.13: the peer's close frame is answered with its code", async (table) => {
    const host = await table.host();
    for (const code of GOOD_CODES) {
      const end = await host.meet();
      await echoes(end, zws(0, "before"));
      await end.close(code, "reason");
      assertEquals(await end.untilClose(), [{ type: "close", code, reason: "" }]);
      const { error } = await host.watch.next("disconnect");
      assertEquals(error?.code, code > 1001 ? "ERR_WS_CLOSED" : undefined, `after ${code}`);
    }
  });

  test("7.3.1, 7.3.3 to 7.3.5: a close frame may be empty, or have a reason of up to 123 octets", async (table) => {
    const host = await table.host();
    for (
      const [body, code] of [
        [new Uint8Array(0), 1005],
        [closeBody(1000), 1000],
        [closeBody(1000, "Hello World!"), 1000],
        [closeBody(1000, "*".repeat(123)), 1000],
        [closeBody(4000, "\u{1f600}é".repeat(20)), 4000],
      ] as const
    ) {
      const end = await host.meet();
      await end.raw(end.frame(body, { opcode: CLOSE }));
      assertEquals(await end.untilClose(), [{ type: "close", code, reason: "" }]);
    }
  });

  test("7.1.2 to 7.1.5: nothing is heard behind a close frame, and a message it cuts off is lost", async (table) => {
    const host = await table.host();
    const behind: readonly ((end: PeerEnd) => readonly Uint8Array[])[] = [
      (end) => [end.frame(closeBody(1000), { opcode: CLOSE }), end.frame(closeBody(1001), { opcode: CLOSE })],
      (end) => [end.frame(closeBody(1000), { opcode: CLOSE }), end.frame("late", { opcode: PING })],
      (end) => [end.frame(closeBody(1000), { opcode: CLOSE }), end.frame(zws(0, "late"))],
      (end) => [
        end.frame(zws(0, "cut "), { fin: false }),
        end.frame(closeBody(1000), { opcode: CLOSE }),
        end.frame("off", { opcode: 0 }),
      ],
    ];
    for (const frames of behind) {
      const end = await host.meet();
      await end.raw(join(...frames(end)));
      assertEquals(await end.untilClose(), [{ type: "close", code: 1000, reason: "" }]);
      await host.watch.next("disconnect");
    }
    assertEquals(host.received, []);
  });

  test("7.1.6: what came before a close frame has arrived, however large", async (table) => {
    const { host, end } = await table.meet();
    const message = zws(0, pattern(262_143, 1));
    await end.raw(join(
      end.frame(message),
      end.frame(closeBody(1000), { opcode: CLOSE }),
      end.frame("late", { opcode: PING }),
    ));
    const heard = await end.untilClose();
    assertEquals(heard.at(-1), { type: "close", code: 1000, reason: "" });
    assertEquals(heard.filter((each) => each.type !== "close" && each.type !== "message"), []);
    await host.watch.next("disconnect");
    assertEquals(host.received.map((body) => told(zws(0, body))), [told(message)]);
  });

  test("close, and disconnect or unbind, end a connection with 1000", async (table) => {
    const first = await table.meet();
    await echoes(first.end, zws(0, "before"));
    first.host.socket.close();
    assertEquals(await first.end.untilClose(), [{ type: "close", code: 1000, reason: "" }]);
    const second = await table.meet();
    await echoes(second.end, zws(0, "before"));
    const { socket, endpoint } = second.host;
    if (role === "bound") await socket.unbind(endpoint);
    else socket.disconnect(endpoint);
    assertEquals(await second.end.untilClose(), [{ type: "close", code: 1000, reason: "" }]);
  });
});

withEachWsPeer("RFC 6455, violations", (test, role) => {
  const bad = (payload: Uint8Array | string, options: FrameOptions) => (end: PeerEnd) =>
    end.frame(payload, options);

  test("1.1, 6: text is refused with 1003, well formed or not (RFC 45) (ZW-10)", async (table) => {
    const host = await table.host();
    for (const text of ["", "*".repeat(125), "*".repeat(65_536), "Hello-µ@ßöäüàá-UTF-8!!"]) {
      const end = await host.meet();
      await end.sendText(octets(text));
      await refused(end, 1003);
    }
    await refuses(host, 1003, [
      ["6.3.1", bad(Uint8Array.of(0xce, 0xba, 0xed, 0xa0, 0x80), { opcode: 1 })],
      ["6.4.1", bad(Uint8Array.of(0xce, 0xba, 0xf4, 0x90), { opcode: 1, fin: false })],
    ]);
  });

  test("2.5: a ping of 126 octets fails the connection with 1002 (ZW-10)", async (table) =>
    await refuses(await table.host(), 1002, [
      ["2.5", bad(new Uint8Array(126).fill(0xfe), { opcode: PING })],
    ]));

  test("3: reserved bits fail the connection with 1002", async (table) =>
    await refuses(await table.host(), 1002, [
      ...range(1, 8).map((rsv) => [`3, RSV ${rsv}`, bad(zws(0, "x"), { rsv })] as const),
      ["3.6", bad("ping", { opcode: PING, rsv: 6 })],
      ["3.7", bad(closeBody(1000), { opcode: CLOSE, rsv: 7 })],
    ]));

  test("4.1, 4.2: reserved opcodes fail the connection with 1002", async (table) =>
    await refuses(await table.host(), 1002, [
      ...range(3, 8).map((opcode) => [`4.1.${opcode - 2}`, bad("", { opcode })] as const),
      ...range(11, 16).map((opcode) => [`4.2.${opcode - 10}`, bad("reserved", { opcode })] as const),
    ]));

  test("5.1, 5.2, 5.9 to 5.14, 5.16 to 5.18: fragments out of order fail it with 1002", async (table) =>
    await refuses(await table.host(), 1002, [
      ["5.1", bad("fragment1", { opcode: PING, fin: false })],
      ["5.2", bad("fragment1", { opcode: PONG, fin: false })],
      ["5.9", bad("non-continuation payload", { opcode: 0 })],
      ["5.12", bad("non-continuation payload", { opcode: 0, fin: false })],
      [
        "5.15",
        (end) =>
          join(
            end.frame(zws(0, "1"), { fin: false }),
            end.frame("2", { opcode: 0 }),
            end.frame("3", { opcode: 0, fin: false }),
          ),
        "12",
      ],
      ["5.18", (end) => join(end.frame(zws(0, "1"), { fin: false }), end.frame(zws(0, "2")))],
    ]));

  test("7.3.2, 7.3.6, 7.9: what no close frame may say fails it with 1002", async (table) =>
    await refuses(await table.host(), 1002, [
      ["7.3.2", bad("a", { opcode: CLOSE })],
      ["7.3.6", bad(closeBody(1000, "*".repeat(124)), { opcode: CLOSE })],
      ...BAD_CODES.map((code) =>
        [`7.9, ${code}`, bad(closeBody(code, "reason"), { opcode: CLOSE })] as const
      ),
    ]));

  test("7.5.1: a reason that is no UTF-8 fails it with 1007", async (table) =>
    await refuses(await table.host(), 1007, [
      ["7.5.1", bad(closeBody(1000, Uint8Array.of(0xce, 0xba, 0xed, 0xa0, 0x80, 0x65)), { opcode: CLOSE })],
    ]));

  test("frames masked as only the other side may mask them fail it with 1002 (RFC 6455, 5.1)", async (table) =>
    await refuses(await table.host(), 1002, [
      [
        "RFC 6455, 5.1",
        bad(zws(0, "x"), { key: role === "bound" ? undefined : [1, 2, 3, 4] } as FrameOptions),
      ],
    ]));

  test("1.2.1: an empty message has no flag octet and fails it with 1008 (RFC 45) (ZW-10)", async (table) => {
    const { end } = await table.meet();
    await end.send(new Uint8Array(0));
    await refused(end, 1008);
  });

  test("9: a message above maxMessageSize fails it with 1009, whole or in fragments (ZW-11)", async (table) => {
    const host = await table.host({ socket: { maxMessageSize: 1000 } });
    for (const fragments of [[], [500, 0, 500]]) {
      const end = await host.meet();
      await echoes(end, zws(0, pattern(1000)));
      await end.send(zws(0, pattern(1001)), { fragments });
      await refused(end, 1009);
      const { error } = await host.watch.next("disconnect");
      assertEquals(error?.code, "ERR_ZMTP_MESSAGE_TOO_LONG");
    }
  });
});

/** A message that has to come back as it is. */
async function echoes(
  end: PeerEnd,
  message: Uint8Array,
  how: { fragments?: readonly number[] } = {},
): Promise<void> {
  await end.send(message, how);
  assertEquals(await end.next(), { type: "message", data: told(message) });
}

/**
 * Each of these after a message, and before another: ours closes with this code and the one connection alone, says
 * so, and hears nothing of what came behind, but what is whole in the case itself (its third element). In one piece and octet by octet.
 */
async function refuses(
  host: Host,
  code: number,
  cases: readonly (readonly [string, (end: PeerEnd) => Uint8Array, heard?: string])[],
): Promise<void> {
  for (const [name, wire, ...heard] of cases) {
    for (const piece of [100_000, 1]) {
      host.received.length = 0;
      const end = await host.meet();
      await end.raw(join(end.frame(zws(0, "good")), wire(end), end.frame(zws(0, "behind"))), piece);
      await refused(end, code, name);
      const { error } = await host.watch.next("disconnect");
      assertEquals(error?.code, "ERR_WS_PROTOCOL", name);
      assertEquals(host.received.map((body) => new TextDecoder().decode(body)), ["good", ...heard], name);
    }
  }
}

/** The peer hears a close frame with this code, and before it no more than echoes. */
async function refused(end: PeerEnd, code: number, name?: string): Promise<void> {
  const heard = await end.untilClose();
  const last = heard.pop() as Heard;
  assertEquals([last.type, last.code], ["close", code], `${name}: ${last.text ?? ""}`);
  assertEquals(heard.filter((each) => each.type !== "message"), [], name);
}

/** The numbers from the first up to the second, without it. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
