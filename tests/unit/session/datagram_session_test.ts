/**
 * One endpoint of datagrams, with an engine that a test holds in its hands: bursts, sockets without room, input
 * that nobody reads, opening again after failures, and the end in order.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { encodeText } from "../../../src/base/bytes.ts";
import type { DatagramAddress } from "../../../src/io/datagram.ts";
import type { DatagramEngine, DatagramEngineHost, OutgoingDatagram } from "../../../src/io/engine.ts";
import { Frame } from "../../../src/message/frame.ts";
import type { Pipe } from "../../../src/pipe/pipe.ts";
import { DatagramSession } from "../../../src/session/datagram_session.ts";
import type { DatagramRole } from "../../../src/session/datagram_session.ts";
import type { LinkEvent, LinkHost } from "../../../src/session/link.ts";
import { DatagramNetwork, turn } from "../../support/datagrams.ts";

const TO = { host: "10.0.0.2", port: 7000 };
const ADDRESS = "udp://10.0.0.2:7000";

/** An engine that sends each message as one datagram, and says what it was asked. */
class Probe implements DatagramEngine {
  readonly host: DatagramEngineHost;
  finished = false;
  finishing = false;
  busy = false;
  farewells = 0;
  heard = 0;
  resumed = 0;
  due: number | undefined;
  ticks: number[] = [];
  #stalled = false;
  #kept = 0;

  constructor(host: DatagramEngineHost) {
    this.host = host;
  }
  receive(_datagram: Uint8Array, _from: DatagramAddress, _now: number): void {
    this.heard++;
    if (this.#stalled) this.#kept++;
    else this.#push();
  }
  tick(now: number): void {
    this.ticks.push(now);
    this.due = undefined;
  }
  transmit(_now: number): OutgoingDatagram | undefined {
    const message = this.host.pull();
    if (message !== undefined) return { datagram: message[0]!, to: TO, message: true };
    if (this.busy || !this.finishing || this.finished) return undefined;
    this.finished = ++this.farewells === 2;
    return { datagram: encodeText("bye"), to: TO };
  }
  deadline(): number | undefined {
    return this.due;
  }
  resume(_now: number): void {
    this.resumed++;
    this.#stalled = false;
    while (this.#kept > 0 && !this.#stalled) {
      this.#kept--;
      this.#push();
    }
  }
  finish(_now: number): void {
    this.finishing = true;
  }
  #push(): void {
    this.#stalled = !this.host.push([new Frame(1)]);
  }
}

/** A session and all that it meets. */
class Bench {
  readonly network = new DatagramNetwork();
  readonly events: string[] = [];
  readonly options = {
    immediate: false,
    reconnectStop: 0,
    reconnectInterval: 1,
    reconnectMaxInterval: 0,
    connectTimeout: 0,
    maxHandshakes: 0,
    maxConnectionsPerAddress: 0,
  };
  readonly session: DatagramSession;
  readonly attached: Pipe[] = [];
  /** Octets of all datagrams that were sent. */
  readonly sent: string[] = [];
  engine!: Probe;
  engines = 0;
  lost = 0;
  malformed = 0;
  dropped = 0;
  activated = 0;
  highWaterMark = 1000;

  constructor(
    { broadcast = true, repairs = false, bound = false, receiveHighWaterMark = 1000, linger = -1 } = {},
  ) {
    const transports = this.network.host("10.0.0.1");
    this.network.onSend = (datagram) => this.sent.push(new TextDecoder().decode(datagram)) > 0;
    const pattern = {
      attach: (pipe: Pipe) => this.attached.push(pipe) > 0,
      detach: (pipe: Pipe) => this.attached.splice(this.attached.indexOf(pipe), 1),
      readActivated: () => {},
      writeActivated: () => this.activated++,
      dropped: () => this.dropped++,
    };
    const host: Pick<LinkHost, "options" | "emit" | "lost" | "malformed" | "enter" | "leave"> & {
      pattern: unknown;
      pipeOptions: unknown;
    } = {
      pattern,
      options: this.options,
      pipeOptions: { sendHighWaterMark: 100, receiveHighWaterMark, conflate: false, linger: () => linger },
      emit: ({ type, error }: LinkEvent) => {
        this.events.push(error === undefined ? type : `${type} ${(error as { code?: string }).code}`);
      },
      lost: (messages) => this.lost += messages,
      malformed: () => this.malformed++,
      enter: () => {},
      leave: () => {},
    };
    const role: DatagramRole = {
      bound,
      broadcast,
      repairs,
      check: () => {},
      nameOf: undefined,
      prepare: () =>
        Promise.resolve({
          transport: transports.udp!,
          sockets: [{ settings: { host: "10.0.0.1", port: 6000 } }, {
            settings: { host: "239.1.1.1", port: 6000, reuse: true },
            group: "239.1.1.1",
          }],
          makeEngine: (engineHost) => {
            this.engines++;
            return this.engine = new Probe(engineHost);
          },
        }),
    };
    this.session = new DatagramSession(ADDRESS, host as unknown as LinkHost, role);
  }

