/**
 * The receive window of one source: which packets are there, which are missing, and what is done about those
 * (epgm's section "Receiver"). Packets come in by number and go out in order; holes that nothing can fill go out
 * at their place in that order too.
 *
 *     BACK_OFF → (NAK) → WAIT_NCF → (NCF) → WAIT_DATA → filled     either wait over: BACK_OFF again, 50 times
 *     any → LOST: the source's trail has passed it, the window is full, or all tries are over
 *
 * What is missing is kept as runs of equal state, what came behind a run lies with it: memory follows what has
 * arrived, not what a packet claims, and a jump of a million numbers costs one run. Numbers are counted without
 * wrap inside, and the wire's 32 bits are made of them where they leave.
 *
 * @module
 */

import { type Budget, Share } from "./budget.ts";
import type { DataPacket } from "./packet.ts";
import { BACK_OFF, LOST, PRESENT, Run, Runs, WAIT_DATA, WAIT_NCF } from "./runs.ts";

/** How long to wait for the NCF, and then for the data (OpenPGM as libzmq sets it). */
const NCF_WAIT = 200;
const DATA_WAIT = 200;
/** How often each wait may end in vain. */
const TRIES = 50;
/** What a packet costs beside its octets: the views, the datagram's own memory, its place. */
const PACKET_COST = 256;
/** What a run costs. */
const RUN_COST = 160;

/** Who gets what leaves the window, in order. */
export interface WindowSink {
  /** Whether anything may leave now. */
  readonly open: boolean;
  /** The next packet. */
  onPacket(packet: DataPacket): void;
  /** The next `count` numbers from `first` on will never come. */
  onHole(first: number, count: number): void;
}

/** What all windows of a receiver share. */
export interface WindowHost {
  /** How many packets a window holds. */
  readonly windowSize: number;
  /** How many numbers fit into a NAK. */
  readonly listSize: number;
  readonly budget: Budget;
  /** Draws a back-off in milliseconds. */
  backOff(): number;
}

/** One source's window, from the number it begins with. */
export class ReceiveWindow {
  readonly #sink: WindowSink;
  readonly #host: WindowHost;
  readonly #size: number;
  readonly #runs: Runs = new Runs();
  readonly #memory: Share;

  /** The next number to leave. */
  #next: number;
  /** The last number that has a place; `#next` - 1 if none has. */
  #lead: number;
  /** The last number that the source is known to have sent; ahead of `#lead` while there is no room. */
  #known: number;
  /** The source repairs from here on. A trail from before the window began says nothing. */
  #trail: number;
  /** No run is due before this. */
  #earliest = Infinity;

  constructor(sink: WindowSink, host: WindowHost, first: number) {
    this.#sink = sink;
    this.#host = host;
    this.#size = host.windowSize;
    this.#memory = new Share(host.budget);
    // So that no number of the window is ever below 0.
    this.#next = first + 2 ** 32;
    this.#trail = this.#next;
    this.#lead = this.#known = this.#next - 1;
  }

  /** When `tick` has something to do; early rather than late. */
  get deadline(): number {
    return this.#earliest;
  }

  /** The next number to leave, as it is on the wire. */
  get next(): number {
    return this.#next % 2 ** 32;
  }

  /** Whether everything that is known of has left. */
  get drained(): boolean {
    return this.#next > this.#known;
  }

