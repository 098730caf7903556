/**
 * What ZMTP asks of a connection before messages flow: greeting, framing, older versions, READY and ERROR. The origin
 * is RFC 37 (ZMTP 3.1), where RFC 23 (3.0), 15 (2.0) or 13 (1.0) is not named; words in capitals are the RFC's level,
 * others say why a rule is kept that no RFC has.
 */

import { type Section, section } from "./section.ts";

/** Sections GR, FR, DG and RD. */
export const CONNECTION: readonly Section[] = [
  section(
    "Greeting",
    "RFC 37",
    `
GR-1 | MUST | the signature is sent first, unasked, by both ends
GR-2 | MUST | a greeting has 64 octets: signature, version, mechanism, as-server, filler
GR-3 | MUST NOT | the padding of the signature is neither checked nor interpreted
GR-4 | SHALL | the last octet of the signature is odd; an even one is a 1.0 peer's
GR-5 | MUST | later versions, minor or major, are accepted and spoken to in our own
GR-6 | MUST | 3.0 is accepted, with subscriptions as messages
GR-7 | SHALL | eleven octets go out first, the other 53 when the peer's version is known
GR-8 | MUST | who has read a greeting sends its own whole: no mutual wait
GR-9 | MUST | mechanisms are compared over all 20 octets; another one closes before READY
GR-10 | SHALL | our mechanisms' names keep to the letters that the grammar has
GR-11 | MUST | NULL sends as-server 0 and tolerates whatever the peer has there
GR-12 | RFC 23 SHOULD | a PLAIN or CURVE server says so by as-server 1
GR-13 | SHALL | the filler is zero when sent and anything when received
GR-14 | MUST | a version that cannot be served is closed
GR-15 | MAY | one time limit for the whole handshake, which input does not restart
GR-16 | robust | a greeting may come in any pieces, also with what follows it
GR-17 | robust | a peer lost at any octet of the handshake costs nobody else anything
GR-18 | robust | other protocols' first octets reach no program and stop no listener
`,
  ),
  section(
    "Framing and commands",
    "RFC 37",
    `
FR-1 | MUST | flags, a size of one octet or eight in network order, then the body
FR-2 | SHOULD | bodies up to 255 octets go in the short form, longer ones in the long
FR-3 | MUST | the long form is accepted for any size, also 0
FR-4 | MUST | reserved flag bits are sent as zero; set ones end the connection (strict)
FR-5 | SHALL | a command with the MORE bit ends the connection (strict)
FR-6 | MUST | commands that a type does not know are ignored and never delivered
FR-7 | MUST | a command whose name is empty, missing or longer than its body is refused
FR-8 | MUST | sizes are exact to 63 bits, and larger ones are refused
FR-9 | MUST | a frame above maxMessageSize is refused from its header, commands included
FR-10 | SHALL | a message whose peer vanishes before its last frame is not delivered
FR-11 | SHALL | nothing of a message is sent before all of it is there
FR-12 | grammar | a PING between the frames of a message is answered, the message stays whole
FR-13 | SHALL | clear-text mechanisms send messages in message frames
FR-14 | RFC 26 SHALL | MESSAGE of CURVE: sent without the COMMAND bit as libzmq does, taken with it too
FR-15 | robust | any pieces: headers cut, many frames at once
`,
  ),
  section(
    "Older versions",
    "RFC 37",
    `
DG-1 | MAY/MUST | peers of 2.0 and 1.0 are served or closed, never left hanging
DG-2 | MUST | with security asked for, an older peer is closed at once
DG-3 | MAY | the revision octet tells versioned 1.0 from 2.0
DG-4 | RFC 15 MUST | to a 2.0 peer: socket type octet, then the identity as a final frame
DG-5 | RFC 15 SHOULD | a 2.0 peer of a type that does not fit is disconnected (strict)
DG-6 | RFC 15 MUST | no command and no PING to a 2.0 peer; subscriptions are messages
DG-7 | MUST | another first octet than FF, or an even tenth one, is 1.0
DG-8 | RFC 13 MUST | our signature reads to a 1.0 peer as the header of our identity
DG-9 | RFC 13 SHALL | 1.0 frames: the length counts the flags, 255 and more in the long form
DG-10 | RFC 13 SHOULD | a 1.0 frame of length 0 closes the connection
DG-11 | RFC 13 SHALL NOT | the flags of a 1.0 identity are not looked at
DG-12 | RFC 13, 15 MUST | a 1.0 subscriber gets everything, one of 2.0 subscribes by messages
DG-13 | RFC 13 SHOULD | identities of 1.0 are at most 255 octets and do not begin with zero
DG-14 | MUST | nothing goes below the security that the program asked for
`,
  ),
  section(
    "NULL, READY, ERROR and metadata",
    "RFC 37",
    `
RD-1 | MUST | both ends send READY at once, and wait for no order
RD-2 | MUST | anything but READY or ERROR before READY ends the connection
RD-3 | MUST | READY in a message frame is refused (strict)
RD-4 | MUST | a property that is cut short, or too long, is refused
RD-5 | SHALL | a property without a name is refused (strict)
RD-6 | SHALL | names of properties are compared without case (strict)
RD-7 | SHOULD | Socket-Type is announced with the exact name
RD-8 | SHOULD | types that do not fit get ERROR and are disconnected
RD-9 | MAY/SHALL | Identity is said by REQ, DEALER and ROUTER only, up to 255 octets
RD-10 | SHALL NOT | an Identity that begins with a zero octet is refused (strict)
RD-11 | SHALL | X- properties are the program's, unknown ones are ignored
RD-12 | unspecified | a property twice: one rule, and no crash
RD-13 | SHALL | READY beyond 255 octets goes and comes in the long form
RD-14 | SHALL | ERROR in the handshake is final: no new connection
RD-15 | grammar | ERROR has a reason of its stated length, or the connection is closed
RD-16 | SHOULD | an unexpected close is temporary: reconnect, ever more slowly
RD-17 | robust | READY is bounded before anybody is authenticated
RD-18 | MUST NOT | a second READY has no effect on the traffic
RD-19 | MAY | the Resource property is accepted
`,
  ),
];
