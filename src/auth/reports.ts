/**
 * What an authenticator has done, counted and told.
 *
 * @module
 */

import { z85Encode } from "../base/z85.ts";
import type { ZapRequest } from "../mechanism/zap.ts";
import { copyFrame } from "../message/frame.ts";
import type { AuthenticatorCounts } from "./authenticator.ts";
import type { AuthenticatorEvent, DecisionDetails } from "./events.ts";
import type { Verdict } from "./verdict.ts";

/** The counts and events of one authenticator. */
export class Reports {
  readonly #counts: AuthenticatorCounts;
  readonly #tell: (event: AuthenticatorEvent) => void;

  constructor(counts: AuthenticatorCounts, tell: (event: AuthenticatorEvent) => void) {
    this.#counts = counts;
    this.#tell = tell;
  }

  /** It was decided, and the reply is on its way. */
  decided(request: ZapRequest, verdict: Verdict): void {
    const { status, userId, text, error } = verdict;
    const details = detailsOf(request);
    if (status === 200) {
      this.#counts.allowed++;
      return this.#tell({ type: "allowed", ...details, userId: new Uint8Array(userId) });
    }
    this.#counts[status === 400 ? "denied" : "failed"]++;
    this.#tell({ type: "denied", ...details, status, reason: text, ...(error && { error }) });
  }

  /** What came is no request of RFC 27. */
  malformed(reason: string): void {
    this.#counts.malformed++;
    this.#tell({ type: "malformed", reason });
  }

  /** A file is no certificate, or has something in it that cannot be told. */
  fileFailed(file: string, error: Error): void {
    this.#tell({ type: "certificate:error", file, error });
  }
}

function detailsOf({ domain, address, identity, mechanism, credentials }: ZapRequest): DecisionDetails {
  const [first] = credentials;
  const user = mechanism === "PLAIN" && first !== undefined
    ? copyFrame(first.subarray(0, 255)).text()
    : mechanism === "CURVE" && first?.length === 32
    ? z85Encode(first)
    : undefined;
  // Copied: an event may be kept, and must not keep the message.
  const own = { domain, address, identity: new Uint8Array(identity), mechanism };
  return { ...own, ...(user !== undefined && { user }) };
}
