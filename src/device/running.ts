/**
 * A running device: two sockets joined, moving whole messages both ways in turn until it is told to end.
 *
 *   running ⇄ paused → ending (what was accepted is handed on) → over
 *
 * @module
 */

import { hold, release, startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";
import { inNextTurn, spend } from "../socket/budget.ts";
import type { Context } from "../socket/context.ts";
import type { Relay, SocketCore } from "../socket/core.ts";
import { Publisher, Reply } from "../socket/sockets.ts";
import type { Socket } from "../socket/socket.ts";
import { Tap } from "./capture.ts";
import { Control } from "./control.ts";
import type { Steerable } from "./control.ts";
import type { Device, DeviceOptions } from "./device.ts";
import { isSocket, openEnd } from "./ends.ts";
import type { End } from "./ends.ts";
import { Flow } from "./flow.ts";
import { receives, requirePair, requireReflection } from "./pairs.ts";
import { droppedBy, sideStatistics } from "./statistics.ts";
import type { DeviceStatistics } from "./statistics.ts";

/** Messages of one direction before the other has its turn. */
const BURST = 64;

/** One device. */
export class RunningDevice implements Device, Relay, Steerable {
  readonly #front: End;
  readonly #back: End;
  readonly #capture: { readonly front?: End; readonly back?: End };
  readonly #control: End | undefined;
  /** All of them, each once. */
  readonly #ends: ReadonlySet<End>;
  readonly #signal: AbortSignal | undefined;
  readonly #linger: number | undefined;
  /** One for each direction that the two types allow. */
  readonly #flows: readonly Flow[];
  readonly #up: Flow | undefined;
  readonly #down: Flow | undefined;
  readonly #taps = new Set<Tap>();
  #controller: Control | undefined;
  readonly #droppedBefore: readonly [number, number];
  #state: "running" | "paused" | "ending" | "over" = "running";
  #scheduled = false;
  /** The device ends: so many of the directions take nothing new any more. */
  #halted = 0;
  /** With linger 0 only what can go at once is handed on. */
  #hasty = false;
  #timer: Timer;
  readonly #ready: Promise<void>;
  readonly #done: Promise<void>;
  #end!: (outcome: Promise<void>) => void;
  /** Whether somebody looks at `ready`, and so hears why the device could not begin. */
  #watched = false;

  /** Joins two ends, or reflects one. Throws before anything runs; sockets that were given are as they were. */
  constructor(front: End, back: End, options: DeviceOptions) {
    const extra: End[] = [];
    try {
      this.#front = front;
      this.#back = back;
      if (front.core === back.core) requireReflection(front.core.type.name);
      else requirePair(front.core.type.name, back.core.type.name);
      this.#capture = openCapture(options, extra);
      this.#control = openControl(options, extra);
      this.#ends = new Set([front, back, ...extra]);
      this.#signal = options.signal;
      this.#linger = options.linger;
      this.#droppedBefore = [droppedBy(front.core), droppedBy(back.core)];
      const taps = this.#makeTaps();
      this.#up = receives(front.core.type.name) ? new Flow(front.core, back.core, taps.front) : undefined;
      this.#down = front.core === back.core || !receives(back.core.type.name)
        ? undefined
        : new Flow(back.core, front.core, taps.back);
      this.#flows = [this.#up, this.#down].filter((flow) => flow !== undefined);
      if (this.#control !== undefined) this.#controller = new Control(this.#control.core, this);
      this.#occupy();
    } catch (error) {
      for (const { own, core } of [front, back, ...extra]) if (own) void core.close();
      throw error;
    }
    this.#done = new Promise((resolve) => this.#end = resolve);
    hold();
    this.#ready = this.#begin();
    this.#ready.catch((error) => this.#finish(error));
    this.wake();
    this.#controller?.wake();
  }

  get front(): Socket {
    return this.#front.socket;
  }

  get back(): Socket {
    return this.#back.socket;
  }

  get capture(): { readonly front?: Socket; readonly back?: Socket } {
    const { front, back } = this.#capture;
    return { ...(front && { front: front.socket }), ...(back && { back: back.socket }) };
  }

  get control(): Socket | undefined {
    return this.#control?.socket;
  }

  get ready(): Promise<void> {
    this.#watched = true;
    this.#done.catch(() => {});
    return this.#ready;
  }

  get done(): Promise<void> {
    return this.#done;
  }

  get paused(): boolean {
    return this.#state === "paused";
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    this.wake();
  }

  terminate(): Promise<void> {
    if (this.#state === "running" || this.#state === "paused") this.#drain();
    return this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.terminate();
    } catch (error) {
      // Who looked at `ready` has heard of it.
      if (!this.#watched) throw error;
    }
  }

  statistics(): DeviceStatistics {
    const { core: front } = this.#front;
    const { core: back } = this.#back;
    const [up, down] = [this.#up, this.#down];
    const reflected = front === back;
    const side = sideStatistics(
      front,
      up?.received ?? NOTHING,
      (reflected ? up : down)?.sent ?? NOTHING,
      this.#droppedBefore[0],
    );
    let captured = 0;
    let missed = 0;
    for (const tap of this.#taps) {
      captured += tap.captured;
      missed += tap.missed;
    }
    return {
      front: side,
      back: reflected ? side : sideStatistics(
        back,
        down?.received ?? NOTHING,
        up?.sent ?? NOTHING,
        this.#droppedBefore[1],
      ),
      captured,
      missed,
      control: {
        commands: this.#controller?.commands ?? 0,
        rejected: this.#controller?.rejected ?? 0,
      },
    };
  }

  /** The eight figures of libzmq's STATISTICS. */
  figures(): readonly number[] {
    const { front, back } = this.statistics();
    return [front, back].flatMap(({ received, sent }) => [
      received.messages,
      received.bytes,
      sent.messages,
      sent.bytes,
    ]);
  }

  /** One microtask later: who tells us is in the middle of its own work. */
  wake(): void {
    if (this.#scheduled || this.#state === "over") return;
    this.#scheduled = true;
    queueMicrotask(this.#run);
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    if (this.#state === "over") return;
    if (this.#front.core.closed || this.#back.core.closed) return this.#finish();
    if (this.#state === "paused") return;
    for (;;) {
      let messages = 0;
      let bytes = 0;
      for (const flow of this.#flows) {
        const before = flow.received.bytes;
        messages += flow.move(BURST);
        bytes += flow.received.bytes - before;
      }
      if (messages === 0) break;
      if (spend(bytes, messages)) continue;
      // Timers and other sockets have their turn. The budget is that of the whole process: two devices that feed
      // each other would otherwise go on for ever in microtasks, a message at a time.
      this.#scheduled = true;
      return inNextTurn(this.#run);
    }
    if (this.#state === "ending" && (this.#drained() || this.#hasty)) this.#finish();
  };

  async #begin(): Promise<void> {
    await Promise.all([...this.#ends].map(({ bound }) => bound));
    if (this.#signal === undefined || this.#state === "over") return;
    if (this.#signal.aborted) void this.terminate();
    else this.#signal.addEventListener("abort", this.#aborted);
  }

  readonly #aborted = (): void => {
    void this.terminate();
  };

  #drain(): void {
    this.#state = "ending";
    const linger = Math.max(...[this.#front, this.#back].map(({ core }) => lingerOf(core, this.#linger)));
    if (linger === 0) this.#hasty = true;
    else if (linger < Infinity) this.#timer = startTimer(linger, () => this.#finish());
    this.#stopIntake();
    this.wake();
  }

  /**
   * Whether nothing is left to be moved, or nobody comes for it and its sockets live on. One direction after the
   * other: services may still come for what clients have asked, and their replies go through meanwhile.
   */
  #drained(): boolean {
    const kept = !this.#front.own && !this.#back.own;
    while (this.#flows.slice(0, this.#halted).every((flow) => !flow.waiting || (kept && !flow.leads))) {
      if (this.#halted === this.#flows.length) return true;
      this.#stopIntake();
    }
    return false;
  }

  /** The source of the next direction takes nothing new. */
  #stopIntake(): void {
    const flow = this.#flows[this.#halted++];
    const { core, own } = this.#sourceOf(flow!);
    if (own) core.endpoints.stopListening();
    core.halt(true);
  }

  #sourceOf(flow: Flow): End {
    return flow === this.#up ? this.#front : this.#back;
  }

  /** `failure` is why it could not begin. */
  #finish(failure?: unknown): void {
    if (this.#state === "over") return;
    this.#state = "over";
    stopTimer(this.#timer);
    this.#signal?.removeEventListener("abort", this.#aborted);
    for (const flow of this.#flows) flow.drop(this.#sourceOf(flow).own);
    const closing: Promise<void>[] = [];
    for (const { core, own } of this.#ends) {
      core.vacate();
      if (own) closing.push(core.close());
      else if (!core.closed) core.halt(false);
    }
    this.#end(
      Promise.all(closing).then(() => {
        release();
        if (failure !== undefined) throw failure;
      }),
    );
  }

  #makeTaps(): { front?: Tap; back?: Tap } {
    const { front, back } = this.#capture;
    const taps: { front?: Tap; back?: Tap } = {};
    if (front !== undefined) this.#taps.add(taps.front = new Tap(front.core));
    if (back === front && taps.front !== undefined) taps.back = taps.front;
    else if (back !== undefined) this.#taps.add(taps.back = new Tap(back.core));
    return taps;
  }

  /** All its sockets, or none. */
  #occupy(): void {
    const occupied: SocketCore[] = [];
    try {
      const mine: [SocketCore, Relay][] = [[this.#front.core, this]];
      if (this.#back.core !== this.#front.core) mine.push([this.#back.core, this]);
      for (const tap of this.#taps) mine.push([tap.core, tap]);
      if (this.#controller !== undefined) mine.push([this.#controller.core, this.#controller]);
      for (const [core, relay] of mine) {
        core.occupy(relay);
        occupied.push(core);
      }
    } catch (error) {
      for (const core of occupied) core.vacate();
      throw error;
    }
  }
}

const NOTHING = { messages: 0, bytes: 0 };

function lingerOf({ options }: SocketCore, given: number | undefined): number {
  const linger = given ?? options.linger;
  return linger < 0 ? Infinity : linger;
}

function openCapture(options: DeviceOptions, made: End[]): { front?: End; back?: End } {
  const { capture } = options;
  const open = (given: Socket | string | undefined): End | undefined => {
    if (given === undefined) return undefined;
    const end = openEnd(given, (rest) => new Publisher({ ...rest, ...own(options) }));
    made.push(end);
    return end;
  };
  if (capture === undefined) return {};
  if (typeof capture === "string" || isSocket(capture)) {
    const both = open(capture)!;
    return { front: both, back: both };
  }
  const front = open(capture.front);
  const back = capture.back === capture.front ? front : open(capture.back);
  return { ...(front && { front }), ...(back && { back }) };
}

function openControl(options: DeviceOptions, made: End[]): End | undefined {
  if (options.control === undefined) return undefined;
  const end = openEnd(options.control, (rest) => new Reply({ ...rest, ...own(options) }));
  made.push(end);
  return end;
}

/** What the device's options say for each socket that it makes. */
export function own({ context, linger }: DeviceOptions): { context?: Context; linger?: number } {
  return { ...(context && { context }), ...(linger !== undefined && { linger }) };
}

declare function queueMicrotask(callback: () => void): void;
