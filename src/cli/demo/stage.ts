/**
 * Where one exchange of the demo happens: it opens the sockets, says when time is over, and keeps count of what
 * was sent and what arrived, in which order.
 *
 * @module
 */

/** Octets of a message's body. At most 128, so a sender may use the same memory for each (see `send`). */
const BODY = 100;

/** How long nothing may arrive before what is still missing counts as lost. */
const PATIENCE = 3000;

/** The least that the stage asks of a socket. */
interface Closable {
  close(): void;
}

/** What one exchange came to. */
export interface Outcome {
  /** Messages that were to arrive, and that did. */
  readonly sent: number;
  readonly arrived: number;
  /** Octets that arrived, without the wire's framing. */
  readonly octets: number;
  readonly seconds: number;
  /** What went wrong, in words; empty if nothing. */
  readonly faults: readonly string[];
}

/** One exchange. */
export class Stage {
  /** Whether the time for sending is over. */
  over = false;
  sent = 0;
  arrived = 0;
  octets = 0;
  #start = 0;
  #seconds = 0;
  #disorder = 0;
  readonly #faults: string[] = [];
  readonly #sockets: Closable[] = [];
  readonly #loops: Promise<void>[] = [];

  /** Makes the socket one that is closed when the exchange is over. */
  open<S extends Closable>(socket: S): S {
    this.#sockets.push(socket);
    return socket;
  }

  /** Everybody is there: the clock starts, and stops sending after so many milliseconds. */
  start(milliseconds: number): void {
    this.#start = performance.now();
    setTimeout(() => this.over = true, milliseconds);
  }

  /** Runs beside the others; it ends by itself when its socket is closed. */
  loop(body: () => Promise<void>): Promise<void> {
    const running = body().catch((error) => {
      this.#faults.push(String(error));
      this.over = true;
    });
    this.#loops.push(running);
    return running;
  }

  /** Makes bodies with a serial number each; all that one sender sends. */
  sender(): () => Uint8Array {
    const body = new Uint8Array(BODY);
    const view = new DataView(body.buffer);
    let serial = 0;
    return () => {
      view.setUint32(0, serial++);
      this.sent++;
      return body;
    };
  }

  /** Counts bodies; what one receiver has from one sender must come in order. */
  receiver(): (body: Uint8Array) => void {
    let last = -1;
    return (body) => {
      const serial = ((body[0]! << 24) | (body[1]! << 16) | (body[2]! << 8) | body[3]!) >>> 0;
      if (body.length !== BODY || serial <= last) this.#disorder++;
      last = serial;
      this.arrived++;
      this.octets += body.length;
    };
  }

  /** Resolves when all that was sent has arrived, or nothing has come for long. */
  async settled(): Promise<void> {
    let seen = this.arrived;
    let since = performance.now();
    while (this.arrived < this.sent && performance.now() - since < PATIENCE) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (this.arrived === seen) continue;
      seen = this.arrived;
      since = performance.now();
    }
    this.#seconds = (performance.now() - this.#start) / 1000;
  }

  /** Closes the sockets, waits for the loops, and says what the exchange came to. */
  async end(): Promise<Outcome> {
    this.over = true;
    for (const socket of this.#sockets) socket.close();
    await Promise.all(this.#loops);
    const { sent, arrived, octets } = this;
    const faults = [...this.#faults];
    if (arrived < sent) faults.push(`${sent - arrived} lost`);
    if (arrived > sent) faults.push(`${arrived - sent} more than were sent`);
    if (this.#disorder > 0) faults.push(`${this.#disorder} damaged or out of order`);
    return { sent, arrived, octets, seconds: this.#seconds, faults };
  }

  /** Something is wrong that no count shows. */
  fault(text: string): void {
    this.#faults.push(text);
  }
}
