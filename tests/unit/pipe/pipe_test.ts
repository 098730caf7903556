import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { lowWaterMark, Pipe } from "../../../src/pipe/pipe.ts";
import { Frame } from "../../../src/message/frame.ts";
import { Random } from "../../support/reference.ts";
import { octets } from "../../support/transcript.ts";

/** A pipe whose other side is the test: it has so many numbered messages to give, and stops when it is told. */
class Source extends Pipe {
  next = 0;
  stopped = false;
  activations = 0;

  constructor(mark: number, conflate = false) {
    super(
      { readActivated: () => this.activations++, writeActivated: () => {}, dropped: () => {} },
      mark,
      conflate,
    );
  }

  override write(): boolean {
    return false;
  }
  override get hasRoom(): boolean {
    return false;
  }
  override get connected(): boolean {
    return true;
  }
  override get outbound(): number {
    return 0;
  }
  override subscription(): void {}
  override terminate(): void {}

  protected override inboundRelieved(): void {
    assert(this.stopped, "relieved without having been stopped");
    this.stopped = false;
  }

  /** Gives one, unless it was told to stop. */
  give(): void {
    if (!this.stopped) this.stopped = !this.deliver([Frame.from(octets(`${this.next++}`)) as Frame]);
  }

  /** The number of the next message, -1 for none. */
  take(): number {
    const message = this.read();
    return message === undefined ? -1 : Number(String(message[0]));
  }
}

describe("Pipe: what came in", () => {
  it("is never more than the high-water mark, and lost or out of order neither, at random", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const mark = random.pick([1, 2, 3, 10, 16, 17, 100]);
      const pipe = new Source(mark);
      let expected = 0;
      for (let step = 0; step < 500; step++) {
        const what = random.next();
        if (what < 0.55) pipe.give();
        else if (what < 0.6) pipe.takeAll();
        else if (pipe.inbound.length > 0) assertEquals(pipe.take(), expected++, `seed ${seed}`);
        else {assertEquals(
            [pipe.take(), pipe.stopped],
            [-1, false],
            `seed ${seed}: stopped with nothing to read`,
          );}
        assert(pipe.inbound.length <= mark, `seed ${seed}: ${pipe.inbound.length} above ${mark}`);
      }
    }
  });

  it("reaches the mark when nobody reads and the rest is asked for", () => {
    for (const mark of [1, 5, 16, 100, 1000]) {
      const pipe = new Source(mark);
      for (let i = 0; i < 2000; i++) {
        pipe.give();
        if (pipe.stopped) pipe.takeAll();
      }
      assertEquals([pipe.inbound.length, pipe.next, pipe.stopped], [mark, mark, true]);
    }
  });

  it("has no end with mark 0", () => {
    const pipe = new Source(0);
    for (let i = 0; i < 5000; i++) {
      pipe.give();
      if (pipe.stopped) pipe.takeAll();
    }
    assertEquals([pipe.inbound.length, pipe.stopped], [5000, false]);
  });

  it("goes on when half of a full queue was read, not at each free place", () => {
    const pipe = new Source(10);
    while (!pipe.stopped) pipe.give();
    for (let i = 0; i < 4; i++) pipe.take();
    assertEquals([pipe.inbound.length, pipe.stopped], [6, true]);
    pipe.take();
    assertEquals(pipe.stopped, false);
  });

  it("goes on at once when the mark is raised", () => {
    const pipe = new Source(2);
    while (!pipe.stopped) pipe.give();
    pipe.setHighWaterMarks(0, 100);
    assertEquals(pipe.stopped, false);
  });

  it("is told of when there was nothing before", () => {
    const pipe = new Source(10);
    pipe.give();
    pipe.give();
    pipe.take();
    pipe.take();
    pipe.give();
    assertEquals(pipe.activations, 2);
  });

  it("is the newest message only, with conflate", () => {
    const pipe = new Source(0, true);
    for (let i = 0; i < 10; i++) pipe.give();
    assertEquals([pipe.inbound.length, pipe.take(), pipe.take()], [1, 9, -1]);
  });
});

describe("lowWaterMark", () => {
  it("is half of the mark", () => {
    assertEquals([1, 2, 3, 1000, Infinity].map(lowWaterMark), [0, 1, 1, 500, Infinity]);
  });
});
