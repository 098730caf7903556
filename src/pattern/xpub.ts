/**
 * XPUB and PUB (RFC 29): each message goes to every peer with a subscription that its first frame begins with.
 * XPUB tells the program of subscriptions, as messages 01 topic and 00 topic; PUB keeps them to itself.
 *
 * A publisher holds a set of topics for each peer, not a count: one CANCEL ends any number of SUBSCRIBEs
 * (libzmq's way, which every deployed subscriber relies on; RFC 37 would count).
 *
 * @module
 */

import { fromLatin1, latin1 } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import { Ring } from "../base/ring.ts";
import { copyBeside, Frame } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { Pattern } from "./pattern.ts";
import { PrefixTree } from "./prefix_tree.ts";

/** What waits for the program: a notice of a subscription, or a message from an XSUB. */
interface Notice {
  readonly message: Message;
  /** Whose subscription it was; `undefined` for messages. */
  readonly from: Subscriber | undefined;
}

/** Topics of one peer's own, and of one connection of it; the maps are made when they are needed. */
export interface Subscriber {
  readonly pipe: Pipe;
  /** The topics in the tree, as text of one code unit an octet. */
  topics: Set<string> | undefined;
  /** The topics that the peer asked for, when `manual`. */
  asked: Set<string> | undefined;
  /** Octets of both. */
  octets: number;
}

let lastMark = 0;

/** The behaviour of XPUB, on which PUB stands. */
export class XPubPattern extends Pattern {
  readonly #tree = new PrefixTree<Pipe | Set<Pipe>>();
  readonly #subscribers = new Map<Pipe, Subscriber>();
  /** Pipes that lead to a medium: everything goes to each, and no subscription comes from it. */
  readonly #media = new Set<Pipe>();
  readonly #notices = new Ring<Notice>();
  /** Pipes that are not read while too many notices wait. */
  readonly #held = new Set<Pipe>();
  readonly #matched: Pipe[] = [];
  /** Whose subscription the program received last, when `manual`: its decisions are about it. */
  #last: Subscriber | undefined;

  attach(pipe: Pipe): boolean {
    if (pipe.broadcast) {
      this.#media.add(pipe);
      return true;
    }
    this.#subscribers.set(pipe, subscriberOf(pipe));
    const { welcomeMessage } = this.host.options;
    if (welcomeMessage !== undefined) pipe.write([welcomeMessage]);
    this.readActivated(pipe);
    return true;
  }

  /** RFC 29: a subscriber that is lost has no subscriptions; when it comes back it says them again. */
  override lost(pipe: Pipe): void {
    if (pipe.broadcast) return;
    this.#forget(pipe);
    this.#subscribers.set(pipe, subscriberOf(pipe));
  }

  detach(pipe: Pipe): void {
    this.#forget(pipe);
    this.#media.delete(pipe);
    this.host.writable();
  }

  readActivated(pipe: Pipe): void {
    if (pipe.broadcast) {
      while (pipe.read() !== undefined) this.host.dropped(pipe, "unexpected");
      return;
    }
    // An XPUB whose program never receives must not grow: its peers are read no further (they feel
    // back-pressure), where libzmq's queue of notices has no bound.
    const bound = this.host.options.receiveHighWaterMark || Infinity;
    for (;;) {
      if (this.#notices.length >= bound) {
        this.#held.add(pipe);
        return;
      }
      const message = pipe.read();
      if (message === undefined) return;
      this.#read(pipe, message);
    }
  }

  writeActivated(): void {
    this.host.writable();
  }

