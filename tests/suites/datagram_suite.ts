/**
 * What every adapter's datagrams owe the engine: the contract of `src/io/datagram.ts`. Multicast stays on the
 * loopback interface, with groups of the administratively scoped block (RFC 2365, 239.255.0.0/16).
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type {
  DatagramAddress,
  DatagramSettings,
  DatagramSink,
  DatagramSocket,
  DatagramTransport,
} from "../../src/io/datagram.ts";
import { pattern } from "./recorder.ts";

const LOOPBACK = "127.0.0.1";

/** Declares the tests. */
export function datagramSuite(name: string, transport: DatagramTransport): void {
  const opened: End[] = [];

  const open = async (settings: Partial<DatagramSettings> = {}): Promise<End> => {
    const end = new End();
    end.socket = await transport.open({ host: LOOPBACK, port: 0, ...settings }, end);
    opened.push(end);
    return end;
  };

  const test = (title: string, body: () => Promise<void>): void =>
    it(title, async () => {
      try {
        await body();
      } finally {
        for (const end of opened.splice(0)) {
          end.socket.close();
          end.socket.close();
          await end.closed;
          assertEquals(end.closes, [undefined], "onClose comes once, without an error");
          assertEquals(end.late, 0, "onClose comes last");
        }
      }
    });

  describe(`${name}: unicast`, () => {
    test("the local address has the port that the system chose", async () => {
      const { socket } = await open();
      assertEquals(socket.local.host, LOOPBACK);
      assert(socket.local.port > 0);
    });

    test("datagrams of 0 to 8192 octets arrive as they were sent, with the sender's address", async () => {
      const [a, b] = [await open(), await open()];
      for (const length of [0, 1, 1000, 8192]) {
        assertEquals(a.socket.send(pattern(length), b.socket.local), true);
        const { datagram, from } = await b.next();
        assertEquals(plain(datagram), pattern(length));
        assertEquals(from, a.socket.local);
      }
      b.socket.send(pattern(3), a.socket.local);
      assertEquals((await a.next()).from, b.socket.local);
    });

    test("a datagram's memory is the sink's to keep", async () => {
      const [a, b] = [await open(), await open()];
      const kept: Uint8Array[] = [];
      for (let i = 1; i <= 50; i++) {
        a.socket.send(pattern(100, i), b.socket.local);
        kept.push((await b.next()).datagram);
      }
      for (const [index, datagram] of kept.entries()) assertEquals(plain(datagram), pattern(100, index + 1));
    });

    test("what is sent in one turn leaves in its order, and before the socket is closed", async () => {
      const [a, b] = [await open(), await open()];
      for (let i = 0; i < 60; i++) assertEquals(a.socket.send(Uint8Array.of(i), b.socket.local), true);
      a.socket.close();
      for (let i = 0; i < 60; i++) assertEquals((await b.next()).datagram[0], i);
    });

    test("a port in use is EADDRINUSE", async () => {
      const { socket } = await open();
      const second = transport.open({ host: LOOPBACK, port: socket.local.port }, new End());
      assertEquals(await second.catch((error: { code?: unknown }) => error.code), "EADDRINUSE");
    });

    test("an address that this machine does not have is EADDRNOTAVAIL", async () => {
      const elsewhere = transport.open({ host: "192.0.2.1", port: 0 }, new End());
      assertEquals(await elsewhere.catch((error: { code?: unknown }) => error.code), "EADDRNOTAVAIL");
    });

    test("a closed socket sends nothing and frees its port", async () => {
      const end = await open();
      end.socket.close();
      await end.closed;
      assertEquals(end.socket.send(pattern(3), end.socket.local), false);
      const again = await open({ port: end.socket.local.port });
      assertEquals(again.socket.local, end.socket.local);
    });

    test("buffer sizes are asked for", async () => {
      const [a, b] = [await open({ sendBuffer: 65_536 }), await open({ receiveBuffer: 1 << 20 })];
      a.socket.send(pattern(10), b.socket.local);
      assertEquals((await b.next()).datagram.length, 10);
    });
  });

  describe(`${name}: multicast`, () => {
    /** A sender and so many members of a group, all on the loopback interface and one port. */
    const group = async (
      address: string,
      count: number,
      settings: Partial<DatagramSettings> = {},
    ): Promise<{ sender: End; members: End[]; to: DatagramAddress }> => {
      const sender = await open({ outgoingInterface: LOOPBACK, loopback: true, ttl: 1, ...settings });
      const members: End[] = [];
      let port = 0;
      for (let i = 0; i < count; i++) {
        const member = await open({ host: address, port, reuse: true });
        port = member.socket.local.port;
        members.push(member);
      }
      return { sender, members, to: { host: address, port } };
    };

    test("members of a group share the port with reuse, and all hear the sender", async () => {
      const { sender, members, to } = await group("239.255.77.1", 2);
      for (const { socket } of members) socket.join(to.host, LOOPBACK);
      sender.socket.send(pattern(100), to);
      for (const member of members) assertEquals(plain((await member.next()).datagram), pattern(100));
    });

    test("who has left hears the group no more", async () => {
      const { sender, members, to } = await group("239.255.77.2", 1);
      const [member] = members as [End];
      member.socket.join(to.host, LOOPBACK);
      sender.socket.send(pattern(1), to);
      await member.next();
      member.socket.leave(to.host, LOOPBACK);
      sender.socket.send(pattern(2), to);
      // A later datagram on the same path: had the second one reached the member, it would be there before.
      const probe = await open();
      sender.socket.send(pattern(3), probe.socket.local);
      await probe.next();
      member.socket.join(to.host, LOOPBACK);
      sender.socket.send(pattern(4), to);
      assertEquals((await member.next()).datagram.length, 4);
    });

    // What these two do shows on other interfaces only: the loopback interface hears itself by its nature.
    test("a time to live up to 255 is taken, and loopback off", async () => {
      const { sender, members, to } = await group("239.255.77.3", 1, { ttl: 255, loopback: false });
      const [member] = members as [End];
      member.socket.join(to.host, LOOPBACK);
      sender.socket.send(pattern(5), to);
      assertEquals((await member.next()).datagram.length, 5);
    });

    test("a time to live that does not exist is refused", async () => {
      const failure = await transport.open({ host: LOOPBACK, port: 0, ttl: 256 }, new End()).catch((error) =>
        error
      );
      assert(failure instanceof Error);
    });

    test("an address that is no group cannot be joined", async () => {
      const { socket } = await open();
      const failure = assertThrows(() => socket.join("127.0.0.1", LOOPBACK)) as { code?: unknown };
      assertEquals(failure.code, "EINVAL");
    });
  });
}

/** One open socket and what it heard. */
class End implements DatagramSink {
  declare socket: DatagramSocket;
  readonly closes: (Error | undefined)[] = [];
  readonly closed: Promise<void>;
  late = 0;
  readonly #heard: { readonly datagram: Uint8Array; readonly from: DatagramAddress }[] = [];
  #waiting: (() => void) | undefined;
  #close: () => void = () => {};

  constructor() {
    this.closed = new Promise((fulfil) => this.#close = fulfil);
  }

  onDatagram(datagram: Uint8Array, from: DatagramAddress): void {
    if (this.closes.length > 0) this.late++;
    this.#heard.push({ datagram, from });
    this.#waiting?.();
  }

  onClose(error?: Error): void {
    this.closes.push(error);
    this.#close();
  }

  /** The next datagram. */
  async next(): Promise<{ readonly datagram: Uint8Array; readonly from: DatagramAddress }> {
    while (this.#heard.length === 0) await new Promise<void>((fulfil) => this.#waiting = fulfil);
    return this.#heard.shift()!;
  }
}

/** Without the class that a runtime gave it. */
function plain(octets: Uint8Array): Uint8Array {
  return new Uint8Array(octets);
}
