/**
 * From where peers are let in: addresses and networks that are allowed, and those that are denied. An address that
 * is denied is out whatever else is said; once any is allowed, all others are out.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { acceptFilterAllows, parseAcceptFilter } from "../socket/accept_filter.ts";
import type { AcceptFilter } from "../socket/accept_filter.ts";

/** The lists of one authenticator. */
export class Addresses {
  #allowed: readonly AcceptFilter[] = [];
  #denied: readonly AcceptFilter[] = [];

  /** Why a peer from this address is refused; `undefined`: it is not. */
  refusal(address: string): string | undefined {
    if (this.#denied.length > 0 && acceptFilterAllows(this.#denied, address)) return "Address is denied";
    return acceptFilterAllows(this.#allowed, address) ? undefined : "Address is not allowed";
  }

  /** Allows more. Answers what takes them back. Throws EINVAL, and adds none, if any is no address. */
  allow(addresses: readonly string[]): () => void {
    const added = addresses.map(parse);
    this.#allowed = [...this.#allowed, ...added];
    return () => {
      this.#allowed = this.#allowed.filter((each) => !added.includes(each));
    };
  }

  /** Denies more; the same. */
  deny(addresses: readonly string[]): () => void {
    const added = addresses.map(parse);
    this.#denied = [...this.#denied, ...added];
    return () => {
      this.#denied = this.#denied.filter((each) => !added.includes(each));
    };
  }
}

function parse(text: string): AcceptFilter {
  const filter = typeof text === "string" ? parseAcceptFilter(text) : undefined;
  if (filter === undefined) {
    throw new ZmqError("EINVAL", `${JSON.stringify(text)} is no address and no network, such as 10.0.0.0/8`);
  }
  return filter;
}