  /** A packet of data. */
  take(packet: DataPacket, now: number): void {
    const number = this.#place(packet.number);
    if (number < this.#next) return;
    if (number > this.#known) this.#known = number;
    if (number > this.#lead) {
      if (number - this.#next >= this.#size) this.#makeRoom(number);
      if (number === this.#next && this.#sink.open) {
        // Everything is in order: nearly always.
        this.#lead = number;
        this.#next++;
        this.#sink.onPacket(packet);
      } else if (number - this.#next < this.#size) this.#append(number, packet, now);
    } else if (number === this.#next && this.#sink.open) this.#fillNext(packet);
    else this.#fill(number, packet);
    if (!this.#runs.isEmpty) this.#advance();
    if (this.#known > this.#lead) this.#extend(now);
  }

  /** The source says that it can repair nothing before `trail`: what is missing there is lost. */
  moveTrail(trail: number, now: number): void {
    const limit = this.#place(trail);
    if (limit <= this.#trail) return;
    const from = this.#trail;
    this.#trail = limit;
    if (limit <= this.#next) return;
    this.#loseBefore(limit, from);
    this.#advance();
    this.#extend(now);
  }

  /** The source says that it has sent everything up to `lead`. */
  moveLead(lead: number, now: number): void {
    const number = this.#place(lead);
    if (number > this.#known) {
      this.#known = number;
      if (number - this.#next >= this.#size) this.#makeRoom(number);
    }
    this.#extend(now);
  }

  /** The source confirms that these are asked for (NCF): nobody needs to ask again soon. */
  confirm(numbers: readonly number[], now: number): void {
    const places = numbers.map((number) => this.#place(number)).sort((a, b) => a - b);
    for (let i = 0; i < places.length;) {
      const first = places[i]!;
      let last = first;
      while (++i < places.length && places[i]! <= last + 1) last = places[i]!;
      this.#confirm(Math.max(first, this.#next), last, now);
    }
  }

  /** The sink is open again, or something has changed. */
  resume(now: number): void {
    this.#advance();
    this.#extend(now);
  }

  /**
   * Lets time pass. Answers the numbers to ask for, in lists for one NAK each, at most `most` lists: what is
   * due beyond that stays due.
   */
  tick(now: number, most: number): number[][] {
    if (now < this.#earliest) return [];
    const lists: number[][] = [];
    // One draw for all that expire together, so that they stay together in the next NAK.
    const again = now + this.#host.backOff();
    let earliest = Infinity;
    for (let i = this.#runs.head; i < this.#runs.end; i++) {
      const run = this.#runs.at(i);
      if (run.expiry <= now) {
        if (run.state === BACK_OFF) this.#ask(run, i, now, most, lists);
        else if (run.state === WAIT_NCF) run.retry(++run.withoutNcf === TRIES, again);
        else if (run.state === WAIT_DATA) run.retry(++run.withoutData === TRIES, again);
      }
      if (run.expiry < earliest) earliest = run.expiry;
    }
    this.#earliest = earliest;
    this.resume(now);
    return lists;
  }

  /** The source is gone: nothing that is missing will come. */
  giveUp(): void {
    this.#loseBefore(this.#known + 1, this.#next);
    this.#earliest = Infinity;
    this.#advance();
  }

  /** Drops what could not leave. Answers how many numbers that are; they begin at `next`. */
  discard(): number {
    const count = this.#known - this.#next + 1;
    this.#memory.clear();
    this.#runs.clear();
    this.#next = this.#known + 1;
    this.#lead = this.#known;
    this.#earliest = Infinity;
    return count;
  }

  /** A number of 32 bits counted without wrap: the one that is nearest to where we are. */
  #place(number: number): number {
    return this.#next + (number - this.#next % 2 ** 32 | 0);
  }

  /** A packet beyond all that have a place. */
  #append(number: number, packet: DataPacket, now: number): void {
    const gap = number > this.#lead + 1;
    const last = this.#runs.last();
    const isNew = gap || last === undefined;
    if (!this.#memory.claim(costOf(packet) + (isNew ? RUN_COST : 0))) return;
    let run = last;
    if (gap) run = this.#addGap(number - 1, BACK_OFF, now + this.#host.backOff());
    else if (run === undefined) run = this.#runs.push(new Run(number, number - 1, PRESENT, Infinity));
    run.push(packet);
    this.#lead = number;
  }

  /** The packet that everything waited for. */
  #fillNext(packet: DataPacket): void {
    const run = this.#runs.at(this.#runs.head);
    // Else it is there, and its turn is next.
    if (!run.hasGap) return;
    this.#next = ++run.first;
    run.settle();
    this.#dropEmptyHead();
    this.#sink.onPacket(packet);
  }

  /** A packet that has a place, and is perhaps there already. */
  #fill(number: number, packet: DataPacket): void {
    const index = this.#runs.find(number);
    const run = this.#runs.at(index);
    if (number > run.last) return;
    if (number === run.first && index > this.#runs.head) {
      if (!this.#memory.claim(costOf(packet))) return;
      this.#runs.at(index - 1).push(packet);
      run.first++;
      run.settle();
      if (run.isEmpty) this.#removeAt(index);
      return;
    }
    // The packet ends the run before it; what there is behind it is a run of its own.
    const splits = number < run.last || run.hasPackets;
    if (!this.#memory.claim(costOf(packet) + (splits ? RUN_COST : 0))) return;
    const rest = run.cut(number + 1);
    run.last = number - 1;
    run.settle();
    run.push(packet);
    if (splits) this.#runs.insert(index + 1, rest);
  }

  /** Gives numbers up to `last` a place as missing, in a run that the caller has claimed the cost of. */
  #addGap(last: number, state: typeof BACK_OFF | typeof LOST, expiry: number): Run {
    const run = this.#runs.push(new Run(this.#lead + 1, last, state, expiry));
    this.#lead = last;
    this.#earliest = Math.min(this.#earliest, expiry);
    return run;
  }

  /** Gives a place to what was sent and has none yet, as far as there is room. */
  #extend(now: number): void {
    const limit = Math.min(this.#known, this.#next + this.#size - 1);
    if (limit <= this.#lead) return;
    const last = this.#runs.last();
    if (last?.isFresh) this.#lead = last.last = limit;
    else if (this.#memory.claim(RUN_COST)) this.#addGap(limit, BACK_OFF, now + this.#host.backOff());
  }

  /** The window is too small for this number: what is missing at its beginning is lost. */
  #makeRoom(number: number): void {
    // While the host is full it is not the source's fault: the number has to wait, and is asked for later.
    if (!this.#sink.open) return;
    this.#loseBefore(number - this.#size + 1, this.#next);
    this.#advance();
  }

  /** Everything that is missing before `limit` is lost; before `from` that has been done. */
  #loseBefore(limit: number, from: number): void {
    const runs = this.#runs;
    for (let i = runs.find(Math.max(from, this.#next)); i < runs.end; i++) {
      const run = runs.at(i);
      if (run.first >= limit) break;
      if (!run.hasGap) continue;
      if (run.state !== LOST) {
        if (run.last >= limit) {
          this.#memory.force(RUN_COST);
          this.#split(i, limit);
        }
        run.lose();
      }
      // Neighbours that are lost become one, so that a trail that moves on leaves no runs behind.
      if (i > runs.head && runs.at(i - 1).isHole) {
        runs.at(i - 1).absorb(run);
        this.#removeAt(i--);
      }
    }
    if (limit - 1 <= this.#lead) return;
    if (this.#known < limit - 1) this.#known = limit - 1;
    this.#memory.force(RUN_COST);
    this.#addGap(limit - 1, LOST, Infinity);
  }

  /** What can leave, leaves. */
  #advance(): void {
    const runs = this.#runs;
    while (!runs.isEmpty && this.#sink.open) {
      const run = runs.at(runs.head);
      if (run.hasGap) {
        if (run.state !== LOST) return;
        this.#leaveHole();
      } else {
        const packet = run.shift();
        this.#next++;
        this.#memory.release(costOf(packet));
        this.#dropEmptyHead();
        this.#sink.onPacket(packet);
      }
    }
  }

  /** Tells of the hole at the beginning, with all that is lost right behind it. */
  #leaveHole(): void {
    const runs = this.#runs;
    const start = this.#next;
    while (!runs.isEmpty) {
      const run = runs.at(runs.head);
      if (!run.hasGap || run.state !== LOST) break;
      this.#next = run.first = run.last + 1;
      run.settle();
      this.#dropEmptyHead();
    }
    this.#sink.onHole(start % 2 ** 32, this.#next - start);
  }

  #dropEmptyHead(): void {
    if (this.#runs.at(this.#runs.head).isEmpty) this.#removeAt(this.#runs.head);
  }

  #confirm(first: number, last: number, now: number): void {
    // Far beyond the window it is no reason to lose what is in it.
    if (last < first || last - this.#next >= this.#size) return;
    if (last > this.#known) this.#known = last;
    this.#extend(now);
    const runs = this.#runs;
    const expiry = now + DATA_WAIT;
    for (let i = runs.find(first); i < runs.end; i++) {
      let run = runs.at(i);
      if (run.first > last) break;
      if (!run.hasGap || run.last < first || run.state === LOST) continue;
      if (run.first < first) {
        if (!this.#memory.claim(RUN_COST)) return;
        i = this.#split(i, first);
        run = runs.at(i);
      }
      if (run.last > last) {
        if (!this.#memory.claim(RUN_COST)) return;
        this.#split(i, last + 1);
      }
      run.state = WAIT_DATA;
      run.expiry = expiry;
      this.#earliest = Math.min(this.#earliest, expiry);
    }
  }

  /** Asks for the numbers of a run, as far as the lists reach; what is left stays due. */
  #ask(run: Run, index: number, now: number, most: number, lists: number[][]): void {
    let list = lists[lists.length - 1];
    for (let number = run.first; number <= run.last; number++) {
      if (list === undefined || list.length === this.#host.listSize) {
        if (lists.length === most) {
          if (number === run.first) return;
          // Without the memory for two runs all of it waits as if it had been asked for.
          if (this.#memory.claim(RUN_COST)) this.#split(index, number);
          break;
        }
        list = [];
        lists.push(list);
      }
      list.push(number % 2 ** 32);
    }
    run.state = WAIT_NCF;
    run.expiry = now + NCF_WAIT;
  }

  /** Makes two runs of one; the second begins at `number`. Answers its index; the caller has claimed the cost. */
  #split(index: number, number: number): number {
    this.#runs.insert(index + 1, this.#runs.at(index).cut(number));
    return index + 1;
  }

  #removeAt(index: number): void {
    this.#runs.removeAt(index);
    this.#memory.release(RUN_COST);
  }
}

function costOf(packet: DataPacket): number {
  return packet.slice.length + PACKET_COST;
}
