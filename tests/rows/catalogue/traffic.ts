/**
 * What ZMTP and the patterns ask of traffic: heartbeats, subscriptions, REQ-REP, PIPELINE, EXPAIR, the draft types, and
 * what holds for all sockets. Words in capitals are the RFC's level, others say why a rule is kept that no RFC has.
 */

import { type Section, section } from "./section.ts";

/** Sections HB, PS, RR, PP, DR and SO. */
export const TRAFFIC: readonly Section[] = [
  section(
    "PING and PONG",
    "RFC 37",
    `
HB-1 | SHALL | PING is answered by PONG with the same context
HB-2 | MUST NOT | no PONG carries more than 16 octets of context
HB-3 | MUST | a PING without its whole TTL is malformed
HB-4 | SHOULD | a peer that named a TTL and falls silent that long is dead
HB-5 | SHOULD | any traffic is a sign of life
HB-6 | MAY | no PING goes out before the handshake is done
HB-7 | SHOULD | silence after a PING closes the connection, and it is made anew
HB-8 | should | few PINGs and PONGs are outstanding at once
HB-9 | robust | a PONG that nobody asked for is ignored
HB-10 | compat | PING of a 3.0 peer is answered; 2.0 and 1.0 peers are sent none
HB-11 | RFC 26 | under CURVE, PING and PONG travel inside MESSAGE
`,
  ),
  section(
    "Subscriptions",
    "RFC 37, 29",
    `
PS-1 | SHALL | to 3.1 publishers: SUBSCRIBE and CANCEL
PS-2 | SHALL | to 3.0 publishers: messages with a first octet 1 or 0
PS-3 | compat | a publisher takes both forms from anybody, mixed
PS-4 | SHALL | filtering by prefix of the first frame; the empty topic is all
PS-5 | SHALL | subscribing twice takes two unsubscribes at the subscriber, one CANCEL on the wire
PS-6 | SHALL | overlapping subscriptions deliver one copy
PS-7 | SHALL | a new publisher is told all subscriptions, however many
PS-8 | SHALL | a lost peer's subscriptions go, and XPUB tells of those nobody else has
PS-9 | MAY | XPUB passes on the first subscribe and the last unsubscribe, unless verbose
PS-10 | SHALL | PUB discards what subscribers send, XPUB delivers it
PS-11 | SHALL | a subscriber filters too
PS-12 | SHALL | PUB never blocks; it drops whole messages for who is full
PS-13 | SHOULD | subscriptions end with the connection that they were sent on
PS-14 | edge | the size of SUBSCRIBE counts its name; beyond 255 octets it is long
PS-15 | MUST | CANCEL of an unknown topic does nothing, and topics match exactly
`,
  ),
  section(
    "REQ, REP, DEALER, ROUTER",
    "RFC 28",
    `
RR-1 | SHALL | REQ puts an empty delimiter before, and takes one reply
RR-2 | SHALL | REQ takes peers in turn, waits for one, discards nothing
RR-3 | SHALL | REQ hears only whom it asked
RR-4 | state | REQ refuses a step out of order; relaxed, a new request drops the old one
RR-5 | SHALL | REP keeps the whole envelope and puts it on the reply
RR-6 | SHALL | REP is fair, answers the asker, drops what it cannot deliver
RR-7 | robust | a request without delimiter is discarded
RR-8 | SHALL | DEALER: in turn out, fair in, waits, discards nothing
RR-9 | SHALL | ROUTER names each queue uniquely, prefixes in, strips out
RR-10 | SHALL | ROUTER drops what it cannot route, or errs when mandatory, and never waits
RR-11 | unspecified | a taken routing id refuses the newcomer, or is handed over; the loser is closed
RR-12 | SHALL | queues of accepted peers end with them, those of connects live on
RR-13 | SHOULD | the limits of queues can be set
RR-14 | SHALL NOT | no frame of data is changed
`,
  ),
  section(
    "PUSH, PULL, PAIR",
    "RFC 30, 31",
    `
PP-1 | SHALL | PUSH takes peers with room in turn, waits otherwise, discards nothing
PP-2 | SHALL | PUSH has a queue for each connect, connected or not, and for each accepted peer
PP-3 | SHALL | PULL is fair; what comes to a PUSH is ignored
PP-4 | SHALL | PAIR has one peer and rejects others
PP-5 | SHALL | PAIR waits while its peer is full or absent
`,
  ),
  section(
    "Draft types",
    "RFC 41, 48, 49, 51, 52",
    `
DR-1 | MUST | the eight draft types send no message of several parts
DR-2 | MUST | and deliver none that they receive
DR-3 | SHALL | SERVER and PEER: non-zero 32-bit ids of our own choice; unknown ones are an error
DR-4 | SHALL | CLIENT: in turn out, fair in, no envelope on the wire
DR-5 | SHALL | RADIO sends the group as a frame, then the body
DR-6 | SHALL | DISH joins and leaves by commands; groups match exactly
DR-7 | SHALL | RADIO drops for slow dishes and hears nothing from them; DISH filters too
DR-8 | API | joining twice, leaving unjoined, a group beyond 255 octets: an error
DR-9 | SHALL | SCATTER, GATHER as PUSH, PULL; PEER's connect has the id; CHANNEL one peer
DR-10 | UDP | a datagram is the group's length, the group, the body
`,
  ),
  section(
    "All sockets",
    "RFC 37",
    `
SO-1 | SHALL | every type can bind and connect
SO-2 | SHALL | connecting needs no listener yet, and is repeated when it breaks
SO-3 | SHALL | messages of several parts are atomic both ways
SO-4 | SHALL NOT | nothing is delivered twice to a peer
SO-5 | SHALL | between two peers the order is kept
SO-6 | SHOULD | a heartbeat's failure leads to a reconnect like any other
SO-7 | MUST | no downgrade of what was configured
SO-8 | MAY | failed connections are told, and handshakes in progress limited
`,
  ),
];