  override send(message: Uint8Array[]): boolean {
    const matched = this.#match(message[0]!);
    if (this.host.options.noDrop) {
      for (const pipe of matched) {
        if (pipe.hasRoom) continue;
        matched.length = 0;
        return false;
      }
    }
    if (this.#last !== undefined && this.host.options.manualLastValue) this.#last = undefined;
    for (const pipe of matched) {
      if (!pipe.writeShared(message)) this.host.dropped(pipe, "full");
    }
    matched.length = 0;
    return true;
  }

  override receive(): Message | undefined {
    const notice = this.#notices.shift();
    if (notice === undefined) return undefined;
    const { from } = notice;
    // Of a peer that has gone meanwhile, or was connected anew, nothing can be decided, nor then of the one before.
    if (from !== undefined && this.host.options.manual) this.#last = this.#knows(from) ? from : undefined;
    if (this.#held.size > 0 && this.#notices.length <= (this.host.options.receiveHighWaterMark >> 1)) {
      const held = [...this.#held];
      this.#held.clear();
      for (const pipe of held) this.readActivated(pipe);
    }
    return notice.message;
  }

  override get readable(): boolean {
    return this.#notices.length > 0;
  }

  override get queued(): number {
    return this.#notices.length;
  }

  override get writable(): boolean {
    if (!this.host.options.noDrop) return true;
    for (const pipes of [this.#subscribers.keys(), this.#media]) {
      for (const pipe of pipes) if (!pipe.hasRoom) return false;
    }
    return true;
  }

  /** How many topics have a subscriber. */
  get topicsCount(): number {
    return this.#tree.size;
  }

  /** `manual`: subscribes the peer whose subscription was received last. */
  confirm(topic: Uint8Array): void {
    if (this.#last !== undefined) this.#add(this.#last.pipe, topic);
  }

  /** `manual`: takes a topic from that peer. */
  revoke(topic: Uint8Array): void {
    if (this.#last !== undefined) this.#remove(this.#last.pipe, topic);
  }

  /** What the program hears of; PUB hears of nothing. */
  protected notify(message: Message, from: Subscriber | undefined): void {
    this.#notices.push({ message, from });
    this.host.readable();
  }

  /** A message from an XSUB that is no subscription (RFC 29: XPUB delivers it, PUB drops it). */
  protected fromSubscriber(message: Message, _pipe: Pipe): void {
    this.notify(message, undefined);
  }

  #read(pipe: Pipe, message: Message): void {
    // ZMQ_ONLY_FIRST_SUBSCRIBE: what begins as a message of the peer's is one to its end.
    if (this.host.options.onlyFirstSubscribe && !(message[0]![0]! < 2)) {
      return this.fromSubscriber(message, pipe);
    }
    const rest: Message = [];
    for (const frame of message) {
      if (frame[0] === 1) this.#subscribe(pipe, frame);
      else if (frame[0] === 0) this.#cancel(pipe, frame);
      else rest.push(frame);
    }
    if (rest.length > 0) this.fromSubscriber(rest, pipe);
  }

  #subscribe(pipe: Pipe, frame: Frame): void {
    const { manual, maxSubscriptions, maxSubscriptionTotal, verbosity } = this.host.options;
    const subscriber = this.#subscribers.get(pipe);
    if (subscriber === undefined) return;
    const topic = frame.subarray(1);
    const count = (subscriber.topics?.size ?? 0) + (subscriber.asked?.size ?? 0);
    if (count >= maxSubscriptions || subscriber.octets + topic.length > maxSubscriptionTotal) {
      const key = latin1(topic);
      if (!subscriber.topics?.has(key) && !subscriber.asked?.has(key)) {
        pipe.terminate(
          new ProtocolError(
            "ERR_ZMTP_UNSPECIFIED",
            `More than ${maxSubscriptions} subscriptions of one peer, or ${maxSubscriptionTotal} octets in them`,
          ),
        );
        return;
      }
    }
    if (manual) {
      const asked = subscriber.asked ??= new Set();
      const key = latin1(topic);
      if (!asked.has(key)) subscriber.octets += topic.length;
      asked.add(key);
      this.notify([copyBeside(frame, frame)], subscriber);
    } else if (this.#add(pipe, topic) || verbosity !== "") {
      this.notify([copyBeside(frame, frame)], subscriber);
    }
  }

  #cancel(pipe: Pipe, frame: Frame): void {
    const { manual, verbosity } = this.host.options;
    const subscriber = this.#subscribers.get(pipe);
    if (subscriber === undefined) return;
    const topic = frame.subarray(1);
    if (manual) {
      if (subscriber.asked?.delete(latin1(topic))) subscriber.octets -= topic.length;
      this.notify([copyBeside(frame, frame)], subscriber);
      return;
    }
    if (this.#remove(pipe, topic) || verbosity === "allSubsUnsubs") {
      this.notify([copyBeside(frame, frame)], subscriber);
    }
  }

  /** Whether the peer is the topic's first. */
  #add(pipe: Pipe, topic: Uint8Array): boolean {
    const subscriber = this.#subscribers.get(pipe)!;
    const key = latin1(topic);
    const topics = subscriber.topics ??= new Set();
    if (topics.has(key)) return false;
    topics.add(key);
    subscriber.octets += topic.length;
    const pipes = this.#tree.get(topic);
    // Most topics of many have one subscriber: no set for it.
    if (pipes === undefined) this.#tree.set(topic, pipe);
    else if (pipes instanceof Set) pipes.add(pipe);
    else this.#tree.set(topic, new Set([pipes, pipe]));
    return pipes === undefined;
  }

  /** Whether the peer was the topic's last. */
  #remove(pipe: Pipe, topic: Uint8Array): boolean {
    const subscriber = this.#subscribers.get(pipe);
    if (!subscriber?.topics?.delete(latin1(topic))) return false;
    subscriber.octets -= topic.length;
    return this.#release(pipe, topic);
  }

