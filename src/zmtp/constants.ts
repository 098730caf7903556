/**
 * Numbers of the wire, each with its clause in RFC 37 (ZMTP 3.1) or RFC 23 (3.0).
 *
 * @module
 */

/** Frame flags (RFC 37, "framing"): bits 7 to 3 are zero. */
export const FLAG_MORE = 1;
export const FLAG_LONG = 2;
export const FLAG_COMMAND = 4;
export const FLAGS_RESERVED = 0xf8;

/** A whole greeting, and the part of it that shows the version (RFC 37, "version negotiation"). */
export const GREETING_SIZE = 64;
export const GREETING_VERSION_SIZE = 11;
export const SIGNATURE_SIZE = 10;

/** The version that we speak. */
export const MAJOR = 3;
export const MINOR = 1;

/** From this minor version on, subscriptions are commands (RFC 37, "publish-subscribe"). */
export const MINOR_WITH_SUBSCRIBE = 1;

/** Largest body of a short frame. */
export const SHORT_MAX = 255;

/**
 * Handshake commands above this are refused from their header: nobody is authenticated yet, and a header is all that it
 * takes to have memory kept for a body. Properties of 64 KiB pass, with what a mechanism puts around them.
 */
export const HANDSHAKE_COMMAND_MAX = 64 * 1024 + 1024;
/** Commands in traffic: a topic of 1 MiB and its name still pass. */
export const TRAFFIC_COMMAND_MAX = 1024 * 1024 + 1024;

/** A PING's context (RFC 37, "heartbeating"). */
export const PING_CONTEXT_MAX = 16;
/** PONGs that wait: a minute of PINGs, one a second, may have come in one piece behind a peer that was not read. */
export const PONGS_MAX = 64;
