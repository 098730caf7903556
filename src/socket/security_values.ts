/**
 * The options of security as the engine reads them, for `option_values.ts`.
 *
 * @module
 */

/** What chooses a mechanism (RFC 37) and asks an authentication handler (RFC 27). */
export class SecurityValues {
  mechanism: "NULL" | "PLAIN" | "CURVE" = "NULL";
  /** The server's side of the mechanism's handshake, which has nothing to do with bind. */
  asServer: boolean = false;
  plainUsername: string | null = null;
  plainPassword: string | null = null;
  /** 32 octets; property: Z85. So are the other two. */
  curvePublicKey: Uint8Array | null = null;
  curveSecretKey: Uint8Array | null = null;
  curveServerKey: Uint8Array | null = null;
  /** Property: `null` for `""`. */
  zapDomain: string = "";
  zapEnforceDomain: boolean = false;
}
