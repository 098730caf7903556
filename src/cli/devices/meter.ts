/**
 * What a device shows of itself while it runs: on a terminal one line that moves, elsewhere a line of JSON a
 * second. The shape of that line is stable, and part of the help.
 *
 * @module
 */

import type { Device } from "../../device/device.ts";
import type { DeviceStatistics, SideStatistics } from "../../device/statistics.ts";
import { outputColumns, outputIsTerminal, print, write } from "../host.ts";
import { showCount, showSize } from "../numbers.ts";

/** Times a second that the line is drawn anew. */
const REDRAW_MS = 250;
const REPORT_MS = 1000;

/** A side's figures in a second, since the line before. */
export interface Rates {
  readonly received: number;
  readonly receivedBytes: number;
  readonly sent: number;
  readonly sentBytes: number;
}

/** Shows a device from now on. */
export class Meter {
  readonly #name: string;
  readonly #device: Device;
  readonly #quiet: boolean;
  readonly #live: boolean;
  readonly #begun = performance.now();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #last: { readonly at: number; readonly statistics: DeviceStatistics };
  /** The write before; a reader that is slow gets fewer lines. */
  #writing: Promise<void> | undefined;

  constructor(name: string, device: Device, quiet: boolean) {
    this.#name = name;
    this.#device = device;
    this.#quiet = quiet;
    this.#live = outputIsTerminal();
    this.#last = { at: this.#begun, statistics: device.statistics() };
    if (!quiet) this.#timer = setInterval(() => this.#show(), this.#live ? REDRAW_MS : REPORT_MS);
  }

  /** Shows the last figures, and no more. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    if (this.#quiet) return;
    await (this.#live ? write(`${this.#line()}\n`) : print(this.#report(true)));
  }

  #show(): void {
    if (this.#writing !== undefined) return;
    this.#writing = this.#live ? write(this.#line()) : print(this.#report(false));
    void this.#writing.then(() => this.#writing = undefined);
  }

  #report(final: boolean): string {
    const { statistics, front, back } = this.#measure();
    return JSON.stringify({
      time: new Date().toISOString(),
      seconds: Math.round(performance.now() - this.#begun) / 1000,
      device: this.#name,
      final,
      paused: this.#device.paused,
      front: sideReport(statistics.front, front),
      back: sideReport(statistics.back, back),
      captured: statistics.captured,
      missed: statistics.missed,
    });
  }

  #line(): string {
    const { statistics, front, back } = this.#measure();
    const text = liveLine(this.#name, statistics, { front, back }, this.#device.paused);
    // One that is broken into two could not be drawn over.
    return `\r\x1b[K${text.slice(0, outputColumns() - 1)}`;
  }

  #measure(): { statistics: DeviceStatistics; front: Rates; back: Rates } {
    const at = performance.now();
    const statistics = this.#device.statistics();
    const seconds = Math.max((at - this.#last.at) / 1000, 1e-3);
    const { statistics: before } = this.#last;
    const front = rates(before.front, statistics.front, seconds);
    const back = rates(before.back, statistics.back, seconds);
    this.#last = { at, statistics };
    return { statistics, front, back };
  }
}

/**
 * The line for a person: peers and waiting messages at the front and the back, then what goes through each way in a
 * second, and did in all. A narrow terminal cuts its end.
 */
export function liveLine(
  name: string,
  { front, back, captured, missed }: DeviceStatistics,
  now: { readonly front: Rates; readonly back: Rates },
  paused: boolean,
): string {
  const way = (arrow: string, rate: number, bytes: number, total: number) =>
    `${arrow} ${showCount(rate)}/s ${showSize(bytes)}/s (${showCount(total)})`;
  const waiting = ({ queued }: SideStatistics) => showCount(queued.received + queued.sent);
  const pieces = [
    paused ? `${name} (paused)` : name,
    `peers ${front.peers}|${back.peers}`,
    `queued ${waiting(front)}|${waiting(back)}`,
    way("→", now.front.received, now.front.receivedBytes, front.received.messages),
    // A streamer's back end has nothing to say, and a forwarder's only subscriptions.
    ...back.received.messages > 0
      ? [way("←", now.back.received, now.back.receivedBytes, back.received.messages)]
      : [],
  ];
  const dropped = front.dropped + back.dropped;
  if (dropped > 0) pieces.push(`dropped ${showCount(dropped)}`);
  if (captured + missed > 0) pieces.push(`captured ${showCount(captured)}, missed ${showCount(missed)}`);
  return pieces.join("  ");
}

function rates(before: SideStatistics, after: SideStatistics, seconds: number): Rates {
  const each = (way: "received" | "sent", unit: "messages" | "bytes") =>
    Math.round((after[way][unit] - before[way][unit]) / seconds);
  return {
    received: each("received", "messages"),
    receivedBytes: each("received", "bytes"),
    sent: each("sent", "messages"),
    sentBytes: each("sent", "bytes"),
  };
}

function sideReport({ received, sent, peers, queued, dropped }: SideStatistics, rates: Rates): object {
  return { received, sent, rates, peers, queued, dropped };
}
