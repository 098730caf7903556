/**
 * RADIO and DISH (RFC 48): publish and subscribe by group, which is matched as a whole and not by its beginning.
 * A message here is the group and one part. A RADIO hears what groups each DISH has joined; a DISH filters too.
 *
 * @module
 */

import { latin1 } from "../base/bytes.ts";
import { ProtocolError, ZmqError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import type { Message } from "../message/frame.ts";
import { GROUP_MAX, joins } from "../message/membership.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { FairQueue } from "./fair_queue.ts";
import { Pattern } from "./pattern.ts";
import { requireSinglePart } from "./single_part.ts";

/** What a peer has joined, and how often: as in libzmq, a JOIN more wants a LEAVE more. */
class Groups extends Map<string, number> {
  octets = 0;
}

/** The behaviour of RADIO. */
export class RadioPattern extends Pattern {
  readonly #dishes = new Map<string, Set<Pipe>>();
  /** The groups of each peer. */
  readonly #joined = new Map<Pipe, Groups>();
  /** Pipes that lead to a medium: every message goes to each. */
  readonly #media = new Set<Pipe>();

  attach(pipe: Pipe): boolean {
    if (pipe.broadcast) this.#media.add(pipe);
    else this.#joined.set(pipe, new Groups());
    this.readActivated(pipe);
    return true;
  }

  /** A dish that is lost has joined nothing; when it comes back it says its groups again. */
  override lost(pipe: Pipe): void {
    this.#forget(pipe);
    if (!pipe.broadcast) this.#joined.set(pipe, new Groups());
  }

  detach(pipe: Pipe): void {
    this.#forget(pipe);
    this.#media.delete(pipe);
    this.host.writable();
  }

  readActivated(pipe: Pipe): void {
    for (;;) {
      const message = pipe.read();
      if (message === undefined) return;
      const on = joins(message);
      // RFC 48: a RADIO receives nothing else.
      if (on === undefined) this.host.dropped(pipe, "unexpected");
      else if (on) this.#join(pipe, latin1(message[1]!));
      else this.#leave(pipe, latin1(message[1]!));
    }
  }

  writeActivated(): void {
    this.host.writable();
  }

  override send(message: Uint8Array[]): boolean {
    requireSinglePart(message, 1);
    checkGroup(message[0]!);
    for (const pipe of this.#media) pipe.check(message);
    const dishes = this.#dishes.get(latin1(message[0]!));
    if (this.host.options.noDrop && !(hasRoom(dishes) && hasRoom(this.#media))) return false;
    for (const pipe of dishes ?? []) if (!pipe.writeShared(message)) this.host.dropped(pipe, "full");
    for (const pipe of this.#media) if (!pipe.write(message)) this.host.dropped(pipe, "full");
    return true;
  }

  override get writable(): boolean {
    if (!this.host.options.noDrop) return true;
    return hasRoom(this.#joined.keys()) && hasRoom(this.#media);
  }

  /** How many groups have a dish. */
  get topicsCount(): number {
    return this.#dishes.size;
  }

  #join(pipe: Pipe, group: string): void {
    const joined = this.#joined.get(pipe);
    if (joined === undefined) return;
    const times = joined.get(group);
    if (times !== undefined) {
      joined.set(group, times + 1);
      return;
    }
    const { maxSubscriptions, maxSubscriptionTotal } = this.host.options;
    if (joined.size >= maxSubscriptions || joined.octets + group.length > maxSubscriptionTotal) {
      pipe.terminate(
        new ProtocolError(
          "ERR_ZMTP_UNSPECIFIED",
          `More than ${maxSubscriptions} groups of one peer, or ${maxSubscriptionTotal} octets in them`,
        ),
      );
      return;
    }
    joined.set(group, 1);
    joined.octets += group.length;
    const dishes = this.#dishes.get(group);
    if (dishes === undefined) this.#dishes.set(group, new Set([pipe]));
    else dishes.add(pipe);
  }

  #leave(pipe: Pipe, group: string): void {
    const joined = this.#joined.get(pipe);
    const times = joined?.get(group);
    if (times === undefined) return;
    if (times > 1) {
      joined!.set(group, times - 1);
      return;
    }
    joined!.delete(group);
    joined!.octets -= group.length;
    this.#release(pipe, group);
  }

  #release(pipe: Pipe, group: string): void {
    const dishes = this.#dishes.get(group)!;
    dishes.delete(pipe);
    if (dishes.size === 0) this.#dishes.delete(group);
  }

  #forget(pipe: Pipe): void {
    for (const group of this.#joined.get(pipe)?.keys() ?? []) this.#release(pipe, group);
    this.#joined.delete(pipe);
  }
}

/** The behaviour of DISH. */
export class DishPattern extends Pattern {
  readonly #in = new FairQueue();
  readonly #pipes = new Set<Pipe>();
  readonly #groups = new Map<string, Uint8Array>();

  attach(pipe: Pipe): boolean {
    this.#pipes.add(pipe);
    this.readActivated(pipe);
    return true;
  }

  override ready(pipe: Pipe, _peer: Peer): boolean {
    for (const group of this.#groups.values()) pipe.membership(true, group);
    return true;
  }

  detach(pipe: Pipe): void {
    this.#pipes.delete(pipe);
    if (pipe.inbound.length === 0) this.#in.remove(pipe);
  }

  readActivated(pipe: Pipe): void {
    this.#in.activate(pipe);
    if (this.readable) this.host.readable();
  }

  writeActivated(): void {}

  override receive(): Message | undefined {
    return this.readable ? this.#in.receive() : undefined;
  }

  override get readable(): boolean {
    for (;;) {
      const message = this.#in.peek();
      if (message === undefined) return false;
      if (message.length === 2 && this.#groups.has(latin1(message[0]!))) return true;
      this.#in.receive();
      this.host.dropped(this.#in.last, "filtered");
    }
  }

  override get queued(): number {
    return this.#in.queued;
  }

  /** Joins groups. EINVAL if one is none, or is joined already; then none of them is joined. */
  join(groups: readonly Uint8Array[]): void {
    const fresh = new Map<string, Uint8Array>();
    for (const group of groups) {
      checkGroup(group);
      const key = latin1(group);
      if (this.#groups.has(key) || fresh.has(key)) {
        throw new ZmqError("EINVAL", "The group is joined already");
      }
      fresh.set(key, group.slice());
    }
    for (const [key, group] of fresh) {
      this.#groups.set(key, group);
      for (const pipe of this.#pipes) pipe.membership(true, group);
    }
  }

  /** Leaves groups. EINVAL if one is not joined; then none of them is left. */
  leave(groups: readonly Uint8Array[]): void {
    const gone = new Set<string>();
    for (const group of groups) {
      const key = latin1(group);
      if (!this.#groups.has(key) || gone.has(key)) throw new ZmqError("EINVAL", "The group is not joined");
      gone.add(key);
    }
    for (const key of gone) {
      const group = this.#groups.get(key)!;
      this.#groups.delete(key);
      for (const pipe of this.#pipes) pipe.membership(false, group);
    }
  }
}

/** RFC 48: at most 255 octets. libzmq ends a group at a zero octet, so that one would be another group there. */
function checkGroup(group: Uint8Array): void {
  if (group.length > GROUP_MAX) {
    throw new ZmqError("EINVAL", `A group has at most ${GROUP_MAX} octets, not ${group.length}`);
  }
  if (group.includes(0)) throw new ZmqError("EINVAL", "A group has no octet that is zero");
}

function hasRoom(pipes: Iterable<Pipe> = []): boolean {
  for (const pipe of pipes) if (!pipe.hasRoom) return false;
  return true;
}
