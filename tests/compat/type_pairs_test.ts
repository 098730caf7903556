/**
 * Which socket types may meet (37/ZMTP, "socket semantics"; 41, 48, 49, 51 and 52 for the newer ones): every pair,
 * allowed and refused alike, over inproc and over tcp, either of them bound.
 *
 * @module
 */

import { describe, it } from "@std/testing/bdd";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Context, Socket, ZmqError } from "../../mod.ts";
import { coreOf } from "../../src/socket/symbols.ts";
import { within } from "../interop/scope.ts";

/** Each type's number in `zmq.h` and the peers it may have, written down from the RFCs. */
const TYPES: { readonly [name: string]: { readonly id: number; readonly mates: readonly string[] } } = {
  PAIR: { id: 0, mates: ["PAIR"] },
  PUB: { id: 1, mates: ["SUB", "XSUB"] },
  SUB: { id: 2, mates: ["PUB", "XPUB"] },
  REQ: { id: 3, mates: ["REP", "ROUTER"] },
  REP: { id: 4, mates: ["REQ", "DEALER"] },
  DEALER: { id: 5, mates: ["REP", "DEALER", "ROUTER"] },
  ROUTER: { id: 6, mates: ["REQ", "DEALER", "ROUTER"] },
  PULL: { id: 7, mates: ["PUSH"] },
  PUSH: { id: 8, mates: ["PULL"] },
  XPUB: { id: 9, mates: ["SUB", "XSUB"] },
  XSUB: { id: 10, mates: ["PUB", "XPUB"] },
  STREAM: { id: 11, mates: [] },
  SERVER: { id: 12, mates: ["CLIENT"] },
  CLIENT: { id: 13, mates: ["SERVER"] },
  RADIO: { id: 14, mates: ["DISH"] },
  DISH: { id: 15, mates: ["RADIO"] },
  GATHER: { id: 16, mates: ["SCATTER"] },
  SCATTER: { id: 17, mates: ["GATHER"] },
  PEER: { id: 19, mates: ["PEER"] },
  CHANNEL: { id: 20, mates: ["CHANNEL"] },
};
const NAMES = Object.keys(TYPES);
const DGRAM = 18;

/** `socket` of this type, as one makes it by number. */
function open(context: Context, name: string): Socket {
  return new Socket(TYPES[name]!.id, { context, linger: 0, reconnectInterval: -1 });
}

describe("socket types", () => {
  it("the table is symmetric", () => {
    for (const a of NAMES) for (const b of TYPES[a]!.mates) assert(TYPES[b]!.mates.includes(a), `${a} ${b}`);
  });

  for (const bound of NAMES) {
    it(`${bound} bound over inproc takes ${TYPES[bound]!.mates.join(", ") || "nobody"} alone (SO-1)`, async () => {
      for (const order of ["bind first", "connect first"]) {
        const taken: string[] = [];
        for (const name of NAMES) {
          const context = new Context();
          const [server, client] = [open(context, bound), open(context, name)];
          if (order === "bind first") await server.bind("inproc://pair");
          client.connect("inproc://pair");
          if (order === "connect first") await server.bind("inproc://pair");
          const [pipe] = [...coreOf(client).endpoints.pipes()];
          // A refused connection is over, not waiting: nothing sent could ever arrive.
          assertEquals(pipe!.connected, !pipe!.closed, `${bound} ${name}`);
          if (pipe!.connected) taken.push(name);
          await context.close();
        }
        assertEquals(taken, NAMES.filter((name) => TYPES[bound]!.mates.includes(name)), order);
      }
    });

    // STREAM has no handshake: it is a peer of nobody, and whoever speaks to it gets no answer.
    if (bound === "STREAM") continue;

    it(`${bound} bound over tcp shakes hands with ${TYPES[bound]!.mates.join(", ")} alone (SO-1)`, async () => {
      const taken: string[] = [];
      for (const name of NAMES.filter((each) => each !== "STREAM")) {
        const context = new Context();
        const [server, client] = [open(context, bound), open(context, name)];
        const events = [server, client].map(outcome);
        await server.bind("tcp://127.0.0.1:*");
        client.connect(server.lastEndpoint!);
        const [here, there] = await within(Promise.all(events), 5000, `${bound} and ${name}`);
        assertEquals(here, there, `${bound} and ${name} agree`);
        if (here === "handshake") taken.push(name);
        else assertEquals(here, "handshake:error:protocol");
        await context.close();
      }
      assertEquals(taken, NAMES.filter((name) => TYPES[bound]!.mates.includes(name)));
    });
  }

  it("DGRAM binds to no stream and to no name, and connects to none (ENOCOMPATPROTO)", async () => {
    const context = new Context();
    const dgram = new Socket(DGRAM, { context });
    for (const address of ["tcp://127.0.0.1:5555", "ipc:///tmp/dgram", "inproc://dgram"]) {
      const refused = [() => dgram.bindSync(address), () => dgram.connect(address)];
      for (const each of refused) {
        assertEquals((assertThrows(each, ZmqError) as ZmqError).code, "ENOCOMPATPROTO");
      }
    }
    await context.close();
  });
});

/** How the first handshake of a socket ended, by its events. */
function outcome(socket: Socket): Promise<string> {
  const { events } = socket;
  return new Promise((resolve) => {
    events.on("handshake", () => resolve("handshake"));
    for (const type of ["protocol", "auth", "other"] as const) {
      events.on(`handshake:error:${type}`, () => resolve(`handshake:error:${type}`));
    }
  });
}