  get pipe(): Pipe {
    return this.attached[0]!;
  }

  write(count: number, first = 0): number {
    let taken = 0;
    for (let n = 0; n < count; n++) taken += Number(this.pipe.write([encodeText(String(first + n))]));
    return taken;
  }

  hear(count: number): void {
    for (let n = 0; n < count; n++) this.network.sockets[0]!.sink.onDatagram(Uint8Array.of(n), TO);
  }
}

function numbers(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, n) => String(first + n));
}

describe("a datagram session", () => {
  it("keeps what is sent before its sockets are open, up to the high-water mark, and then sends it in order", async () => {
    const bench = new Bench();
    bench.session.start();
    assertEquals(bench.write(150), 100);
    assertEquals([bench.pipe.outbound, bench.pipe.connected], [100, false]);
    await bench.network.until(() => bench.sent.length === 100);
    assertEquals(bench.sent, numbers(100));
    // Half of the queue was free: the pattern heard of it.
    assertEquals([bench.activated, bench.pipe.connected], [1, true]);
    assertEquals(bench.events, ["connect"]);
    await bench.session.close(-1);
  });

  it("sends a burst, and lets the event loop in before the next", async () => {
    const bench = new Bench();
    await bench.session.open();
    bench.write(100);
    await Promise.resolve();
    await Promise.resolve();
    assert(bench.sent.length > 0 && bench.sent.length < 100, `${bench.sent.length} in one turn`);
    await bench.network.until(() => bench.sent.length === 100);
    assertEquals(bench.sent, numbers(100));
    await bench.session.close(-1);
  });

  it("at the high-water mark sends at once what may leave, before it refuses", async () => {
    const bench = new Bench();
    await bench.session.open();
    assertEquals(bench.write(1000), 1000);
    await bench.session.close(-1);
    assertEquals(bench.sent.slice(0, 1000), numbers(1000));
  });

  it("waits while a socket has no room, and loses nothing and changes no order", async () => {
    const bench = new Bench();
    await bench.session.open();
    bench.network.options.room = 3;
    bench.write(20);
    assertEquals(bench.pipe.write([encodeText("20")]), true);
    await bench.network.until(() => bench.sent.length === 21);
    assertEquals(bench.sent, numbers(21));
    await bench.session.close(-1);
  });

  it("gives up a datagram that the system never takes, counts it, and goes on", async () => {
    const bench = new Bench();
    await bench.session.open();
    bench.network.options.room = 0;
    bench.write(2);
    await bench.network.until(() => bench.lost === 1);
    bench.network.options.room = Infinity;
    await bench.network.until(() => bench.sent.length === 1);
    assertEquals([bench.sent, bench.pipe.octetsOut], [["1"], 1]);
    await bench.session.close(-1);
  });

  it("closes when all is sent and the engine has said farewell, and frees its sockets", async () => {
    const bench = new Bench();
    await bench.session.open();
    bench.write(90);
    await bench.session.close(-1);
    assertEquals(bench.sent, [...numbers(90), "bye", "bye"]);
    assertEquals([bench.network.sockets.length, bench.attached.length, bench.lost], [0, 0, 0]);
    assertEquals(bench.events.at(-1), "close");
  });

  it("waits no longer than linger for what does not leave, and counts it as lost", async () => {
    const bench = new Bench();
    await bench.session.open();
    bench.network.options.room = 0;
    const { pipe } = bench;
    bench.write(10);
    await bench.session.close(20);
    assertEquals([bench.sent, bench.lost, bench.network.sockets.length], [[], 10, 0]);
    assertEquals(pipe.octetsOut, 0);
  });

  it("with linger 0 drops what waits, and still says farewell", async () => {
    const bench = new Bench();
    await bench.session.open();
    bench.write(10);
    await bench.session.close(0);
    assertEquals([bench.sent, bench.lost], [["bye", "bye"], 10]);
  });

  it("closed before its sockets are open waits for them if messages wait, and leaves none open", async () => {
    for (const [count, linger] of [[3, -1], [0, -1], [3, 0]] as const) {
      const bench = new Bench();
      bench.session.start();
      bench.write(count);
      await bench.session.close(linger);
      assertEquals(bench.sent, linger === 0 || count === 0 ? [] : [...numbers(count), "bye", "bye"]);
      assertEquals(bench.network.sockets.length, 0);
      assertEquals(bench.lost, linger === 0 ? count : 0);
    }
  });

  it("opens again after a failure, and after its sockets are lost, with a new engine and what waited", async () => {
    const bench = new Bench();
    bench.network.refusal = "EADDRINUSE";
    bench.session.start();
    await bench.network.until(() => bench.events.includes("connect"));
    assertEquals(bench.events, ["close EADDRINUSE", "connect:retry", "connect"]);
    bench.network.sockets[1]!.close(Object.assign(new Error("gone"), { code: "ENETDOWN" }));
    await bench.network.until(() => bench.engines === 2);
    assertEquals(bench.events.slice(3, 6), ["disconnect ENETDOWN", "connect:retry", "connect"]);
    assertEquals(bench.network.sockets.length, 2);
    bench.write(1);
    await bench.session.close(-1);
    assertEquals(bench.sent[0], "0");
  });

  it("with reconnectInterval -1 does not try again", async () => {
    const bench = new Bench();
    bench.options.reconnectInterval = -1;
    bench.network.refusal = "EACCES";
    bench.session.start();
    await bench.network.until(() => bench.events.length === 1);
    await turn();
    assertEquals([bench.events, bench.attached.length], [["close EACCES"], 0]);
    await bench.session.close(-1);
  });

  it("that cannot be bound says so, and has neither pipe nor socket", async () => {
    const bench = new Bench({ bound: true });
    bench.network.refusal = "EADDRINUSE";
    const error = await assertRejects(() => bench.session.open(), Error);
    assertEquals((error as { code?: string }).code, "EADDRINUSE");
    assertEquals([bench.attached.length, bench.network.sockets.length, bench.events], [0, 0, []]);
  });

  it("calls the engine at its deadline, and not before", async () => {
    const bench = new Bench();
    await bench.session.open();
    const { engine } = bench;
    const due = performance.now() + 15;
    engine.due = due;
    bench.write(1);
    await bench.network.until(() => engine.ticks.length > 0);
    assert(engine.ticks[0]! >= due, `${engine.ticks[0]} before ${due}`);
    await bench.session.close(-1);
  });

  it("takes input up to the high-water mark though nobody reads, and the rest when it was read", async () => {
    const bench = new Bench({ broadcast: false, receiveHighWaterMark: 40 });
    await bench.session.open();
    bench.hear(100);
    await turn();
    await turn();
    assertEquals(bench.pipe.inbound.length, 40);
    let read = 0;
    while (bench.pipe.read() !== undefined) read++;
    assertEquals(read, 100);
    await bench.session.close(0);
  });

  it("hears nothing while its pipe is halted and counts what is not repaired, but a source hears its receivers", async () => {
    for (const [broadcast, repairs] of [[false, false], [false, true], [true, true]] as const) {
      const bench = new Bench({ broadcast, repairs });
      await bench.session.open();
      bench.pipe.halt(true);
      bench.hear(3);
      assertEquals([bench.engine.heard, bench.dropped], [broadcast ? 3 : 0, repairs ? 0 : 3]);
      bench.pipe.halt(false);
      bench.hear(2);
      assertEquals(bench.engine.heard, broadcast ? 5 : 2);
      await bench.session.close(0);
    }
  });

  it("tells of losses, and counts what is malformed", async () => {
    const bench = new Bench();
    await bench.session.open();
    bench.engine.host.lost({ source: "s", first: 1, count: 2 });
    bench.engine.host.malformed(TO, "nonsense");
    assertEquals([bench.events.at(-1), bench.malformed], ["loss", 1]);
    await bench.session.close(0);
  });
});
