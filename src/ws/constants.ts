/**
 * Numbers of the wire: WebSocket's (RFC 6455) and those of ZWS 2.0 (RFC 45), which ZeroMQ speaks in it.
 *
 * @module
 */

/** The first octet of a frame (RFC 6455, section 5.2). */
export const FIN = 0x80;
export const RSV = 0x70;
export const OPCODE = 0x0f;

/** Opcodes; those with bit 3 are of control frames. */
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;
export const CONTROL = 8;

/** The second octet: mask bit and length. */
export const MASKED = 0x80;
export const LENGTH = 0x7f;
export const LENGTH_16 = 126;
export const LENGTH_64 = 127;

/** The longest header: two octets, eight of length, four of the masking key. */
export const FRAME_HEADER_MAX = 14;
/** RFC 6455, section 5.5. */
export const CONTROL_MAX = 125;

/** Close codes (RFC 6455, section 7.4.1). */
export const CLOSE_NORMAL = 1000;
export const CLOSE_GOING_AWAY = 1001;
export const CLOSE_PROTOCOL = 1002;
export const CLOSE_UNSUPPORTED = 1003;
export const CLOSE_NONE = 1005;
export const CLOSE_INVALID = 1007;
export const CLOSE_POLICY = 1008;
export const CLOSE_TOO_BIG = 1009;

/** The first octet of a ZWS message (RFC 45): the last frame, one with more to come, a command. */
export const ZWS_LAST = 0;
export const ZWS_MORE = 1;
export const ZWS_COMMAND = 2;

/** The sub-protocol without a mechanism: routing ids, then messages. */
export const ZWS_PLAIN = "ZWS2.0";
