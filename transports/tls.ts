/**
 * What the adapters' TLS has in common: what must be there to listen and to dial, and how long a handshake may
 * take. The rest is the runtime's own TLS; none of it is done here.
 *
 * @module
 */

import { ZmqError } from "../src/base/errors.ts";
import type { StreamSettings, TlsSettings } from "../src/io/stream.ts";
import { systemError } from "./system.ts";

declare const setTimeout: (callback: () => void, milliseconds: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;

/** libzmq's own patience with a handshake (ZMQ_HANDSHAKE_IVL), for who names none. */
const HANDSHAKE_TIME = 30_000;

/** A certificate and its key, as all three runtimes call them. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/**
 * The handshakes of a listener that are under way, oldest first. An honest one takes milliseconds: when there is one
 * too many the oldest is given up.
 */
export class Handshakes {
  readonly #most: number;
  readonly #under = new Set<(error: Error) => void>();

  constructor({ tls }: StreamSettings) {
    this.#most = tls?.maxHandshakes ?? 0;
  }

  get count(): number {
    return this.#under.size;
  }

  /** One begins; `giveUp` ends its connection. Answers what says that it is over, and whether it was not already. */
  begin(giveUp: (error: Error) => void): () => boolean {
    this.#under.add(giveUp);
    if (this.#most > 0 && this.#under.size > this.#most) {
      const [oldest] = this.#under;
      this.#under.delete(oldest!);
      oldest!(tooMany(this.#most));
    }
    return () => this.#under.delete(giveUp);
  }

  /** The listener is closed: all are given up. */
  end(): void {
    const all = [...this.#under];
    this.#under.clear();
    for (const giveUp of all) giveUp(systemError(new Error("The listener is closed"), "ECONNABORTED"));
  }
}

/** How long a handshake may take, in milliseconds. */
export function handshakeTime({ tls }: StreamSettings): number {
  return tls?.handshakeTimeout ?? HANDSHAKE_TIME;
}

/** What a listener shows; EINVAL if it has nothing to show. */
export function certified({ tls }: StreamSettings): Certified {
  const { certificate, key } = tls ?? {};
  if (!certificate || !key) {
    throw new ZmqError("EINVAL", "To listen for TLS takes a certificate and its key, as PEM");
  }
  return { cert: certificate, key };
}

/** Of what a runtime says against a certificate or a key as such. */
export function unusable(error: unknown): Error {
  const { message } = error as Error;
  return systemError(new Error(`Unusable certificate or key: ${message}`, { cause: error }), "EINVAL");
}

/** How one dials; EINVAL if no listener at all could be trusted. */
export function trusting({ tls }: StreamSettings): TlsSettings {
  if (tls === undefined || !(tls.trust || tls.trustSystem)) {
    throw new ZmqError("EINVAL", "To dial by TLS takes certificates to trust, as PEM, or the system's");
  }
  return tls;
}

/** Waits for a handshake, but not for ever: then `giveUp` ends the connection, and the error is ETIMEDOUT. */
export async function inTime<T>(
  handshake: Promise<T>,
  settings: StreamSettings,
  giveUp: () => void,
  unref: (timer: never) => void = () => {},
): Promise<T> {
  const milliseconds = handshakeTime(settings);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    giveUp();
  }, milliseconds);
  unref(timer as never);
  try {
    return await handshake;
  } catch (error) {
    throw late ? tooLate(milliseconds) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** The error of a handshake that took too long. */
export function tooLate(milliseconds: number): Error {
  return systemError(new Error(`No TLS handshake within ${milliseconds} ms`), "ETIMEDOUT");
}

/** The same of one that is the oldest of too many. */
function tooMany(most: number): Error {
  const said = `Of ${most + 1} connections in their TLS handshake the oldest, and ${most} may be`;
  return systemError(new Error(said), "ERR_ZMTP_HALF_OPEN");
}
