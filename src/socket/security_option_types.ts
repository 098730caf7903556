/**
 * What can be set for security, and what a socket then has to read: types only; `security_options.ts` holds the checks.
 *
 * @module
 */

/**
 * Options of security, which every socket has: PLAIN (RFC 24), CURVE (RFC 26) and the authentication of peers (ZAP,
 * RFC 27). In a page those of mechanisms are unknown, for there are none: to give one is a TypeError.
 *
 * Which mechanism a socket uses is a side effect, as in libzmq: of the options `plain…` and `curve…` the one that is
 * set last chooses, in an object of options the last by its order. Both ends must use the same one. Who is the server
 * of a mechanism has nothing to do with who binds.
 *
 * They secure what goes over `tcp://`, `ipc://`, `ws://` and `wss://`. As in libzmq there are no mechanisms for
 * `inproc://`, `udp://` and `epgm://`, nor for STREAM sockets: whatever is set here, those are as open as without it.
 *
 * @example
 * ```ts
 * import { curveKeyPair, Pull, Push } from "@puremq/zmq";
 *
 * const server = curveKeyPair();
 * const pull = new Pull({ curveServer: true, curveSecretKey: server.secretKey });
 * console.log(pull.securityMechanism); // "curve"
 *
 * const client = curveKeyPair();
 * const push = new Push({
 *   curveServerKey: server.publicKey,
 *   curvePublicKey: client.publicKey,
 *   curveSecretKey: client.secretKey,
 * });
 * console.log(push.curveServer); // false
 * pull.close();
 * push.close();
 * ```
 */
export interface SecurityOptions {
  /**
   * `ZMQ_PLAIN_SERVER`: `true` makes this socket a server of PLAIN, whose clients show a name and a password, and which
   * asks the handler of ZAP about them: without one it lets nobody in. `false` goes back to NULL. Reads `true` only
   * while PLAIN is the mechanism. Default `false`. PLAIN hides nothing on the way; that takes CURVE.
   */
  plainServer?: boolean;
  /**
   * `ZMQ_PLAIN_USERNAME`: the name that this socket shows as a client of PLAIN. Text (UTF-8) of 1 to 255 octets; `null`
   * goes back to NULL, and the text is kept. Default `null`. Without it the name is empty.
   */
  plainUsername?: string | Uint8Array | null;
  /** `ZMQ_PLAIN_PASSWORD`: the password that goes with `plainUsername`, with the same values. Default `null`. */
  plainPassword?: string | Uint8Array | null;
  /**
   * `ZMQ_CURVE_SERVER`: `true` makes this socket a server of CURVE, which needs `curveSecretKey` and no other key.
   * `false` goes back to NULL. Reads `true` only while CURVE is the mechanism. Default `false`. A server lets in
   * every client that knows its public key, unless a handler of ZAP decides.
   */
  curveServer?: boolean;
  /**
   * `ZMQ_CURVE_PUBLICKEY`: our own public key, which a client of CURVE shows. 40 characters of Z85 (RFC 32), or 32
   * octets; reads as Z85. Setting it chooses CURVE; `null` removes it, and with a key that was in use CURVE. Default
   * `null`.
   */
  curvePublicKey?: string | Uint8Array | null;
  /**
   * `ZMQ_CURVE_SECRETKEY`: our own secret key, which client and server need. Values and effect as those of
   * `curvePublicKey`. Default `null`.
   */
  curveSecretKey?: string | Uint8Array | null;
  /**
   * `ZMQ_CURVE_SERVERKEY`: the public key that the server must prove to own; setting it makes this socket a client of
   * CURVE. Values as those of `curvePublicKey`. Default `null`.
   */
  curveServerKey?: string | Uint8Array | null;
  /**
   * `ZMQ_ZAP_DOMAIN`: the domain by which the handler of ZAP is asked about peers. Text (UTF-8) of 1 to 255 octets;
   * it can be changed but not removed. Default `null`: none. With one, peers are let in only if a handler says so,
   * whatever the mechanism.
   */
  zapDomain?: string | Uint8Array | null;
  /**
   * `ZMQ_ZAP_ENFORCE_DOMAIN`: `true` is RFC 27 to the letter: without a `zapDomain` no handler is asked, not even for
   * CURVE. Default `false`.
   */
  zapEnforceDomain?: boolean;
  /**
   * Most connections of one bound endpoint that have not done their handshake (not in libzmq). When one more comes
   * the oldest of them is ended, for an honest handshake takes milliseconds: who connects and says nothing keeps
   * nobody out. The event is `handshake:error:other` with ERR_ZMTP_HALF_OPEN. For `ws://` and `wss://` this counts
   * from the answer to the request on; as many, of all sockets that share the port the most, may wait for their
   * request to be read, and of `wss://` as many may be in TLS's handshake (there the event is `accept:error`, and the
   * socket that bound the port first decides). From 0, which is no bound. Default 1024.
   */
  maxHandshakes?: number;
  /**
   * Most connections of one bound endpoint from one address (not in libzmq); what comes beyond is closed at once, with
   * the event `accept:error` and EACCES. Peers by IPv4 are the same by a listener of both versions; an address of IPv6
   * counts whole. Peers by `ipc://` have no address and no limit, and {@linkcode attach} leaves it to the server that
   * accepts. From 0, which is no bound. Default 0.
   */
  maxConnectionsPerAddress?: number;
  /**
   * Most peers that are gone and have left messages nobody has received yet (not in libzmq, which keeps them all).
   * While there are so many, new connections to what is bound wait before their handshake, unread and as some of
   * `maxHandshakes`, until the program has received; what was taken stays. Without this, peers that connect, send and leave
   * could fill the memory whatever `receiveHighWaterMark` is. A `connect` with `immediate` waits with its next dial
   * likewise. From 0, which is no bound. Default 1024. At once.
   */
  maxDepartedPeers?: number;
}

/**
 * The properties behind {@linkcode SecurityOptions}: text is read. Octets can be assigned too, which the types do not
 * show; a key as text is `z85Encode(key)`.
 */
export interface SecurityProperties extends Required<SecurityOptions> {
  /** `ZMQ_PLAIN_USERNAME`: the name, `null` if none. */
  plainUsername: string | null;
  /** `ZMQ_PLAIN_PASSWORD`: the password, `null` if none. */
  plainPassword: string | null;
  /** `ZMQ_CURVE_PUBLICKEY`: our public key as Z85, `null` if none. */
  curvePublicKey: string | null;
  /** `ZMQ_CURVE_SECRETKEY`: our secret key as Z85, `null` if none. */
  curveSecretKey: string | null;
  /** `ZMQ_CURVE_SERVERKEY`: the server's public key as Z85, `null` if none. */
  curveServerKey: string | null;
  /** `ZMQ_ZAP_DOMAIN`: the domain, `null` if none. */
  zapDomain: string | null;
}

/** What a socket has to read and assign of the options that it takes. */
export type PropertiesOf<Options extends SecurityOptions> =
  & Required<Omit<Options, keyof SecurityOptions>>
  & SecurityProperties;
