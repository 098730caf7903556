/**
 * What the functions of a program are asked that decide over peers, and what they may answer.
 *
 * @module
 */

/** A peer that wants in, as far as all mechanisms know it. */
export interface AuthenticationRequest {
  /** `zapDomain` of the socket that it wants to talk to; empty if it has none. */
  readonly domain: string;
  /** The peer's IP address without a port: dotted IPv4 or canonical IPv6; empty for `ipc://`. */
  readonly address: string;
  /** The routing id of the socket that it wants to talk to, not the peer's own. */
  readonly identity: Uint8Array;
  /** `"NULL"`, `"PLAIN"` or `"CURVE"`. */
  readonly mechanism: string;
  /** Aborted when the time is up and the answer counts no more, and when the authenticator is closed. */
  readonly signal: AbortSignal;
}

/** A peer with a name and a password (RFC 24). */
export interface PlainRequest extends AuthenticationRequest {
  /** At most 255 octets of UTF-8. */
  readonly username: string;
  /** The same. */
  readonly password: string;
}

/** A peer with a key, which has proved that it has the secret key too (RFC 26). */
export interface CurveRequest extends AuthenticationRequest {
  /** Its long-term public key, 40 characters of Z85. */
  readonly publicKey: string;
}

/** A peer that is let in, and what the program is to know of it. */
export interface AuthenticatedPeer {
  /**
   * The `user-id` in the metadata of the peer's messages, at most 255 octets. Default: PLAIN's user name, CURVE's
   * public key as Z85, nothing for NULL.
   */
  readonly userId?: string | Uint8Array;
  /**
   * More properties for that metadata. Names are 1 to 255 letters, digits, `-`, `_`, `.` and `+`, and told in lower
   * case (RFC 27, RFC 37).
   */
  readonly metadata?: Readonly<Record<string, string | Uint8Array>>;
}

/**
 * Decides over a peer. `true` or an object that is no Error lets it in, all else refuses it (400); what is thrown is
 * a 500.
 */
export type Decide<R extends AuthenticationRequest> = (
  request: R,
) => boolean | AuthenticatedPeer | Promise<boolean | AuthenticatedPeer>;

/** What `Authenticator.configureNull` takes. */
export interface NullPolicy {
  /** For sockets with this `zapDomain`; default `"*"`, all that have none of their own here. */
  readonly domain?: string;
  /** Decides. */
  readonly callback: Decide<AuthenticationRequest>;
}

/** What `Authenticator.configurePlain` takes: whoever one of the two lets in is let in. */
export interface PlainPolicy {
  /** For sockets with this `zapDomain`; default `"*"`, all that have none of their own here. */
  readonly domain?: string;
  /** Passwords by user names, at most 255 octets each. They are copied. */
  readonly passwords?:
    | Readonly<Record<string, string | Uint8Array>>
    | ReadonlyMap<string, string | Uint8Array>;
  /** Decides over those whom `passwords` do not let in. */
  readonly callback?: Decide<PlainRequest>;
}

/** What `Authenticator.configureCurve` takes: whoever one of the three lets in is let in. */
export interface CurvePolicy {
  /** For sockets with this `zapDomain`; default `"*"`, all that have none of their own here. */
  readonly domain?: string;
  /** Public keys, 32 octets or 40 characters of Z85; `"*"`: any key (`CURVE_ALLOW_ANY`). They are copied. */
  readonly keys?: Iterable<string | Uint8Array> | "*";
  /**
   * A folder of certificates as CZMQ and pyzmq write them, one public key a file; files of secret keys, whose names
   * end in `_secret`, are passed over. Files may come, change and go: within a second that counts. The metadata of a
   * certificate becomes the peer's.
   */
  readonly directory?: string;
  /** Decides over those whom the other two do not let in. */
  readonly callback?: Decide<CurveRequest>;
}
