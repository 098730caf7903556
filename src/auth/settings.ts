/**
 * What a program has said to an authenticator: checked and copied when it is said, and read anew for each peer. So
 * it counts from then on, also what is said or taken back while the code that decides is still being loaded. Types
 * alone.
 *
 * @module
 */

import type { AcceptFilter } from "../socket/accept_filter.ts";
import type { CurvePolicy, NullPolicy, PlainPolicy } from "./requests.ts";

/** The settings of one authenticator. */
export interface Settings {
  /** From where peers are let in; none: from everywhere. */
  allowed: readonly AcceptFilter[];
  /** From where they are not, whatever else is said. */
  denied: readonly AcceptFilter[];
  /** Rules by domains, `"*"` for all domains that have none of their own. Each is replaced as a whole. */
  readonly NULL: Map<string, NullRule>;
  /** The same. */
  readonly PLAIN: Map<string, PlainRule>;
  /** The same. */
  readonly CURVE: Map<string, CurveRule>;
}

/** Over peers of NULL servers. */
export interface NullRule {
  readonly callback: NullPolicy["callback"];
}

/** Over peers of PLAIN servers. */
export interface PlainRule {
  /** User names and passwords, at most 255 octets each. */
  readonly passwords: readonly (readonly [username: Uint8Array, password: Uint8Array])[];
  readonly callback: PlainPolicy["callback"];
}

/** Over peers of CURVE servers. */
export interface CurveRule {
  /** Whether any key will do. */
  readonly any: boolean;
  /** Public keys as Z85. */
  readonly keys: ReadonlySet<string>;
  /** A folder of certificates, which could be read when it was named. */
  readonly directory: string | undefined;
  readonly callback: CurvePolicy["callback"];
}
