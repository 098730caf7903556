/**
 * Peers of ZMTP 2.0 (RFC 15: libzmq 3.2, JeroMQ 0.3) and 1.0 (RFC 13: libzmq 2). Their greeting tells socket type
 * and identity, and there is no handshake behind it: no mechanism, no metadata, no commands. What they can ask for
 * is NULL without an authentication handler, so a socket that wants more closes them (RFC 37, "backwards
 * interoperability").
 *
 *   2.0              | signature, revision 1 or 2, socket type, identity in a v2 frame
 *   1.0              | identity in a v1 frame, as which it also reads our signature: the padding is its length
 *   1.0, revision 0  | signature, revision 0, socket type, identity in a v1 frame: what libzmq's code has for it
 *
 * @module
 */

import { encodeText } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import { checkIdentity, IDENTITY_MAX } from "./commands.ts";
import { putV1Header, V1_HEADER_MAX, v1BodySize, v1Failure, v1HeaderSize } from "./v1_framing.ts";

/** The number is that of a socket type (RFC 15); the last two are libzmq's, which has no PUB and SUB for them. */
const SOCKET_TYPES: readonly string[] = [
  "PAIR",
  "PUB",
  "SUB",
  "REQ",
  "REP",
  "DEALER",
  "ROUTER",
  "PULL",
  "PUSH",
  "XPUB",
  "XSUB",
];

/** How we meet older peers. */
export interface OlderPeers {
  /** The oldest version of theirs that is served. */
  readonly oldest: 1 | 2;
  /** The number of our own socket type. */
  readonly socketType: number;
  /** Our identity. */
  readonly identity: Uint8Array;
}

/** What a greeting turned out to be: 2.0, 1.0 with a revision, and 1.0, which has none. */
export type OlderGreetingKind = "2.0" | "1.0" | "unversioned";

/** How a socket of this type meets older peers; `undefined`: not at all. */
export function olderPeers(
  socketType: string,
  identity: Uint8Array,
  { mechanism, zapDomain }: { readonly mechanism: string; readonly zapDomain?: string },
  zmtp1: boolean,
): OlderPeers | undefined {
  if (mechanism !== "NULL" || zapDomain) return undefined;
  // RFC 15: XPUB and XSUB are a matter of the API alone. What came later has no number.
  const number = SOCKET_TYPES.indexOf(socketType.replace(/^X/, ""));
  return number < 0 ? undefined : { oldest: zmtp1 ? 1 : 2, socketType: number, identity };
}

/** The rest of an older peer's greeting, in any pieces, and of our own. */
export class OlderGreeting {
  readonly kind: OlderGreetingKind;
  readonly #accepts: (socketType: string) => boolean;
  /** The peer's type, once it is known; a 1.0 peer does not tell it. */
  #socketType: string | undefined;
  readonly #header = new Uint8Array(V1_HEADER_MAX);
  #headerLength = 0;
  #identity: Uint8Array | undefined;
  #identityLength = 0;

  constructor(kind: OlderGreetingKind, accepts: (socketType: string) => boolean) {
    this.kind = kind;
    this.#accepts = accepts;
    if (kind === "unversioned") this.#socketType = "";
  }

  /** Whether all of it is there. */
  get complete(): boolean {
    return this.#identity !== undefined && this.#identityLength === this.#identity.length;
  }

  /** Who it is, once it is complete. */
  get peer(): Peer {
    const socketType = this.#socketType!;
    return {
      socketType,
      routingId: this.#identity!,
      // What 1.0 has no words for is a command, too: `V1Encoder` leaves it out.
      subscribeCommands: this.kind !== "2.0",
      metadata: new Map(socketType === "" ? [] : [["socket-type", encodeText(socketType)]]),
    };
  }

  /** Takes what belongs to the greeting, answers how many octets that was. Throws a `ProtocolError`. */
  read(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && !this.complete) this.#take(chunk[at++]!);
    return at;
  }

  #take(octet: number): void {
    if (this.#socketType === undefined) {
      this.#socketType = this.#typeOf(octet);
    } else if (this.#identity === undefined) {
      this.#header[this.#headerLength++] = octet;
      const size = this.kind === "2.0" ? this.#size() : v1BodySize(this.#header, this.#headerLength);
      if (size === undefined) return;
      if (size < 0) throw v1Failure(size);
      // Before there is memory for it.
      if (size > IDENTITY_MAX) throw tooLong(size);
      this.#identity = new Uint8Array(size);
    } else {
      // As early as possible here, too.
      if (this.#identityLength === 0) checkIdentity(Uint8Array.of(octet));
      this.#identity[this.#identityLength++] = octet;
    }
  }

  /** RFC 15: any other combination is disconnected silently. */
  #typeOf(octet: number): string {
    const socketType = SOCKET_TYPES[octet];
    if (socketType !== undefined && this.#accepts(socketType)) return socketType;
    throw new ProtocolError(
      "ERR_ZMTP_INVALID_METADATA",
      `A peer of type ${socketType ?? octet} does not fit (RFC 15, socket compatibility)`,
    );
  }

  /** What the header of 2.0's identity frame says: it is short, and final. */
  #size(): number | undefined {
    const [flags, size] = this.#header;
    if (flags !== 0) {
      throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "An identity that is no short final frame (RFC 15)");
    }
    return this.#headerLength < 2 ? undefined : size;
  }
}

/** What we say behind the signature and, to a peer that has a version, our own. */
export function olderGreeting(kind: OlderGreetingKind, { socketType, identity }: OlderPeers): Uint8Array {
  const { length } = identity;
  // To this peer the signature was the header of the identity.
  if (kind === "unversioned") return identity;
  const header = kind === "2.0" ? 2 : v1HeaderSize(length);
  const greeting = new Uint8Array(1 + header + length);
  greeting[0] = socketType;
  if (kind === "2.0") greeting[2] = length;
  else putV1Header(greeting, 1, 0, length);
  greeting.set(identity, 1 + header);
  return greeting;
}

function tooLong(size: number): ProtocolError {
  return new ProtocolError(
    "ERR_ZMTP_INVALID_METADATA",
    `An identity of ${size} octets (RFC 13, RFC 15: 255)`,
  );
}
