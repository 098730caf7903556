/**
 * The port between a thread and one that it made: names that are claimed and given back, and wishes to connect.
 *
 * @module
 */

import { hold, release } from "../io/timers.ts";
import type { Port } from "./carrier.ts";
import { nonsense } from "./introductions.ts";
import type { Request, Said } from "./introductions.ts";
import { watchLife } from "./life.ts";
import { isObject } from "./marks.ts";

/** A port to a thread above or below. */
export class Link {
  readonly #port: Port;
  readonly #onCut: (rubbish: Error | undefined) => void;
  readonly #claims = new Map<number, (free: boolean) => void>();
  #lastClaim = 0;
  #cut = false;
  #forget: () => void = () => {};

  /** `onCut` gets an error if the other thread said what can't be said. */
  constructor(port: Port, heard: (message: Said) => void, onCut: (rubbish: Error | undefined) => void) {
    this.#port = port;
    this.#onCut = onCut;
    port.onmessage = ({ data }) => {
      try {
        if (!isObject(data)) throw nonsense();
        heard(data);
      } catch (error) {
        this.cut(error as Error);
      }
    };
    port.onmessageerror = () => this.cut(nonsense());
    port.addEventListener("close", () => this.cut());
    port.unref?.();
  }

  post(message: Said): void {
    if (!this.#cut) this.#port.postMessage(message);
  }

  forward(request: Request): void {
    if (!this.#cut) this.#port.postMessage(request, [request.port]);
  }

  /** Asks for a name. The process stays for the answer. */
  claim(name: string): Promise<boolean> {
    if (this.#cut) return Promise.resolve(true);
    const number = ++this.#lastClaim;
    hold();
    return new Promise<boolean>((resolve) => {
      this.#claims.set(number, resolve);
      this.post({ claim: name, number });
    }).finally(release);
  }

  claimed(number: number, free: boolean): void {
    this.#claims.get(number)?.(free);
    this.#claims.delete(number);
  }

  /** Notices the end of the thread that holds this lock. */
  watch(life: string): void {
    this.#forget();
    this.#forget = watchLife(life, () => this.cut());
  }

  cut(rubbish?: Error): void {
    if (this.#cut) return;
    this.#cut = true;
    this.#forget();
    this.#port.onmessage = this.#port.onmessageerror = null;
    this.#port.close();
    // Alone, we ask nobody.
    for (const resolve of this.#claims.values()) resolve(true);
    this.#claims.clear();
    this.#onCut(rubbish);
  }
}
