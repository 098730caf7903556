/**
 * One session between a stream and an engine that are made by hand: what comes while the engine's code is still being
 * loaded, and how it ends when the engine has had enough.
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { StreamEngine } from "../../../src/io/engine.ts";
import type { ByteStream } from "../../../src/io/stream.ts";
import { ProtocolError } from "../../../src/base/errors.ts";
import { afterTurn } from "../../../src/io/timers.ts";
import { NativeSession } from "../../../src/session/native_session.ts";
import type { SessionOwner } from "../../../src/session/stream_session.ts";
import { ZMTP_FRAMING } from "../../../src/zmtp/framing.ts";

/** An engine that takes so many chunks, and then waits, as for an authentication handler. */
class Engine implements StreamEngine {
  readonly ready = false;
  readonly seals = false;
  readonly talks = false;
  readonly taken: number[] = [];
  #room: number;

  constructor(room: number) {
    this.#room = room;
  }

  get stalled(): boolean {
    return this.taken.length >= this.#room;
  }

  start(): void {}

  receive(chunk: Uint8Array): void {
    this.taken.push(chunk[0]!);
  }

  authenticated(): void {
    this.#room = Infinity;
  }

  target(): undefined {}
  filled(): void {}
  resume(): void {}
  tick(): void {}
  transmit(): undefined {}
  deadline(): undefined {}
}

class Stream implements ByteStream {
  readonly remote = "127.0.0.1:1";
  readonly local = "127.0.0.1:2";
  paused = false;

  write(): boolean {
    return true;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  ended = false;
  destroyed = false;

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

const OWNER: SessionOwner = {
  sessionReady: () => new Error("nobody is ready here"),
  sessionClosed() {},
  sessionFailed() {},
  sessionAsks: () => () => {},
};

describe("a session whose engine is being loaded", () => {
  const cases: [room: number, paused: boolean][] = [[3, false], [2, true], [1, true]];
  for (const [room, paused] of cases) {
    const reads = paused ? "reads no more until there is room" : "reads on";
    it(`hands over in order what came meanwhile, and if ${room} of 3 chunks find room ${reads}`, async () => {
      const engine = new Engine(room);
      const stream = new Stream();
      let resolve!: () => void;
      const promise = new Promise<void>((done) => resolve = done);
      const session = new NativeSession(OWNER, {
        framing: ZMTP_FRAMING,
        loading: promise,
        makeEngine: () => engine,
      });
      session.start(stream);
      assertEquals(stream.paused, true);
      for (const chunk of [1, 2, 3]) session.onData(Uint8Array.of(chunk));
      assertEquals(engine.taken, []);
      resolve();
      await promise;
      await Promise.resolve();
      assertEquals([engine.taken, stream.paused], [[1, 2, 3], paused]);
      session.authenticated({ status: 200, text: "", userId: new Uint8Array(), metadata: new Map() });
      assertEquals(stream.paused, false);
      session.onClose();
    });
  }
});

describe("a session whose engine fails", () => {
  it("ends in order, for the peer to hear why; one that is dead by its silence is not waited for (G19)", () => {
    for (
      const [code, destroyed] of [["ERR_ZMTP_UNSPECIFIED", false], [
        "ERR_ZMTP_HEARTBEAT_TIMEOUT",
        true,
      ]] as const
    ) {
      const stream = new Stream();
      const session = new NativeSession(OWNER, { framing: ZMTP_FRAMING, makeEngine: () => new Engine(1) });
      session.start(stream);
      session.failed(new ProtocolError(code, "on purpose"));
      assertEquals([stream.ended, stream.destroyed], [true, destroyed]);
      assertEquals((session.error as ProtocolError).code, code);
      session.onClose();
    }
  });
});

describe("a session whose peer is a lot of work", () => {
  /** An engine that needs so many milliseconds for a chunk, on a clock that nothing else moves. */
  class Busy extends Engine {
    time = 0;

    constructor() {
      super(Infinity);
    }

    override receive(chunk: Uint8Array): void {
      super.receive(chunk);
      this.time += chunk[0]!;
    }

    override filled(): void {
      this.time += 3;
    }
  }

  async function busy(run: (session: NativeSession, stream: Stream, engine: Busy) => Promise<void> | void) {
    const engine = new Busy();
    const { now } = performance;
    performance.now = () => engine.time;
    try {
      const stream = new Stream();
      const session = new NativeSession(OWNER, { framing: ZMTP_FRAMING, makeEngine: () => engine });
      session.start(stream);
      await run(session, stream, engine);
      session.onClose();
    } finally {
      performance.now = now;
    }
  }

  const turn = () => new Promise<void>((resolve) => afterTurn(resolve));

  it("gives way after 8 ms of work for it, until the next turn", () =>
    busy(async (session, stream) => {
      const paused = [3, 3, 1, 1].map((milliseconds) => {
        session.onData(Uint8Array.of(milliseconds));
        return stream.paused;
      });
      assertEquals(paused, [false, false, false, true]);
      await turn();
      assertEquals(stream.paused, false);
      session.onData(Uint8Array.of(7));
      assertEquals(stream.paused, false);
      session.onFilled(3);
      assertEquals(stream.paused, true);
      await turn();
      assertEquals(stream.paused, false);
    }));

  it("does not for time that passes otherwise", () =>
    busy((session, stream, engine) => {
      for (let i = 0; i < 7; i++) {
        session.onData(Uint8Array.of(1));
        engine.time += 100;
      }
      assertEquals(stream.paused, false);
    }));

  it("is not read in the next turn if its pipe is full by then", () =>
    busy(async (session, stream) => {
      session.onData(Uint8Array.of(8));
      session.pause();
      await turn();
      assertEquals(stream.paused, true);
      session.resume();
      assertEquals(stream.paused, false);
    }));
});
