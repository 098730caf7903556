/**
 * XPUB and PUB (RFC 29): each message goes to every peer with a subscription that its first frame begins with.
 * XPUB tells the program of subscriptions, as messages 01 topic and 00 topic; PUB keeps them to itself.
 *
 * A publisher holds a set of topics for each peer, not a count: one CANCEL ends any number of SUBSCRIBEs
 * (libzmq's way, which every deployed subscriber relies on; RFC 37 would count).
 *
 * @module
 */

import { latin1 } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import { copyBeside } from "../message/frame.ts";
import type { Frame, Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { Pattern } from "./pattern.ts";
import { DepartingTopics, Notices } from "./departures.ts";
import { subscriberOf } from "./topics.ts";
import type { Subscriber } from "./topics.ts";

/** The behaviour of XPUB, on which PUB stands. */
export class XPubPattern extends Pattern {
  readonly #notices = new Notices();
  readonly #topics = new DepartingTopics(this.host);
  readonly #subscribers = new Map<Pipe, Subscriber>();
  /** Pipes that lead to a medium: everything goes to each, and no subscription comes from it. */
  readonly #media = new Set<Pipe>();
  /** Pipes that are not read while too many notices wait. */
  readonly #held = new Set<Pipe>();
  readonly #matched: Pipe[] = [];
  /** Whose subscription the program received last, when `manual`: its decisions are about it. */
  #last: Subscriber | undefined;
  /** Whether the program hears of subscriptions. */
  protected readonly tells: boolean = true;

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
    const { message, from } = notice;
    // Of a peer that has gone meanwhile, or was connected anew, nothing can be decided, nor then of the one before.
    if (from !== undefined && this.host.options.manual) this.#last = this.#knows(from) ? from : undefined;
    if (this.#held.size > 0 && this.#notices.length <= (this.host.options.receiveHighWaterMark >> 1)) {
      const held = [...this.#held];
      this.#held.clear();
      for (const pipe of held) this.readActivated(pipe);
    }
    return message;
  }

  override get readable(): boolean {
    return this.#notices.peek() !== undefined;
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
    return this.#topics.size;
  }

  /** `manual`: subscribes the peer whose subscription was received last. */
  confirm(topic: Uint8Array): void {
    if (this.#last !== undefined) this.#topics.add(this.#last, topic, latin1(topic));
  }

  /** `manual`: takes a topic from that peer. */
  revoke(topic: Uint8Array): void {
    if (this.#last !== undefined) this.#topics.remove(this.#last, topic, latin1(topic));
  }

  /** A message from an XSUB that is no subscription (RFC 29: XPUB delivers it, PUB drops it). */
  protected fromSubscriber(message: Message, _pipe: Pipe): void {
    this.#push(message);
  }

  #push(message: Message, from?: Subscriber): void {
    this.#notices.push({ message, from });
    this.host.readable();
  }

  #read(pipe: Pipe, message: Message): void {
    // ZMQ_ONLY_FIRST_SUBSCRIBE: what begins as a message of the peer's is one to its end.
    if (this.host.options.onlyFirstSubscribe && !(message[0]![0]! < 2)) {
      return this.fromSubscriber(message, pipe);
    }
    const rest: Message = [];
    for (const frame of message) {
      if (frame[0]! < 2) this.#obey(pipe, frame);
      else rest.push(frame);
    }
    if (rest.length > 0) this.fromSubscriber(rest, pipe);
  }

  /** A subscription, or the end of one. */
  #obey(pipe: Pipe, frame: Frame): void {
    const { manual, maxSubscriptions, maxSubscriptionTotal, verbosity } = this.host.options;
    const subscriber = this.#subscribers.get(pipe);
    if (subscriber === undefined) return;
    const { topics, asked } = subscriber;
    // As a plain view: `subarray` would make a frame of it, which takes twice as long.
    const topic = new Uint8Array(frame.buffer, frame.byteOffset + 1, frame.length - 1);
    const key = latin1(topic);
    const on = frame[0] === 1;
    if (
      on && ((topics?.size ?? 0) + (asked?.size ?? 0) >= maxSubscriptions ||
        subscriber.octets + topic.length > maxSubscriptionTotal) &&
      !topics?.has(key) && !asked?.has(key)
    ) {
      return pipe.terminate(
        new ProtocolError(
          "ERR_ZMTP_UNSPECIFIED",
          `More than ${maxSubscriptions} subscriptions of one peer, or ${maxSubscriptionTotal} octets in them`,
        ),
      );
    }
    let heard: boolean | undefined = manual;
    if (manual) this.#ask(subscriber, key, on);
    else if (on) heard = this.#topics.add(subscriber, topic, key) || verbosity !== "";
    else heard = this.#topics.remove(subscriber, topic, key) || verbosity === "allSubsUnsubs";
    if (heard && this.tells) this.#push([copyBeside(frame, frame)], subscriber);
  }

  #ask(subscriber: Subscriber, key: string, on: boolean): void {
    const asked = subscriber.asked ??= new Set();
    const before = asked.size;
    if (on) asked.add(key);
    else asked.delete(key);
    subscriber.octets += (asked.size - before) * key.length;
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
    const heard = manual ? "asked" : verbosity === "allSubsUnsubs" ? "all" : "last";
    this.#subscribers.delete(pipe);
    this.#topics.leave(subscriber, this.tells ? heard : "none", this.#notices);
    if (this.readable) this.host.readable();
  }

  #knows(subscriber: Subscriber): boolean {
    return this.#subscribers.get(subscriber.pipe) === subscriber;
  }

  /** The peers that this message goes to, each once. */
  #match(first: Uint8Array): Pipe[] {
    const matched = this.#matched;
    // A message that `noDrop` refused has left its peers here.
    matched.length = 0;
    const matching = this.#topics.match(first, matched);
    if (this.host.options.invertMatching) {
      matched.length = 0;
      for (const { pipe, mark } of this.#subscribers.values()) if (mark !== matching) matched.push(pipe);
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
  protected override readonly tells: boolean = false;

  protected override fromSubscriber(_message: Message, pipe: Pipe): void {
    this.host.dropped(pipe, "unexpected");
  }
}
