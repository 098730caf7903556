/**
 * Peers that have gone let go of their topics in steps, because a million of them take seconds: the first ones at
 * once, the others a step a turn of the event loop, and two more with each topic that comes or goes, so that what the
 * departed leave behind cannot pile up. It does not show. No message finds a departed peer, a topic that changes hands
 * before its turn is let go of there and then, and an XPUB's program hears all in the order in which it happened.
 *
 * @module
 */

import { fromLatin1 } from "../base/bytes.ts";
import { Ring } from "../base/ring.ts";
import type { PatternHost } from "./pattern.ts";
import { Topics, unsubscription } from "./topics.ts";
import type { Holders, Notice, Subscriber, Tells } from "./topics.ts";

/** Topics a turn: a millisecond or two. Each KiB of a topic counts as one more. */
const STEP = 1000;

/** A peer that has gone. */
class Departed {
  readonly subscriber: Subscriber;
  readonly tells: Tells;
  /** What it has not let go of yet; absent when that is all. */
  rest: Iterator<string> | undefined;
  /** Topics of which the program has still to hear. */
  readonly told = new Ring<string>();
  /** How many went before it. */
  readonly order: number;
  /** 1 while it counts as a notice itself: nobody knows yet whether there will be any, or it has turned out to be none. */
  weight = 0;
  readonly #notices: Notices;

  constructor(subscriber: Subscriber, tells: Tells, notices: Notices, order: number) {
    this.subscriber = subscriber;
    this.tells = tells;
    this.rest = subscriber.topics?.values();
    this.#notices = notices;
    this.order = order;
  }

  /** The program is to hear of this topic. */
  tell(key: string): void {
    this.told.push(key);
    this.#notices.length++;
  }

  /** It has let go of all. */
  finish(): void {
    this.rest = undefined;
    if (this.told.length === 0) return;
    this.#notices.length -= this.weight;
    this.weight = 0;
  }
}

/** What waits for the program. A departed peer stands for the notices of all its topics. */
export class Notices {
  readonly #ring = new Ring<Notice | Departed>();
  /**
   * How many wait. A departed peer of which nothing better is known counts as one: those that come and go must find an
   * end at a program that reads nothing.
   */
  length = 0;

  /** Adds one at the end. */
  push(notice: Notice): void {
    this.#ring.push(notice);
    this.length++;
  }

  /** Adds those of a departed peer: the ones that are known, and more as long as it has not let go of all. */
  pushAll(departed: Departed): void {
    const known = departed.rest === undefined;
    if (known && departed.told.length === 0) return;
    this.#ring.push(departed);
    this.length += departed.weight = known ? 0 : 1;
  }

  /** The first one; none while it is not known which topics of a departed peer the program hears of. */
  peek(): Notice | Departed | undefined {
    for (;;) {
      const first = this.#ring.peek();
      if (!(first instanceof Departed) || first.told.length > 0) return first;
      if (first.rest !== undefined) return undefined;
      this.#ring.shift();
      this.length -= first.weight;
    }
  }

  /** Takes it. */
  shift(): Notice | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    this.length--;
    if (first instanceof Departed) return unsubscription(first.told.shift()!, first.subscriber);
    this.#ring.shift();
    return first;
  }
}

/** Topics and their subscribers, departed ones among them. */
export class DepartingTopics extends Topics {
  readonly #host: PatternHost;
  /** Peers that have not let go of all yet, in the order in which they went. */
  readonly #leaving = new Map<Subscriber, Departed>();
  #departures = 0;
  /** How many topics may still be let go of in this turn. */
  #allowance = STEP;
  #stepping = false;

  constructor(host: PatternHost) {
    super();
    this.#host = host;
  }

  /** Who asks has the departed let go of all. */
  override get size(): number {
    this.#step(Infinity);
    return super.size;
  }

  override leave(subscriber: Subscriber, tells: Tells, notices: Notices): void {
    // It has matched whatever comes.
    subscriber.mark = Infinity;
    const departed = new Departed(subscriber, tells, notices, this.#departures++);
    if (tells === "asked") { for (const key of subscriber.asked ?? []) departed.tell(key); }
    if (departed.rest !== undefined) {
      this.#leaving.set(subscriber, departed);
      this.#allowance = this.#step(this.#allowance);
      this.#goOn();
    }
    if (tells !== "none") notices.pushAll(departed);
  }

  override add(subscriber: Subscriber, topic: Uint8Array, key: string): boolean | undefined {
    this.#clear(topic, key);
    return super.add(subscriber, topic, key);
  }

  override remove(subscriber: Subscriber, topic: Uint8Array, key: string): boolean | undefined {
    this.#clear(topic, key);
    return super.remove(subscriber, topic, key);
  }

  /** Departed peers let go of a topic that may change hands now, and of two more. */
  #clear(topic: Uint8Array, key: string): void {
    if (this.#leaving.size === 0) return;
    const holders = this.tree.get(topic);
    if (holders !== undefined) this.#evict(this.#leavingOf(holders), topic, key);
    this.#step(2);
  }

  /** In the order in which they went: it says who was the topic's last. */
  #evict(leaving: readonly Departed[], topic: Uint8Array, key: string): void {
    for (const { subscriber, tells } of leaving) {
      const others = this.letGo(subscriber, topic)!;
      if (others > 0 && tells === "last") subscriber.topics!.delete(key);
    }
  }

  #leavingOf(holders: Holders): Departed[] {
    const leaving = this.#leaving;
    if (!(holders instanceof Set)) return [leaving.get(holders) ?? []].flat();
    // Whichever are fewer.
    if (leaving.size < holders.size) {
      return [...leaving.values()].filter(({ subscriber }) => holders.has(subscriber));
    }
    const all = [...holders].flatMap((holder) => leaving.get(holder) ?? []);
    return all.sort((a, b) => a.order - b.order);
  }

  /** So many topics are let go of. Answers how many it could have been more. */
  #step(most: number): number {
    let left = most;
    for (const [subscriber, departed] of this.#leaving) {
      left = this.#release(departed, left);
      if (departed.rest !== undefined) return 0;
      this.#leaving.delete(subscriber);
    }
    return left;
  }

  /** The same for one peer, which has let go of all unless the answer is 0. */
  #release(departed: Departed, most: number): number {
    const { subscriber, tells, rest } = departed;
    for (let left = most; left > 0;) {
      const { value: key, done } = rest!.next();
      if (done) {
        departed.finish();
        return left;
      }
      left -= 1 + (key.length >>> 10);
      const others = this.letGo(subscriber, fromLatin1(key));
      // Of what it was made to let go of before, only the topics that the program hears of are still here.
      if (tells === "all" || tells === "last" && !others) departed.tell(key);
    }
    return 0;
  }

  #goOn(): void {
    if (this.#stepping || this.#allowance > 0) return;
    this.#stepping = true;
    this.#host.later(() => {
      this.#stepping = false;
      this.#allowance = this.#step(STEP);
      this.#goOn();
      this.#host.readable();
    });
  }
}
