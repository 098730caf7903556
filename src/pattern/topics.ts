/**
 * Who has subscribed to which topic. Here a peer that goes lets go of all its topics at once; `departures.ts` has it
 * done in steps.
 *
 * @module
 */

import { fromLatin1 } from "../base/bytes.ts";
import { Frame } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { PrefixTree } from "./prefix_tree.ts";

/** One connection of a peer, with topics of its own. The sets are made when they are needed. */
export interface Subscriber {
  readonly pipe: Pipe;
  /** The topics in the tree, as text of one code unit an octet. */
  topics?: Set<string>;
  /** The topics that the peer asked for, when the program decides. */
  asked?: Set<string>;
  /** Octets of both. */
  octets: number;
  /** The message that it matched last. One that has gone has matched whatever comes. */
  mark: number;
}

/**
 * Which topics of a departed peer the program hears of: those that nobody else holds, all of them, those that the peer
 * asked for, or none.
 */
export type Tells = "last" | "all" | "asked" | "none";

/** A notice of a subscription, or a message from an XSUB. */
export interface Notice {
  readonly message: Message;
  /** Whose subscription it was; `undefined` for messages. */
  readonly from: Subscriber | undefined;
}

/** The subscribers of a topic. Most topics of many have one: no set for it. */
export type Holders = Subscriber | Set<Subscriber>;

/** Topics and their subscribers. */
export class Topics {
  protected readonly tree: PrefixTree<Holders> = new PrefixTree();
  #lastMark = 0;

  /** How many topics have a subscriber. */
  get size(): number {
    return this.tree.size;
  }

  /** `key` is the topic as text. Whether the peer is the topic's first; `undefined`: it has the topic already. */
  add(subscriber: Subscriber, topic: Uint8Array, key: string): boolean | undefined {
    const topics = subscriber.topics ??= new Set();
    const before = topics.size;
    // One look into a large set in place of two.
    if (topics.add(key).size === before) return undefined;
    subscriber.octets += topic.length;
    const holders = this.tree.get(topic);
    if (holders === undefined) this.tree.set(topic, subscriber);
    else if (holders instanceof Set) holders.add(subscriber);
    else this.tree.set(topic, new Set([holders, subscriber]));
    return holders === undefined;
  }

  /** Whether the peer was the topic's last; `undefined`: it had no such topic. */
  remove(subscriber: Subscriber, topic: Uint8Array, key: string): boolean | undefined {
    if (!subscriber.topics?.delete(key)) return undefined;
    subscriber.octets -= topic.length;
    return this.letGo(subscriber, topic) === 0;
  }

  /** The peer is gone. Its notices go to the program's. */
  leave(subscriber: Subscriber, tells: Tells, notices: { push(notice: Notice): void }): void {
    for (const key of subscriber.topics ?? []) {
      const others = this.letGo(subscriber, fromLatin1(key));
      if (tells === "all" || tells === "last" && !others) notices.push(unsubscription(key, subscriber));
    }
    if (tells === "asked") {
      for (const key of subscriber.asked ?? []) notices.push(unsubscription(key, subscriber));
    }
  }

  /** The peers that have subscribed to what a message begins with, each once. Answers its mark. */
  match(first: Uint8Array, matched: Pipe[]): number {
    const mark = ++this.#lastMark;
    this.tree.visit(first, (holders) => {
      if (!(holders instanceof Set)) addMarked(matched, holders, mark);
      else for (const holder of holders) addMarked(matched, holder, mark);
    });
    return mark;
  }

  /** Takes the topic from a peer. Answers how many have it still; `undefined`: the peer had it no more. */
  protected letGo(subscriber: Subscriber, topic: Uint8Array): number | undefined {
    const holders = this.tree.get(topic);
    if (holders instanceof Set) {
      if (!holders.delete(subscriber)) return undefined;
      if (holders.size > 0) return holders.size;
    } else if (holders !== subscriber) return undefined;
    this.tree.delete(topic);
    return 0;
  }
}

/** The notice that a peer has a topic no more. */
export function unsubscription(key: string, from: Subscriber): Notice {
  const frame = new Frame(1 + key.length);
  frame.set(fromLatin1(key), 1);
  return { message: [frame], from };
}

/** A connection without topics. */
export function subscriberOf(pipe: Pipe): Subscriber {
  return { pipe, octets: 0, mark: 0 };
}

function addMarked(matched: Pipe[], holder: Subscriber, mark: number): void {
  if (holder.mark >= mark) return;
  holder.mark = mark;
  matched.push(holder.pipe);
}