  /** The same for the tree alone. */
  #release(pipe: Pipe, topic: Uint8Array): boolean {
    const pipes = this.#tree.get(topic);
    if (pipes instanceof Set) {
      pipes.delete(pipe);
      if (pipes.size > 0) return false;
    }
    return this.#tree.delete(topic);
  }

  /** The peer is gone: its topics go, and XPUB's program hears of those that nobody else holds. */
  #forget(pipe: Pipe): void {
    const subscriber = this.#subscribers.get(pipe);
    if (subscriber === undefined) return;
    // What it said while too many notices waited, it will say again, or has no peer to be about.
    if (this.#held.delete(pipe)) {
      for (let message = pipe.read(); message !== undefined; message = pipe.read()) {
        if (!(message[0]![0]! < 2)) this.host.dropped(pipe, "full");
      }
    }
    if (this.#last === subscriber) this.#last = undefined;
    const { manual, verbosity } = this.host.options;
    for (const key of subscriber.topics ?? []) {
      const topic = fromLatin1(key);
      const last = this.#release(pipe, topic);
      if (!manual && (last || verbosity === "allSubsUnsubs")) {
        this.notify([unsubscription(topic)], subscriber);
      }
    }
    if (manual) {
      for (const key of subscriber.asked ?? []) this.notify([unsubscription(fromLatin1(key))], subscriber);
    }
    this.#subscribers.delete(pipe);
  }

  #knows(subscriber: Subscriber): boolean {
    return this.#subscribers.get(subscriber.pipe) === subscriber;
  }

  /** The peers that this message goes to, each once. */
  #match(first: Uint8Array): Pipe[] {
    const matched = this.#matched;
    // A message that `noDrop` refused has left its peers here.
    matched.length = 0;
    const mark = ++lastMark;
    this.#tree.visit(first, (pipes) => {
      if (!(pipes instanceof Set)) addMarked(matched, pipes, mark);
      else for (const pipe of pipes) addMarked(matched, pipe, mark);
    });
    if (this.host.options.invertMatching) {
      matched.length = 0;
      for (const pipe of this.#subscribers.keys()) if (pipe.mark !== mark) matched.push(pipe);
    }
    for (const pipe of this.#media) matched.push(pipe);
    const last = this.#last?.pipe;
    // ZMQ_XPUB_MANUAL_LAST_VALUE: the first message behind a subscription is for who has subscribed alone.
    if (last !== undefined && this.host.options.manualLastValue) {
      const wants = matched.includes(last);
      matched.length = 0;
      if (wants) matched.push(last);
    }
    return matched;
  }
}

/** The behaviour of PUB. */
export class PubPattern extends XPubPattern {
  protected override notify(): void {}

  protected override fromSubscriber(_message: Message, pipe: Pipe): void {
    this.host.dropped(pipe, "unexpected");
  }

  override receive(): undefined {
    return undefined;
  }
}

function addMarked(matched: Pipe[], pipe: Pipe, mark: number): void {
  if (pipe.mark === mark) return;
  pipe.mark = mark;
  matched.push(pipe);
}

function subscriberOf(pipe: Pipe): Subscriber {
  return { pipe, topics: undefined, asked: undefined, octets: 0 };
}

function unsubscription(topic: Uint8Array): Frame {
  const frame = new Frame(1 + topic.length);
  frame.set(topic, 1);
  return frame;
}
