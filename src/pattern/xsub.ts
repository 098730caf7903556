/**
 * XSUB and SUB (RFC 29): fair-queued in; subscriptions go to every publisher, and again to one that is new or
 * has come back. SUB filters what arrives as well; XSUB hands on all of it and may send messages upstream.
 *
 * @module
 */

import { latin1 } from "../base/bytes.ts";
import type { Peer } from "../io/engine.ts";
import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { FairQueue } from "./fair_queue.ts";
import { Pattern } from "./pattern.ts";
import { PrefixTree } from "./prefix_tree.ts";

/** How often a topic was subscribed to: the last unsubscribe of as many is the one that counts. */
interface Count {
  readonly topic: Uint8Array;
  count: number;
}

/** The behaviour of XSUB, on which SUB stands. */
export class XSubPattern extends Pattern {
  protected readonly in: FairQueue = new FairQueue();
  protected readonly tree: PrefixTree<Count> = new PrefixTree();
  readonly #topics = new Map<string, Count>();
  readonly #pipes = new Set<Pipe>();

  attach(pipe: Pipe): boolean {
    this.#pipes.add(pipe);
    this.readActivated(pipe);
    this.host.writable();
    return true;
  }

  override ready(pipe: Pipe, _peer: Peer): boolean {
    // All of them each time: libzmq loses those above its high-water mark here.
    for (const { topic } of this.#topics.values()) pipe.subscription(true, topic);
    return true;
  }

  detach(pipe: Pipe): void {
    this.#pipes.delete(pipe);
    if (pipe.inbound.length === 0) this.in.remove(pipe);
  }

  readActivated(pipe: Pipe): void {
    this.in.activate(pipe);
    if (this.readable) this.host.readable();
  }

  writeActivated(): void {
    this.host.writable();
  }

  /**
   * XSUB's program subscribes by parts 01 topic, and 00 topic; others go upstream as they are, with
   * ZMQ_ONLY_FIRST_SUBSCRIBE all parts behind such a one.
   */
  override send(message: Uint8Array[]): boolean {
    const rest = this.host.options.onlyFirstSubscribe && !isSubscription(message[0]!)
      ? message
      : message.filter((part) => !this.#subscribes(part));
    if (rest.length === 0) return true;
    for (const pipe of this.#pipes) if (!pipe.writeShared(rest)) this.host.dropped(pipe, "full");
    return true;
  }

  override receive(): Message | undefined {
    return this.in.receive();
  }

  override get readable(): boolean {
    return this.in.readable;
  }

  override get queued(): number {
    return this.in.queued;
  }

  override get writable(): boolean {
    return true;
  }

  /** One more subscription to a topic. Each is told: an XPUB that is verbose wants to hear of duplicates. */
  subscribe(topic: Uint8Array): void {
    const key = latin1(topic);
    let count = this.#topics.get(key);
    if (count === undefined) {
      count = { topic: topic.slice(), count: 0 };
      this.#topics.set(key, count);
      this.tree.set(count.topic, count);
    }
    count.count++;
    for (const pipe of this.#pipes) pipe.subscription(true, count.topic);
  }

  /**
   * One less. The publishers hear of the last one only; of a topic that was never subscribed, nothing. With
   * ZMQ_XSUB_VERBOSE_UNSUBSCRIBE they hear of all.
   */
  unsubscribe(topic: Uint8Array): void {
    const key = latin1(topic);
    const count = this.#topics.get(key);
    if (count !== undefined && --count.count === 0) {
      this.#topics.delete(key);
      this.tree.delete(topic);
    } else if (!this.host.options.verboseUnsubscribe) return;
    for (const pipe of this.#pipes) pipe.subscription(false, topic);
  }

  /** How many topics are subscribed to. */
  get topicsCount(): number {
    return this.#topics.size;
  }

  /** Does what the part says, if it is a subscription or the end of one. */
  #subscribes(part: Uint8Array): boolean {
    if (!isSubscription(part)) return false;
    if (part[0] === 1) this.subscribe(part.subarray(1));
    else this.unsubscribe(part.subarray(1));
    return true;
  }
}

function isSubscription(part: Uint8Array): boolean {
  return part[0]! < 2;
}

/** The behaviour of SUB. RFC 29: it filters too; what a publisher sends unasked never reaches the program. */
export class SubPattern extends XSubPattern {
  override send(): boolean {
    return false;
  }

  override receive(): Message | undefined {
    return this.readable ? this.in.receive() : undefined;
  }

  override get readable(): boolean {
    for (;;) {
      // Looked at and left there: taken, it would make room for one message above the high-water mark.
      const message = this.in.peek();
      if (message === undefined) return false;
      if (this.tree.matches(message[0]!) !== this.host.options.invertMatching) return true;
      this.in.receive();
      this.host.dropped(this.in.last, "filtered");
    }
  }
}
