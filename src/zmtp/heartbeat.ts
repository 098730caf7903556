/**
 * Heartbeats as deadlines (RFC 37, "heartbeating"): when to PING, when a peer that does not answer is dead,
 * and when one that promised to be heard (its TTL) was not.
 *
 * @module
 */

/** Milliseconds, 0 for off. */
export interface HeartbeatOptions {
  /** `ZMQ_HEARTBEAT_IVL`: a PING this often. */
  readonly interval: number;
  /** `ZMQ_HEARTBEAT_TIMEOUT`: dead if nothing at all arrives this long after a PING. */
  readonly timeout: number;
  /** `ZMQ_HEARTBEAT_TTL`: what we tell the peer to allow us, in steps of 100 ms. */
  readonly timeToLive: number;
}

/**
 * A deadline that passed while this thread was busy proves nothing: the peer's octets may lie unread in the
 * kernel. So every verdict waits this much longer, in which they are read.
 */
const GRACE = 10;

/** One connection's heartbeat. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #pingAt = Infinity;
  #deadAt = Infinity;
  #expiresAt = Infinity;
  #timeToLive = 0;
  #graced = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** The handshake is done. */
  start(now: number): void {
    if (this.#options.interval > 0) this.#pingAt = now + this.#options.interval;
  }

  /** Anything arrived: a sign of life for both deadlines. */
  heard(now: number): void {
    this.#deadAt = Infinity;
    this.#graced = false;
    if (this.#timeToLive > 0) this.#expiresAt = now + this.#timeToLive;
  }

  /** The peer's PING said how long it may be silent, in tenths of a second; 0 for ever. */
  promised(tenths: number, now: number): void {
    this.#timeToLive = tenths * 100;
    this.#expiresAt = tenths > 0 ? now + this.#timeToLive : Infinity;
  }

  /** What is due: a PING to send, the peer's death, or nothing. */
  tick(now: number): "ping" | "dead" | undefined {
    if (now >= this.#deadAt || now >= this.#expiresAt) {
      if (this.#graced) return "dead";
      this.#graced = true;
      if (now >= this.#deadAt) this.#deadAt = now + GRACE;
      if (now >= this.#expiresAt) this.#expiresAt = now + GRACE;
    }
    if (now < this.#pingAt) return undefined;
    this.#pingAt = now + this.#options.interval;
    if (this.#deadAt === Infinity && this.#options.timeout > 0) this.#deadAt = now + this.#options.timeout;
    return "ping";
  }

  /** The next time that something is due. */
  deadline(): number {
    return Math.min(this.#pingAt, this.#deadAt, this.#expiresAt);
  }
}
