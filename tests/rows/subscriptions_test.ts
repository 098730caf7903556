/**
 * Rows of subscriptions that no other file asserts: what XPUB tells its program, and what is left of a subscription
 * when the connection that it came by is closed. Raw subscribers over tcp.
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { test, texts } from "../interop/scope.ts";
import { command, message, RawListener, RawPeer, target, text } from "../wire/raw.ts";

const subscribe = (topic: string) => command("SUBSCRIBE", topic);
const cancel = (topic: string) => command("CANCEL", topic);

describe("XPUB", () => {
  for (
    const [verbosity, expected] of [
      [null, ["\x01a", "\x00a"]],
      ["allSubs", ["\x01a", "\x01a", "\x01a", "\x00a"]],
      ["allSubsUnsubs", ["\x01a", "\x01a", "\x01a", "\x00a", "\x00a"]],
    ] as const
  ) {
    test(`with verbosity ${verbosity} is told of ${expected.length} changes of one topic by two subscribers (PS-9)`, async (scope) => {
      const { socket } = await target(scope, "XPublisher", { verbosity });
      const peers = [await RawPeer.dial(scope, socket), await RawPeer.dial(scope, socket)];
      for (const peer of peers) await peer.handshake("SUB");
      const told: string[] = [];
      // A mark of each peer's own follows what it says, so that the next one speaks when this one was heard.
      const saying = async (peer: RawPeer, what: Uint8Array, mark: string) => {
        peer.send(what, message(`\x02${mark}`));
        while (told.at(-1) !== `\x02${mark}`) told.push(...texts(await socket.receive()));
      };
      await saying(peers[0]!, subscribe("a"), "1");
      await saying(peers[0]!, subscribe("a"), "2");
      await saying(peers[1]!, subscribe("a"), "3");
      await saying(peers[0]!, cancel("a"), "4");
      await saying(peers[1]!, cancel("a"), "5");
      assertEquals(told.filter((notice) => !notice.startsWith("\x02")), [...expected]);
    });
  }
});

describe("SUB and XSUB", () => {
  for (const name of ["Subscriber", "XSubscriber"] as const) {
    test(`${name}: its subscriptions end with the connection that it closes, without a CANCEL, as in libzmq (PS-13)`, async (scope) => {
      const { socket: xpub } = await target(scope, "XPublisher");
      const sub = scope.socket(name);
      sub.connect(xpub.lastEndpoint!);
      await join(sub, "news");
      assertEquals(texts(await xpub.receive()), ["\x01news"]);
      sub.close();
      assertEquals(texts(await xpub.receive()), ["\x00news"]);

      // RFC 29 would have a CANCEL before the end of the connection, and no implementation sends it.
      const listener = await RawListener.open(scope);
      const other = scope.socket(name);
      other.connect(listener.address);
      await join(other, "news");
      const pub = await listener.accept();
      await pub.handshake("PUB");
      await pub.frame();
      other.close();
      assertEquals(text(await pub.closed()), "");
    });
  }
});

/** Subscribes, in the way of the type. */
async function join(
  socket: { subscribe?: (topic: string) => void; send(message: string): Promise<void> },
  topic: string,
): Promise<void> {
  if (socket.subscribe) socket.subscribe(topic);
  else await socket.send(`\x01${topic}`);
}
